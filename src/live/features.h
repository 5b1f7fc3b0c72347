/* SPDX-License-Identifier: GPL-2.0-only */
/* What this kernel offers to the BPF programs, found by its BTF, never by its version. */
#ifndef SOCKWATCH_LIVE_FEATURES_H
#define SOCKWATCH_LIVE_FEATURES_H

#include <stdbool.h>
#include <stddef.h>

struct features {
	bool btf;	      /* /sys/kernel/btf/vmlinux is there */
	bool state;	      /* tracepoint inet_sock_set_state; nothing works without */
	bool sk_storage;      /* socket storage in tracing programs (8e4597c627fb, 5.11) */
	bool socket_cookie;   /* bpf_get_socket_cookie in tracing programs (c5dbb89fc2ac, 5.12) */
	bool sock_from_file;  /* bpf_sock_from_file (4f19cab76136, 5.11) */
	bool task_file;	      /* iterator over descriptors (eaaacd23910f, 5.8) */
	bool read;	      /* tracepoint tcp_rcv_space_adjust */
	bool sys_exit;	      /* raw tracepoint sys_exit */
	bool accept_syscalls; /* tracefs is mounted and has syscalls/sys_exit_accept{,4} */
};

/* Fills *ret; cannot fail, what cannot be found out is not there. */
void features_probe(struct features *ret);

/*
 * Which capabilities the programs need and this process lacks, as "CAP_BPF, CAP_PERFMON" into text;
 * empty when nothing is missing. CAP_SYS_ADMIN stands for both (capabilities(7)).
 */
void privilege_missing(char *text, size_t size);

#endif
