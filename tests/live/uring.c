// SPDX-License-Identifier: GPL-2.0-only
/*
 * One TCP connection on loopback whose every step goes through io_uring, without a library.
 *
 *   uring connect HOW PORT     connects to 127.0.0.1:PORT
 *   uring accept HOW FD        accepts on FD, a listening socket that it was started with
 *   uring calls HOW PORT       a connect that finds no route, and where the kernel has it a bind to
 *                              PORT, which is taken, a bind to any, a listen without a bind
 *
 *   HOW   plain       whatever the kernel does with a request by itself
 *         async       every request is done by a worker thread (IOSQE_ASYNC)
 *         sqpoll      a kernel thread takes the requests (IORING_SETUP_SQPOLL)
 *         multishot   accept only: one request for all connections
 *         direct      the connection is a registered file and has no descriptor
 *
 * The one that connects sends a byte, reads the answer, says "done" and waits for a line before it
 * closes; the other answers, says "done", reads to the end and closes. Both say "ready" first, and
 * wait for a line. Exit status 77: the kernel does not have it; the reason is on stderr.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/io_uring.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ENTRIES 8
#define NOT_HERE 77
#define OP_BIND 56 /* 6.11; newer than our headers */
#define OP_LISTEN 57

struct ring {
	int fd;
	uint8_t sqe_flags; /* of every request */
	bool sqpoll;
	uint32_t *sq_tail, *sq_mask, *sq_flags, *sq_array;
	uint32_t *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static void die(const char *what, int err)
{
	fprintf(stderr, "%s: %s\n", what, strerror(err));
	exit(err == ENOSYS || err == EPERM || err == EINVAL ? NOT_HERE : 1);
}

static void *map(const struct ring *r, size_t size, off_t what)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, what);

	if (p == MAP_FAILED)
		die("mmap", errno);
	return p;
}

static uint32_t *word(void *base, uint32_t offset)
{
	return (uint32_t *)(void *)((char *)base + offset);
}

