// SPDX-License-Identifier: GPL-2.0-only
#include "live/features.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/feature.h"

static const struct feature features[FEATURES] = {
	[FEATURE_BTF] = { "btf", "BTF", "types of the running kernel", NULL },
	[FEATURE_STATE] = { "state_tracepoint", "tracepoint inet_sock_set_state", "transitions",
			    NULL },
	[FEATURE_TASK_FILE] = { "task_file_iterator", "iterator task_file",
				"owners of older sockets", NULL },
	/* 5788b3a07fc5, 5.9 */
	[FEATURE_ITERATORS] = { "socket_iterators", "iterators tcp and udp", "the snapshot",
				"/proc" },
	/* 69c087ba6225, 5.13 */
	[FEATURE_FOR_EACH] = { "for_each", "bpf_for_each_map_elem",
			       "at the end: sockets whose own end was not seen", "nothing" },
	/* c5dbb89fc2ac, 5.12 */
	[FEATURE_SOCKET_COOKIE] = { "socket_cookie", "socket cookies", "a socket's identity",
				    "only cookies that exist already" },
	/* 4f19cab76136, 5.11 */
	[FEATURE_SOCK_FROM_FILE] = { "sock_from_file", "bpf_sock_from_file",
				     "owners of older sockets", "a look into the file, checked" },
	[FEATURE_SYSCALL_EVENTS] = { "syscall_tracepoints", "system call tracepoints",
				     "accept, bind, connect",
				     "a look at every system call's exit" },
	/* fba1a1c6c912, 6.1 */
	[FEATURE_HASH_ALLOC] = { "hash_allocator", "bpf_mem_alloc",
				 "the same, and TIME_WAIT to its end",
				 "a look at every system call's exit; a rule for TIME_WAIT" },
	[FEATURE_SYS_EXIT] = { "sys_exit_tracepoint", "tracepoint sys_exit",
			       "the same, without tracefs", "nothing" },
	/* ARCH_TRACE_IGNORE_COMPAT_SYSCALLS */
	[FEATURE_CALLS_32] = { "calls_of_32_bit", "calls of 32-bit programs",
			       "the same, of 32-bit programs",
			       "not seen (system call tracepoints leave them out)" },
	/* c97d8a0f6805, 5.19 */
	[FEATURE_URING] = { "io_uring_requests", "tracepoint io_uring_complete",
			    "the same, through io_uring", "nothing" },
	/* dd6e10fbd9f4, 5.15 */
	[FEATURE_TASK_PT_REGS] = { "task_pt_regs", "bpf_task_pt_regs",
				   "arguments of bind and connect",
				   "a look at the task's stack, checked" },
	/* a35b9af4ec2c, 6.2 */
	[FEATURE_CAST] = { "rdonly_cast", "bpf_rdonly_cast", "the kernel's structs, read directly",
			   "probe reads" },
	/* fc7566ad0a82, 6.10. Up to 6.14 the verifier wants no call of a global function in
	 * between; a lock of 6.15 says that it has come to take it. */
	[FEATURE_PREEMPT] = { "preempt_disable", "bpf_preempt_disable",
			      "no event is missed where programs can be preempted (7.x)",
			      "not needed before" },
	[FEATURE_READ] = { "read_tracepoint", "tracepoint tcp_rcv_space_adjust", "who reads",
			   "nothing" },
	/* 6e6eda44b939, 6.3 */
	[FEATURE_LENGTHS] = { "length_tracepoints", "tracepoints sock_{send,recv}_length",
			      "who writes; UDP's bytes and datagrams",
			      "reads of TCP only; UDP is not counted" },
	[FEATURE_TIMERS] = { "timer_tracepoints", "tracepoints timer_{start,cancel}",
			     "TIME_WAIT to its end", "a rule for its beginning" },
	/* c53795d48ee8, 6.11 */
	[FEATURE_DROPS] = { "drop_tracepoint", "tracepoint kfree_skb with the socket",
			    "FIN_WAIT2 of orphans until the FIN", "TIME_WAIT from its beginning" },
	[FEATURE_RETRANSMIT] = { "retransmit_tracepoints",
				 "tracepoints tcp_retransmit_{skb,synack}", "--retransmits",
				 "nothing" },
	[FEATURE_EXEC] = { "process_tracepoints", "tracepoints sched_process_{exec,fork}",
			   "-e for processes that are gone", "/proc" },
	[FEATURE_MKDIR] = { "cgroup_tracepoint", "tracepoint cgroup_mkdir",
			    "containers that are gone; a cgroup that is made anew",
			    "a look at what is there" },
	[FEATURE_CGROUP2] = { "cgroup2", "cgroup2 root", "UDP", "nothing" },
};

const struct feature *feature_get(enum feature_id id)
{
	return &features[id];
}

/*
 * By which names in the kernel's type information each feature shows: all of them must be there. A
 * tracepoint's is btf_trace_NAME, a helper's or iterator's that of its function.
 */
#define NAMES 2

