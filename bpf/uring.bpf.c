// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Binds, listens and failed connects through io_uring, which makes no system calls of their own:
 * seen when the request completes, in its process or a thread that works for it.
 *
 * The tracepoint has another result at another place in each kernel, but the request, which has it
 * too, at the same since 5.19; before that it was not told at all.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "done.h"
#include "listen.h"

/* uapi/linux/io_uring.h; the last two are of 6.11 */
#define IORING_OP_CONNECT 16
#define IORING_OP_BIND 56
#define IORING_OP_LISTEN 57

/*
 * The copy of the address that the request was given. It is all that the request keeps (a connect
 * up to 6.9, both in 6.18), and then a family is where a pointer or nothing is otherwise; or a part
 * of it (a bind up to then). That of a connect is with another request then already.
 */
static __always_inline void request_address(struct io_kiocb *req, __u8 opcode,
					    struct sockaddr_at *ret)
{
	void *data = READ(req, async_data);
	struct io_async_msghdr *msg = data;
	__u16 family = 0;

	ret->where = 0;
	ret->in_kernel = true;
	if (!data || bpf_probe_read_kernel(&family, sizeof(family), data))
		return;
	if (family == SW_AF_INET || family == SW_AF_INET6)
		ret->where = (__u64)data;
	else if (opcode == IORING_OP_BIND && bpf_core_field_exists(msg->addr))
		ret->where = (__u64)&msg->addr;
}

static __always_inline void on_request(struct io_kiocb *req)
{
	__u8 opcode = READ(req, opcode);
	__u8 kind = opcode == IORING_OP_BIND ? SW_EV_BIND : SW_EV_CONNECT;
	struct sockaddr_at at = {};
	struct file *file;
	struct sock *sk;
	long ret;

	if (opcode != IORING_OP_CONNECT && opcode != IORING_OP_BIND && opcode != IORING_OP_LISTEN)
		return;
	ret = READ(req, cqe.res);
	file = READ(req, file);
	sk = file ? inet_sock_of(file) : 0;
	if (!sk)
		return;
	if (opcode == IORING_OP_LISTEN) {
		on_listened(ret, sk);
	} else if (call_matters(kind, ret)) {
		request_address(req, opcode, &at);
		on_done(kind, ret, sk, &at);
	}
}

SEC("tp_btf/io_uring_complete")
int BPF_PROG(on_uring, void *ring, struct io_kiocb *req)
{
	struct trace_event_raw_io_uring_complete *told = 0;

	preempt_off();
	/* NULL: one more result of a request that goes on */
	if (bpf_core_field_exists(told->req) && bpf_core_field_exists(req->cqe) && req)
		on_request(req);
	preempt_on();
	return 0;
}
