// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * All programs as one object. (bpftool 7.1, of Debian 12, cannot join objects that call the same
 * kernel function, see read.h.)
 */
#include "calls.bpf.c"
#include "cgroup.bpf.c"
#include "process.bpf.c"
#include "retransmit.bpf.c"
#include "snapshot.bpf.c"
#include "sofar.bpf.c"
#include "tcp.bpf.c"
#include "timewait.bpf.c"
#include "udp.bpf.c"
#include "untold.bpf.c"
#include "uring.bpf.c"
#include "use.bpf.c"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