static const char *const names[FEATURES][NAMES] = {
	[FEATURE_STATE] = { "btf_trace_inet_sock_set_state" },
	[FEATURE_TASK_FILE] = { "bpf_iter_task_file" },
	[FEATURE_ITERATORS] = { "bpf_iter_tcp", "bpf_iter_udp" },
	[FEATURE_FOR_EACH] = { "bpf_for_each_map_elem", "bpf_iter_task" },
	[FEATURE_HASH_ALLOC] = { "bpf_mem_alloc_init" },
	[FEATURE_SOCKET_COOKIE] = { "bpf_get_socket_ptr_cookie" },
	[FEATURE_SOCK_FROM_FILE] = { "bpf_sock_from_file" },
	[FEATURE_SYS_EXIT] = { "btf_trace_sys_exit" },
	[FEATURE_URING] = { "btf_trace_io_uring_complete", "io_cqe" },
	[FEATURE_TASK_PT_REGS] = { "bpf_task_pt_regs" },
	[FEATURE_CAST] = { "bpf_rdonly_cast" },
	[FEATURE_PREEMPT] = { "bpf_preempt_disable", "bpf_res_spin_lock" },
	[FEATURE_READ] = { "btf_trace_tcp_rcv_space_adjust" },
	[FEATURE_LENGTHS] = { "btf_trace_sock_send_length", "btf_trace_sock_recv_length" },
	[FEATURE_TIMERS] = { "btf_trace_timer_start", "btf_trace_timer_cancel" },
	[FEATURE_DROPS] = { "btf_trace_kfree_skb", "sk_skb_reason_drop" },
	[FEATURE_RETRANSMIT] = { "btf_trace_tcp_retransmit_skb",
				 "btf_trace_tcp_retransmit_synack" },
	[FEATURE_EXEC] = { "btf_trace_sched_process_exec", "btf_trace_sched_process_fork" },
	[FEATURE_MKDIR] = { "btf_trace_cgroup_mkdir" },
};

static bool read_at(int fd, void *to, size_t len, off_t from)
{
	char *at = to;

	while (len) {
		ssize_t n = pread(fd, at, len, from);

		if (n <= 0)
			return false;
		at += n;
		from += n;
		len -= (size_t)n;
	}
	return true;
}

/*
 * All names of the kernel's type information, each ends with a NUL; NULL when there is none. For
 * free(). (btf__load_vmlinux_btf() would parse all types for what a look at the names tells.)
 */
static char *btf_names(size_t *ret_len, int *ret_err)
{
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	struct btf_header head;
	char *text = NULL;

	if (fd < 0) {
		*ret_err = -errno;
		return NULL;
	}
	if (read_at(fd, &head, sizeof(head), 0) && head.magic == BTF_MAGIC && head.str_len)
		text = malloc(head.str_len);
	if (text && (!read_at(fd, text, head.str_len, (off_t)head.hdr_len + head.str_off) ||
		     text[head.str_len - 1])) {
		free(text);
		text = NULL;
	}
	close(fd);
	*ret_len = text ? head.str_len : 0;
	return text;
}

/* Counts for each feature how many of its names are among them. */
static void count_names(const char *text, size_t len, int *count)
{
	for (const char *at = text; at < text + len; at += strlen(at) + 1) {
		if (at[0] != 'b' && at[0] != 'i' && at[0] != 's') /* btf_trace_, bpf_, io_, sk_ */
			continue;
		for (int id = 0; id < FEATURES; id++)
			for (int i = 0; i < NAMES && names[id][i]; i++)
				count[id] += !strcmp(at, names[id][i]);
	}
}

static bool has_syscall_event(const char *name)
{
	static const char *const roots[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char path[128];

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		snprintf(path, sizeof(path), "%s/events/syscalls/%s/id", roots[i], name);
		if (access(path, R_OK) == 0)
			return true;
	}
	return false;
}

static void probe_btf(bool *has, int *ret_err)
{
	int count[FEATURES] = { 0 };
	size_t len;
	char *text = btf_names(&len, ret_err);

	if (!text)
		return;
	has[FEATURE_BTF] = true;
	count_names(text, len, count);
	for (int id = 0; id < FEATURES; id++)
		if (names[id][0])
			has[id] = count[id] >= (names[id][1] ? 2 : 1);
	free(text);
}

void features_probe(int cgroup_fd, struct features *ret)
{
	bool *has = ret->has;

	*ret = (struct features){ 0 };
	has[FEATURE_CGROUP2] = cgroup_fd >= 0;
	has[FEATURE_SYSCALL_EVENTS] = has_syscall_event("sys_exit_accept") &&
				      has_syscall_event("sys_exit_accept4") &&
				      has_syscall_event("sys_exit_bind") &&
				      has_syscall_event("sys_exit_connect") &&
				      has_syscall_event("sys_exit_listen");
	probe_btf(has, &ret->btf_err);
	/* which is how calls are seen then */
	has[FEATURE_CALLS_32] = has[FEATURE_SYS_EXIT] &&
				!(has[FEATURE_SYSCALL_EVENTS] && has[FEATURE_HASH_ALLOC]);
}

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF 39
#endif

void privilege_missing(bool udp, char *text, size_t size)
{
	static const struct {
		int cap;
		const char *name;
	} needed[] = { { CAP_BPF, "CAP_BPF" },
		       { CAP_PERFMON, "CAP_PERFMON" },
		       { CAP_NET_ADMIN, "CAP_NET_ADMIN" } };
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	uint64_t have = 0;

	text[0] = '\0';
	if (syscall(SYS_capget, &head, data) == 0)
		have = data[0].effective | (uint64_t)data[1].effective << 32;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		bool is_net = needed[i].cap == CAP_NET_ADMIN;

		if (is_net ? !udp : have >> CAP_SYS_ADMIN & 1)
			continue;
		if (!(have >> needed[i].cap & 1))
			snprintf(text + strlen(text), size - strlen(text), "%s%s",
				 text[0] ? ", " : "", needed[i].name);
	}
}
