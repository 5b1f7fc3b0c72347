// SPDX-License-Identifier: GPL-2.0-only
#include "live/features.h"

#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/btf.h>

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

void features_probe(struct features *ret)
{
	struct btf *btf = btf__load_vmlinux_btf();

	*ret = (struct features){ 0 };
	if (!btf)
		return;
	ret->btf = true;
	ret->state = has_tracepoint(btf, "inet_sock_set_state");
	ret->sk_storage = has_func(btf, "bpf_sk_storage_get_tracing");
	ret->socket_cookie = has_func(btf, "bpf_get_socket_ptr_cookie");
	ret->sock_from_file = has_func(btf, "bpf_sock_from_file");
	ret->task_file = has_func(btf, "bpf_iter_task_file");
	ret->read = has_tracepoint(btf, "tcp_rcv_space_adjust");
	ret->sys_exit = has_tracepoint(btf, "sys_exit");
	ret->accept_syscalls = has_syscall_event("sys_exit_accept") &&
			       has_syscall_event("sys_exit_accept4");
	btf__free(btf);
}

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF 39
#endif

void privilege_missing(char *text, size_t size)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	uint64_t have = 0;

	text[0] = '\0';
	if (syscall(SYS_capget, &head, data) == 0)
		have = data[0].effective | (uint64_t)data[1].effective << 32;
	if (have >> CAP_SYS_ADMIN & 1)
		return;
	if (!(have >> CAP_BPF & 1))
		snprintf(text, size, "CAP_BPF");
	if (!(have >> CAP_PERFMON & 1))
		snprintf(text + strlen(text), size - strlen(text), "%sCAP_PERFMON",
			 text[0] ? ", " : "");
}
