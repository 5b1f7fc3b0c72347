// SPDX-License-Identifier: GPL-2.0-only
#include "live/features.h"

#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "core/feature.h"

static const struct feature features[FEATURES] = {
	[FEATURE_BTF] = { "btf", "BTF", "types of the running kernel", NULL },
	[FEATURE_STATE] = { "state_tracepoint", "tracepoint inet_sock_set_state", "transitions",
			    NULL },
	[FEATURE_TASK_FILE] = { "task_file_iterator", "iterator task_file",
				"owners of older sockets", NULL },
	/* 8e4597c627fb, 5.11 */
	[FEATURE_SK_STORAGE] = { "socket_storage", "socket storage", "owners, kept in the socket",
				 "a hash by the socket's address" },
	/* c5dbb89fc2ac, 5.12 */
	[FEATURE_SOCKET_COOKIE] = { "socket_cookie", "socket cookies", "a socket's identity",
				    "only cookies that exist already" },
	/* 4f19cab76136, 5.11 */
	[FEATURE_SOCK_FROM_FILE] = { "sock_from_file", "bpf_sock_from_file",
				     "owners of older sockets", "a look into the file, checked" },
	[FEATURE_SYSCALL_EVENTS] = { "syscall_tracepoints", "system call tracepoints",
				     "accept, bind, connect",
				     "a look at every system call's exit" },
	[FEATURE_SYS_EXIT] = { "sys_exit_tracepoint", "tracepoint sys_exit",
			       "the same, without tracefs", "nothing" },
	/* dd6e10fbd9f4, 5.15 */
	[FEATURE_TASK_PT_REGS] = { "task_pt_regs", "bpf_task_pt_regs",
				   "arguments of bind and connect",
				   "a look at the task's stack, checked" },
	/* a35b9af4ec2c, 6.2 */
	[FEATURE_CAST] = { "rdonly_cast", "bpf_rdonly_cast", "the kernel's structs, read directly",
			   "probe reads" },
	[FEATURE_READ] = { "read_tracepoint", "tracepoint tcp_rcv_space_adjust", "who reads",
			   "nothing" },
	/* 6e6eda44b939, 6.3 */
	[FEATURE_LENGTHS] = { "length_tracepoints", "tracepoints sock_{send,recv}_length",
			      "who writes; UDP's bytes and datagrams",
			      "reads of TCP only; UDP is not counted" },
	[FEATURE_TIMERS] = { "timer_tracepoints", "tracepoints timer_{start,cancel}",
			     "TIME_WAIT to its end", "a rule for its beginning" },
	[FEATURE_RETRANSMIT] = { "retransmit_tracepoints",
				 "tracepoints tcp_retransmit_{skb,synack}", "--retransmits",
				 "nothing" },
	[FEATURE_EXEC] = { "process_tracepoints", "tracepoints sched_process_{exec,fork}",
			   "-e for processes that are gone", "/proc" },
	[FEATURE_CGROUP2] = { "cgroup2", "cgroup2 root", "UDP", "nothing" },
};

const struct feature *feature_get(enum feature_id id)
{
	return &features[id];
}

static bool has_func(const struct btf *btf, const char *name)
{
	return btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) > 0;
}

static bool has_tracepoint(const struct btf *btf, const char *name)
{
	char type[64];

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	return btf__find_by_name_kind(btf, type, BTF_KIND_TYPEDEF) > 0;
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

void features_probe(int cgroup_fd, struct features *ret)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool *has = ret->has;

	*ret = (struct features){ 0 };
	has[FEATURE_CGROUP2] = cgroup_fd >= 0;
	has[FEATURE_SYSCALL_EVENTS] = has_syscall_event("sys_exit_accept") &&
				      has_syscall_event("sys_exit_accept4") &&
				      has_syscall_event("sys_exit_bind") &&
				      has_syscall_event("sys_exit_connect");
	if (!btf)
		return;
	has[FEATURE_BTF] = true;
	has[FEATURE_STATE] = has_tracepoint(btf, "inet_sock_set_state");
	has[FEATURE_TASK_FILE] = has_func(btf, "bpf_iter_task_file");
	has[FEATURE_SK_STORAGE] = has_func(btf, "bpf_sk_storage_get_tracing");
	has[FEATURE_SOCKET_COOKIE] = has_func(btf, "bpf_get_socket_ptr_cookie");
	has[FEATURE_SOCK_FROM_FILE] = has_func(btf, "bpf_sock_from_file");
	has[FEATURE_SYS_EXIT] = has_tracepoint(btf, "sys_exit");
	has[FEATURE_TASK_PT_REGS] = has_func(btf, "bpf_task_pt_regs");
	has[FEATURE_CAST] = has_func(btf, "bpf_rdonly_cast");
	has[FEATURE_READ] = has_tracepoint(btf, "tcp_rcv_space_adjust");
	has[FEATURE_LENGTHS] = has_tracepoint(btf, "sock_send_length") &&
			       has_tracepoint(btf, "sock_recv_length");
	has[FEATURE_TIMERS] = has_tracepoint(btf, "timer_start") &&
			      has_tracepoint(btf, "timer_cancel");
	has[FEATURE_RETRANSMIT] = has_tracepoint(btf, "tcp_retransmit_skb") &&
				  has_tracepoint(btf, "tcp_retransmit_synack");
	has[FEATURE_EXEC] = has_tracepoint(btf, "sched_process_exec") &&
			    has_tracepoint(btf, "sched_process_fork");
	btf__free(btf);
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
