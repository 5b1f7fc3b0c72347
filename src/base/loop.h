/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An event loop: descriptors by epoll, timers by its time limit, and being asked to end. One
 * thread.
 *
 * A callback returns 0, or a -errno that ends the loop and is what it returns. It may add, remove,
 * set and cancel whatever it likes, itself too: what was removed is not called any more. Nothing is
 * allocated while the loop runs, but for a descriptor that is added.
 *
 * All descriptors of the loop's own are made by loop_new() and loop_take_signals(): before rights
 * are given up. Then it needs epoll_wait(), and epoll_ctl() for changes.
 *
 * Who has to wait in a way of his own (the stream, whose reader sleeps by rules of its own) has one
 * descriptor and one time to wait for:
 *
 *   while (!loop_is_stopped(loop)) {
 *           ready = reader_wait(reader, loop_fd(loop), loop_timeout_ms(loop));
 *           err = loop_catch_up(loop, ready);
 *           ... drain the ring ...
 *   }
 *
 * where `ready` is true if loop_fd() was seen readable, or not looked at (a pause on a busy
 * machine). That costs no system call beyond the wait's own, unless a descriptor is ready, or may
 * be.
 */
#ifndef SOCKWATCH_BASE_LOOP_H
#define SOCKWATCH_BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#define LOOP_FOREVER UINT64_MAX

enum loop_events {
	LOOP_READ = 1 << 0,  /* there is something to read, or the other end is closed */
	LOOP_WRITE = 1 << 1, /* there is room */
};

struct loop; /* opaque */

typedef int loop_fn(void *arg);

/* The caller's, usually within what `arg` points to; not to be freed or changed while it is set. */
struct loop_timer {
	loop_fn *fn;
	void *arg; /* borrowed */
	/* the loop's */
	uint64_t due_ns; /* 0: not set */
	uint64_t round;
	struct loop_timer *next;
};

/* 0, or -errno with *ret untouched. */
int loop_new(struct loop **ret);

/* Closes no descriptor of the caller's; counts no signals any more. NULL is fine. */
void loop_free(struct loop *loop);

/*
 * From now on SIGINT, SIGTERM and SIGHUP stop the loop, as base/signals.h has it; one that came
 * stops each run of it. For one loop at a time. 0 or -errno.
 */
int loop_take_signals(struct loop *loop);

/* --- descriptors ------------------------------------------------------------------------------ */

/*
 * Calls fn(arg) whenever fd is ready for one of `events` (enum loop_events; 0: none of them), has
 * an error or lost its other end: as long as that is so. fd and arg are borrowed until
 * loop_remove_fd(), which is to come before fd is closed. 0; -EEXIST: it is there already; -EPERM:
 * a file, which is always ready; another -errno.
 */
int loop_add_fd(struct loop *loop, int fd, unsigned int events, loop_fn *fn, void *arg);

/* Other events for a descriptor that was added. 0 or -errno. */
int loop_set_fd(struct loop *loop, int fd, unsigned int events);

/* One that was not added is fine. */
void loop_remove_fd(struct loop *loop, int fd);

/* --- timers ----------------------------------------------------------------------------------- */

/*
 * Calls timer->fn once, not before due_ns (CLOCK_MONOTONIC; 0 and what has passed: the next time
 * that the loop runs) and up to a millisecond and the system's slack later. The callback may set it
 * again. One that is set already gets the new time.
 */
void loop_set_timer(struct loop *loop, struct loop_timer *timer, uint64_t due_ns);

/* One that is not set is fine. */
void loop_cancel_timer(struct loop *loop, struct loop_timer *timer);

/* --- running ---------------------------------------------------------------------------------- */

/* Runs until loop_stop(), a signal (loop_take_signals()) or an error. 0 or -errno. */
int loop_run(struct loop *loop);

/*
 * Sleeps until something is ready or due, timeout_ns at most (LOOP_FOREVER: no limit), then calls
 * what is ready, then what is due. May return early. 0 or -errno.
 */
int loop_run_once(struct loop *loop, uint64_t timeout_ns);

/* No callback is called after this, and loop_run() returns. */
void loop_stop(struct loop *loop);

/* By loop_stop() or by a signal. */
bool loop_is_stopped(const struct loop *loop);

/* --- waiting elsewhere ------------------------------------------------------------------------ */

/* Readable, for poll(), when a descriptor of the loop's is ready or a signal came. */
int loop_fd(const struct loop *loop);

/* Until the first timer is due, for poll(): rounded up; -1: none is set. */
int loop_timeout_ms(const struct loop *loop);

/*
 * Calls what is ready, if is_ready says that something may be, then what is due; sleeps never. No
 * system call when nothing but signals is waited for. 0 or -errno.
 */
int loop_catch_up(struct loop *loop, bool is_ready);

#endif
