// SPDX-License-Identifier: GPL-2.0-only
#include "base/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/signals.h"

#define READY_MAX 16 /* taken from the kernel at a time */
#define MS_MAX 3600000
#define NS_PER_MS 1000000u
#define NOBODY UINT64_MAX /* what epoll knows the signals by */

struct source {
	int fd;		/* borrowed; -1: a free place */
	uint32_t given; /* counts who had this place: an event may be of one that is gone */
	loop_fn *fn;
	void *arg; /* borrowed */
};

struct loop {
	int fd;			  /* owned: epoll */
	struct source *sources;	  /* owned */
	uint32_t n;		  /* places */
	uint32_t used;		  /* of them */
	struct loop_timer *first; /* borrowed: those that are set, by time */
	uint64_t round;		  /* a timer that is set in this one waits for the next */
	bool signals;
	bool stopped;
};

int loop_new(struct loop **ret)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	int err;

	if (!loop)
		return -ENOMEM;
	loop->fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->fd < 0) {
		err = -errno;
		free(loop);
		return err;
	}
	*ret = loop;
	return 0;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	close(loop->fd);
	if (loop->signals)
		signals_close();
	free(loop->sources);
	free(loop);
}

int loop_take_signals(struct loop *loop)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = NOBODY };
	int err = signals_open();

	if (err)
		return err;
	if (epoll_ctl(loop->fd, EPOLL_CTL_ADD, signals_fd(), &event)) {
		err = -errno;
		signals_close();
		return err;
	}
	loop->signals = true;
	return 0;
}

/* --- descriptors ------------------------------------------------------------------------------ */

static struct source *source_find(const struct loop *loop, int fd)
{
	for (uint32_t i = 0; i < loop->n; i++)
		if (loop->sources[i].fd == fd)
			return &loop->sources[i];
	return NULL;
}

/* A free place; NULL when there is no memory. */
static struct source *source_new(struct loop *loop)
{
	struct source *s = source_find(loop, -1), *grown;

	if (s)
		return s;
	grown = reallocarray(loop->sources, loop->n + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	loop->sources = grown;
	s = &grown[loop->n++];
	*s = (struct source){ .fd = -1 };
	return s;
}

/* What epoll gives back says whose place it is, and which one of those who had it. */
static int control(const struct loop *loop, int how, const struct source *s, int fd,
		   unsigned int events)
{
	struct epoll_event event = { .data.u64 = (uint64_t)s->given << 32 |
						 (uint64_t)(s - loop->sources) };

	if (events & LOOP_READ)
		event.events |= EPOLLIN | EPOLLRDHUP;
	if (events & LOOP_WRITE)
		event.events |= EPOLLOUT;
	return epoll_ctl(loop->fd, how, fd, &event) ? -errno : 0;
}

int loop_add_fd(struct loop *loop, int fd, unsigned int events, loop_fn *fn, void *arg)
{
	struct source *s = source_new(loop);
	int err = s ? control(loop, EPOLL_CTL_ADD, s, fd, events) : -ENOMEM;

	if (err)
		return err;
	*s = (struct source){ .fd = fd, .given = s->given, .fn = fn, .arg = arg };
	loop->used++;
	return 0;
}

int loop_set_fd(struct loop *loop, int fd, unsigned int events)
{
	const struct source *s = fd < 0 ? NULL : source_find(loop, fd);

	return s ? control(loop, EPOLL_CTL_MOD, s, fd, events) : -ENOENT;
}

void loop_remove_fd(struct loop *loop, int fd)
{
	struct source *s = fd < 0 ? NULL : source_find(loop, fd);

	if (!s)
		return;
	epoll_ctl(loop->fd, EPOLL_CTL_DEL, fd, NULL);
	*s = (struct source){ .fd = -1, .given = s->given + 1 };
	loop->used--;
}

static int run_source(struct loop *loop, uint64_t data)
{
	const struct source *s = data == NOBODY ? NULL : &loop->sources[(uint32_t)data];

	return s && s->fd >= 0 && s->given == data >> 32 ? s->fn(s->arg) : 0;
}

static int run_sources(struct loop *loop, int timeout_ms)
{
	struct epoll_event ready[READY_MAX];
	int n = epoll_wait(loop->fd, ready, READY_MAX, timeout_ms), err = 0;

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n && !err && !loop_is_stopped(loop); i++)
		err = run_source(loop, ready[i].data.u64);
	return err;
}

/* --- timers ----------------------------------------------------------------------------------- */

void loop_set_timer(struct loop *loop, struct loop_timer *timer, uint64_t due_ns)
{
	struct loop_timer **at = &loop->first;

	loop_cancel_timer(loop, timer);
	timer->due_ns = due_ns ? due_ns : 1;
	timer->round = loop->round;
	while (*at && (*at)->due_ns <= timer->due_ns)
		at = &(*at)->next;
	timer->next = *at;
	*at = timer;
}

void loop_cancel_timer(struct loop *loop, struct loop_timer *timer)
{
	struct loop_timer **at = &loop->first;

	if (!timer->due_ns)
		return;
	while (*at != timer)
		at = &(*at)->next;
	*at = timer->next;
	timer->due_ns = 0;
}

/* NULL: none, or only such as were set in this round. */
static struct loop_timer *timer_due(const struct loop *loop, uint64_t now_ns)
{
	for (struct loop_timer *t = loop->first; t && t->due_ns <= now_ns; t = t->next)
		if (t->round != loop->round)
			return t;
	return NULL;
}

/* A timer that sets itself to what has passed does not keep the others, or descriptors, waiting. */
static int run_timers(struct loop *loop)
{
	uint64_t now_ns;
	struct loop_timer *t;
	int err = 0;

	if (!loop->first)
		return 0;
	now_ns = clock_now();
	loop->round++;
	while (!err && !loop_is_stopped(loop) && (t = timer_due(loop, now_ns))) {
		loop_cancel_timer(loop, t);
		err = t->fn(t->arg);
	}
	return err;
}

/* --- running ---------------------------------------------------------------------------------- */

/* Rounded up, so that it is not looked again and again just before the time. */
static int ms_of(uint64_t ns)
{
	return ns / NS_PER_MS >= MS_MAX ? MS_MAX : (int)((ns + NS_PER_MS - 1) / NS_PER_MS);
}

int loop_timeout_ms(const struct loop *loop)
{
	return loop->first ? clock_ms_until(loop->first->due_ns) : -1;
}

int loop_run_once(struct loop *loop, uint64_t timeout_ns)
{
	int timeout_ms = loop_timeout_ms(loop), err;

	if (timeout_ns != LOOP_FOREVER && (timeout_ms < 0 || ms_of(timeout_ns) < timeout_ms))
		timeout_ms = ms_of(timeout_ns);
	err = run_sources(loop, timeout_ms);
	return err ? err : run_timers(loop);
}

int loop_run(struct loop *loop)
{
	int err = 0;

	while (!err && !loop_is_stopped(loop))
		err = loop_run_once(loop, LOOP_FOREVER);
	return err;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}

bool loop_is_stopped(const struct loop *loop)
{
	return loop->stopped || (loop->signals && signals_stops());
}

/* --- waiting elsewhere ------------------------------------------------------------------------ */

int loop_fd(const struct loop *loop)
{
	return loop->fd;
}

int loop_catch_up(struct loop *loop, bool is_ready)
{
	int err = is_ready && loop->used ? run_sources(loop, 0) : 0;

	return err ? err : run_timers(loop);
}