static void ring_open(struct ring *r, const char *how)
{
	struct io_uring_params p = { 0 };
	int no_file = -1;
	char *sq, *cq;

	memset(r, 0, sizeof(*r));
	r->sqpoll = strcmp(how, "sqpoll") == 0;
	if (r->sqpoll) {
		p.flags = IORING_SETUP_SQPOLL;
		p.sq_thread_idle = 100; /* ms */
	}
	if (strcmp(how, "async") == 0)
		r->sqe_flags = IOSQE_ASYNC;
	r->fd = (int)syscall(__NR_io_uring_setup, ENTRIES, &p);
	if (r->fd < 0)
		die("io_uring_setup", errno);
	sq = map(r, p.sq_off.array + p.sq_entries * sizeof(uint32_t), IORING_OFF_SQ_RING);
	cq = map(r, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
	r->sqes = map(r, p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	r->sq_tail = word(sq, p.sq_off.tail);
	r->sq_mask = word(sq, p.sq_off.ring_mask);
	r->sq_flags = word(sq, p.sq_off.flags);
	r->sq_array = word(sq, p.sq_off.array);
	r->cq_head = word(cq, p.cq_off.head);
	r->cq_tail = word(cq, p.cq_off.tail);
	r->cq_mask = word(cq, p.cq_off.ring_mask);
	r->cqes = (struct io_uring_cqe *)(void *)(cq + p.cq_off.cqes);
	/* one empty slot for a registered file */
	if (strcmp(how, "direct") == 0 &&
	    syscall(__NR_io_uring_register, r->fd, IORING_REGISTER_FILES, &no_file, 1))
		die("io_uring_register", errno);
}

static struct io_uring_sqe *ring_next(struct ring *r, uint8_t opcode, int fd)
{
	struct io_uring_sqe *sqe = &r->sqes[*r->sq_tail & *r->sq_mask];

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = opcode;
	sqe->fd = fd;
	sqe->flags = r->sqe_flags;
	return sqe;
}

/* Hands the request over and waits for its result: 0 or more, or -errno. */
static int ring_do(struct ring *r)
{
	uint32_t tail = *r->sq_tail, head = *r->cq_head, flags = IORING_ENTER_GETEVENTS;
	int result;

	r->sq_array[tail & *r->sq_mask] = tail & *r->sq_mask;
	__atomic_store_n(r->sq_tail, tail + 1, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (r->sqpoll && (__atomic_load_n(r->sq_flags, __ATOMIC_ACQUIRE) & IORING_SQ_NEED_WAKEUP))
		flags |= IORING_ENTER_SQ_WAKEUP;
	while (syscall(__NR_io_uring_enter, r->fd, r->sqpoll ? 0 : 1, 1, flags, NULL, 0) < 0)
		if (errno != EINTR)
			die("io_uring_enter", errno);
	while (__atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE) == head)
		if (syscall(__NR_io_uring_enter, r->fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0) <
			    0 &&
		    errno != EINTR)
			die("io_uring_enter", errno);
	result = r->cqes[head & *r->cq_mask].res;
	__atomic_store_n(r->cq_head, head + 1, __ATOMIC_RELEASE);
	return result;
}

static int must(const char *what, int result)
{
	if (result < 0)
		die(what, -result);
	return result;
}

/* The connection: a descriptor, or with direct the first registered file. */
struct end {
	struct ring ring;
	bool direct;
	int fd;
};

static int end_transfer(struct end *e, uint8_t opcode, char *byte)
{
	struct io_uring_sqe *sqe = ring_next(&e->ring, opcode, e->fd);

	sqe->addr = (uintptr_t)byte;
	sqe->len = 1;
	sqe->msg_flags = opcode == IORING_OP_SEND ? MSG_NOSIGNAL : 0;
	if (e->direct)
		sqe->flags |= IOSQE_FIXED_FILE;
	return must(opcode == IORING_OP_SEND ? "send" : "recv", ring_do(&e->ring));
}

static void end_close(struct end *e)
{
	struct io_uring_sqe *sqe = ring_next(&e->ring, IORING_OP_CLOSE, e->direct ? 0 : e->fd);

	sqe->file_index = e->direct ? 1 : 0;
	must("close", ring_do(&e->ring));
}

static void step(const char *word)
{
	char line[16];

	puts(word);
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		exit(1);
}

/* A new socket; with direct its descriptor goes, the registered file stays. */
static void end_open(struct end *e)
{
	struct io_uring_files_update update = { 0 };

	e->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (e->fd < 0)
		die("socket", errno);
	if (e->direct) {
		update.fds = (uintptr_t)&e->fd;
		if (syscall(__NR_io_uring_register, e->ring.fd, IORING_REGISTER_FILES_UPDATE,
			    &update, 1) < 0)
			die("io_uring_register", errno);
		close(e->fd);
		e->fd = 0;
	}
}

/* Its result: 0, or -errno. */
static int end_call(struct end *e, uint8_t opcode, const char *host, uint16_t port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct io_uring_sqe *sqe = ring_next(&e->ring, opcode, e->fd);

	inet_pton(AF_INET, host, &addr.sin_addr);
	if (opcode != OP_LISTEN) {
		sqe->addr = (uintptr_t)&addr;
		sqe->off = sizeof(addr);
	} else {
		sqe->len = 4;
	}
	if (e->direct)
		sqe->flags |= IOSQE_FIXED_FILE;
	return ring_do(&e->ring);
}

static void expect(const char *what, int result, int wanted)
{
	if (result == wanted)
		return;
	fprintf(stderr, "%s: %d\n", what, result);
	exit(1);
}

static void do_calls(struct end *e, uint16_t port)
{
	int result;

	end_open(e);
	expect("connect", end_call(e, IORING_OP_CONNECT, "192.0.2.1", 9), -ENETUNREACH);
	result = end_call(e, OP_BIND, "127.0.0.1", port);
	if (result == -EINVAL) {
		step("connect");
		return;
	}
	expect("bind", result, -EADDRINUSE);
	must("bind", end_call(e, OP_BIND, "127.0.0.1", 0));
	end_open(e);
	must("listen", end_call(e, OP_LISTEN, "0.0.0.0", 0));
	step("all");
}

static void do_connect(struct end *e, uint16_t port)
{
	char byte = 'x';

	end_open(e);
	must("connect", end_call(e, IORING_OP_CONNECT, "127.0.0.1", port));
	end_transfer(e, IORING_OP_SEND, &byte);
	end_transfer(e, IORING_OP_RECV, &byte);
	step("done");
	end_close(e);
}

static void do_accept(struct end *e, int listener, bool multishot)
{
	struct io_uring_sqe *sqe = ring_next(&e->ring, IORING_OP_ACCEPT, listener);
	char byte;

	if (e->direct)
		sqe->file_index = 1;
	if (multishot)
		sqe->ioprio = IORING_ACCEPT_MULTISHOT;
	e->fd = must("accept", ring_do(&e->ring));
	end_transfer(e, IORING_OP_RECV, &byte);
	end_transfer(e, IORING_OP_SEND, &byte);
	puts("done");
	fflush(stdout);
	while (end_transfer(e, IORING_OP_RECV, &byte) > 0)
		;
	end_close(e);
}

int main(int argc, char **argv)
{
	struct end e = { .fd = -1 };

	if (argc != 4)
		return 2;
	e.direct = strcmp(argv[2], "direct") == 0;
	ring_open(&e.ring, argv[2]);
	step("ready");
	if (strcmp(argv[1], "connect") == 0)
		do_connect(&e, (uint16_t)atoi(argv[3]));
	else if (strcmp(argv[1], "calls") == 0)
		do_calls(&e, (uint16_t)atoi(argv[3]));
	else
		do_accept(&e, atoi(argv[3]), strcmp(argv[2], "multishot") == 0);
	step("closed");
	return 0;
}
