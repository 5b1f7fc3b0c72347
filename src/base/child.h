/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process of our own for what may block, hang or crash: the same program, forked, with a socket
 * between the two.
 *
 * It keeps none of our descriptors but that socket, and of the standard ones those that it is to
 * keep; it gives up its rights, lives through the signals that ask us to end (it is we who end it)
 * and does not outlive us.
 *
 * It has a copy of our memory: so it is started before anything is open that it should not have,
 * and while this process has one thread. Or it becomes another program, which has nothing of ours
 * but its arguments, the environment and what it is given, and does there what is described here
 * (child_serve()).
 */
#ifndef SOCKWATCH_BASE_CHILD_H
#define SOCKWATCH_BASE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CHILD_GRACE_S 5
#define CHILD_SOCKET 3 /* in the new process: its end of the socket, and what it was given */
#define CHILD_GIVEN 4
#define CHILD_ALSO 5
#define CHILD_FURTHER 6

struct privilege_opts;

struct child {
	pid_t pid; /* 0: there is none */
	int fd;	   /* owned: our end of the socket */
};

enum child_keeps {
	CHILD_STDIN = 1 << 0, /* those that are not kept are /dev/null */
	CHILD_STDOUT = 1 << 1,
	CHILD_STDERR = 1 << 2,
	CHILD_RIGHTS = 1 << 3,
};

struct child_opts {
	const char *name;  /* of the process, 15 bytes at most; NULL: ours */
	int type;	   /* of the socket: SOCK_STREAM, SOCK_SEQPACKET */
	unsigned int keep; /* enum child_keeps */
	bool finishes; /* when we have ended: for CHILD_GRACE_S at most, and is not killed at once
			*/
	/*
	 * In the new process: open() while rights are still there (NULL: nothing needs them), run()
	 * without. Non-zero is failure, and the end. fd: its end of the socket, borrowed; at the
	 * end of file of it, run() is to return.
	 */
	int (*open)(void *arg, int fd);
	int (*run)(void *arg, int fd);
	void *arg;
	/* What stays when it gives up its rights; NULL: any system call, and no capability. */
	const struct privilege_opts *rights; /* borrowed */
	char *rights_text; /* borrowed, of the next size; what became of them; NULL: not asked for
			    */
	size_t rights_size;
	/*
	 * Instead of both: the program that it becomes, by its path, which calls child_serve() with
	 * opts of its own; of these here count name, type and keep.
	 */
	const char *program; /* borrowed, as the next; NULL: none */
	char *const *argv;
	int given;   /* borrowed: a descriptor that it gets too, as CHILD_GIVEN */
	int also;    /* likewise: one more, as CHILD_ALSO; 0: none */
	int further; /* likewise, as CHILD_FURTHER */
};

/* From now on ended children are waited for (SIGCHLD). 0, or -errno with *ret untouched. */
int child_start(const struct child_opts *opts, struct child *ret);

/*
 * In a program that child_start() made a process of: is that process, whose descriptors are those
 * above, until run() returns. 0, or -1 as soon as something failed. -ENOTSOCK: nobody did so.
 */
int child_serve(const struct child_opts *opts);

/*
 * For run() of one that is asked over a SOCK_SEQPACKET socket. answer: of `size` bytes, begins with
 * its question, of `asked` bytes. Each that comes is completed by fn, and sent back whole, until
 * the other side has ended. 0; or -1: what came is no question, or nobody takes the answer.
 */
int child_answer(int fd, void *answer, size_t size, size_t asked,
		 void (*fn)(void *arg, void *answer), void *arg);

/*
 * Tells it to end, waits for timeout_ms (or until we were asked twice to end), kills it if it has
 * not ended by then, and closes fd; it is not waited for if the kernel does not let it end. What it
 * still says is not read: so it must fit the socket. 0: it ended well; -ETIMEDOUT: it was killed;
 * -EIO: it failed, or somebody else killed it. One that was not started is fine.
 */
int child_stop(struct child *c, int timeout_ms);

/*
 * The same for one that finishes (child_opts) by itself: it is not killed, but left to do so.
 * -ETIMEDOUT: it was.
 */
int child_leave(struct child *c, int timeout_ms);

/* Kills it and waits for its end. */
void child_kill(struct child *c);

#endif
