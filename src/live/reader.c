// SPDX-License-Identifier: GPL-2.0-only
#include "live/reader.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/priority.h"
#include "conn.h"
#include "live/loader.h"
#include "live/ring.h"
#include "peer.h"

#define WINDOW_NS 20000000 /* 20 ms */
#define WAKES_A_WINDOW 32  /* more than that is a busy machine */
#define QUIET_BATCH 8	   /* events in one pause; fewer is a quiet machine again */
#define POLITE_EVENTS 64   /* between two offers of the CPU */
#define LATE_MS (int)(READER_LATE_NS / 1000000)
#define HURRY_NICE (-10)
#define HURRY_MS 500 /* at least, once begun */
#define FINISH_MS 20 /* for records that are being written when the programs are gone */

struct reader {
	struct ring ring;		  /* owned */
	struct loader *loader;		  /* borrowed */
	const struct reader_takes *takes; /* borrowed */
	void *arg;
	uint64_t records; /* taken so far, of every kind */
	int last;	  /* events in the last drain */
	bool looked;	  /* what was lost since the last event was looked at */
	bool busy;
	uint64_t window_ns; /* when the present window began */
	unsigned int wakes; /* in the present window */
	long pause_ns;	    /* between batches when busy */
	uint64_t missed;    /* what loader_missed() said */
	uint64_t missed_ns; /* and when */
	uint64_t left;	    /* what reader_finish() could not take */
	int usual_nice;	    /* as we were started */
	bool hurries;	    /* with a raised priority */
	bool may_hurry;	    /* it was not refused */
	uint64_t hurry_ns;  /* since when */
};

static bool is_conn(size_t size)
{
	return size == SW_CONN_SHORT || size == sizeof(struct sw_conn);
}

static bool is_event(size_t size)
{
	return size == SW_EVENT_SHORT || size == sizeof(struct sw_event) || is_conn(size) ||
	       size == sizeof(struct sw_closed);
}

static int take_short(struct reader *r, const void *data)
{
	struct sw_event e;

	memcpy(&e, data, SW_EVENT_SHORT);
	sw_event_complete(&e);
	return r->takes->event(r->arg, &e);
}

/* What it came without is 0. */
static int take_conn(struct reader *r, const void *data, size_t size)
{
	struct sw_conn conn = { 0 };

	memcpy(&conn, data, size);
	return r->takes->conn(r->arg, &conn);
}

static void set_hurry(struct reader *r, bool on)
{
	r->may_hurry = priority_set(on ? HURRY_NICE : r->usual_nice);
	r->hurries = on && r->may_hurry;
	r->hurry_ns = clock_now();
}

/*
 * A ring that fills while many programs make events: the reader needs more of the CPU than its
 * share. At most a few changes a second, none where the first was refused.
 */
static void hurry(struct reader *r, size_t used)
{
	if (!r->hurries && used > r->ring.size / 4 && r->may_hurry)
		set_hurry(r, true);
	else if (r->hurries && used < r->ring.size / 32 &&
		 clock_now() - r->hurry_ns > HURRY_MS * 1000000ull)
		set_hurry(r, false);
}

/*
 * The programs that are watched go first: on a busy machine one would wait for its CPU until our
 * batch is done. So we offer the CPU again and again, as long as the ring is nearly empty.
 */
static void mind_others(struct reader *r)
{
	size_t used;

	if (r->last % POLITE_EVENTS)
		return;
	used = ring_used(&r->ring);
	hurry(r, used);
	if (r->busy && used < r->ring.size / 4)
		sched_yield();
}

static int on_record(void *arg, const void *data, size_t size)
{
	struct reader *r = arg;

	mind_others(r);
	r->records++;
	if (is_event(size)) {
		r->last++;
		if (is_conn(size))
			return take_conn(r, data, size);
		if (size == sizeof(struct sw_closed))
			return r->takes->closed(r->arg, data);
		return size == SW_EVENT_SHORT ? take_short(r, data) : r->takes->event(r->arg, data);
	}
	if (size == sizeof(struct sw_exec) && r->takes->exec)
		r->takes->exec(r->arg, data);
	else if (size == sizeof(struct sw_fork) && r->takes->fork)
		r->takes->fork(r->arg, data);
	else if (size == sizeof(struct sw_cgroup_made) && r->takes->cgroup)
		r->takes->cgroup(r->arg, data);
	else
		return -EBADMSG;
	return 0;
}

int reader_open(struct loader *loader, const struct reader_takes *takes, void *arg,
		struct reader **ret)
{
	struct reader *r = calloc(1, sizeof(*r));
	uint64_t size = loader_ring_size(loader);
	int err;

	if (!r)
		return -ENOMEM;
	err = ring_open(&r->ring, loader_ring_fd(loader), size);
	if (err) {
		free(r);
		return err;
	}
	priority_allow(HURRY_NICE);
	r->usual_nice = priority_get();
	r->may_hurry = r->usual_nice > HURRY_NICE;
	r->loader = loader;
	r->takes = takes;
	r->arg = arg;
	/* a pause fills at most half the ring, at a million events of 200 bytes a second */
	r->pause_ns = (long)(size / 400 * 1000);
	if (r->pause_ns > 10000000)
		r->pause_ns = 10000000;
	*ret = r;
	return 0;
}

int reader_drain(struct reader *r)
{
	int err;

	r->last = 0;
	err = ring_consume(&r->ring, on_record, r);
	return err ? err : r->last;
}

int reader_drain_settled(struct reader *r)
{
	struct timespec moment = { .tv_nsec = 1000000 };
	int n = reader_drain(r);

	if (n >= 0) {
		nanosleep(&moment, NULL);
		n = reader_drain(r);
	}
	return n < 0 ? n : 0;
}

/* Ends of TIME_WAIT that wait for the next timer of their CPU (settle() in bpf/timewait.bpf.c). */
static int take_ended(struct reader *r)
{
	const struct sw_cpu *cpus = loader_cpus(r->loader);
	size_t n = loader_cpu_count(r->loader);
	struct sw_event *ended = calloc(n, sizeof(*ended));
	int unknown = ended ? loader_ended(r->loader, ended) : -ENOMEM;
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		if (!cpus[i].tw_ended)
			continue;
		if (unknown)
			r->left++;
		else if (ended[i].kind)
			err = r->takes->event(r->arg, &ended[i]);
	}
	free(ended);
	return err;
}

int reader_finish(struct reader *r)
{
	struct timespec moment = { .tv_nsec = 1000000 };
	int n = reader_drain(r);

	for (int i = 0; n >= 0 && i < FINISH_MS && (!i || ring_used(&r->ring)); i++) {
		nanosleep(&moment, NULL);
		n = reader_drain(r);
	}
	if (n < 0)
		return n;
	r->left = ring_count(&r->ring, is_event);
	r->missed_ns = 0;
	return take_ended(r);
}

/* Counts a wakeup; too many in one window make the machine a busy one. */
static void count_wake(struct reader *r)
{
	uint64_t now = clock_now();

	if (now - r->window_ns > WINDOW_NS) {
		r->window_ns = now;
		r->wakes = 0;
	}
	r->busy = ++r->wakes > WAKES_A_WINDOW;
}

/*
 * Quiet machine: say that we sleep (reader_waits), and the next event wakes us. Busy machine: say
 * nothing, come back after a pause and find a batch; no event pays for a wakeup. The first sleep
 * after events is not longer than a loss may take to be told, as what is lost wakes nobody. The
 * other half of this rule is wake_reader() in bpf/emit.h.
 */
bool reader_wait(struct reader *r, int fd, int timeout_ms)
{
	struct pollfd fds[2] = { { .fd = loader_ring_fd(r->loader), .events = POLLIN },
				 { .fd = fd, .events = POLLIN } };
	struct timespec pause = { .tv_nsec = r->pause_ns };

	if (r->last)
		r->looked = false;
	hurry(r, ring_used(&r->ring));
	if (r->busy && r->last >= QUIET_BATCH) {
		nanosleep(&pause, NULL); /* a signal ends it early */
		return true;
	}
	r->busy = false;
	__atomic_store_n(loader_reader_waits(r->loader), 1, __ATOMIC_SEQ_CST);
	if (!r->looked && (timeout_ms < 0 || timeout_ms > LATE_MS))
		timeout_ms = LATE_MS;
	else if (r->hurries && (timeout_ms < 0 || timeout_ms > HURRY_MS))
		timeout_ms = HURRY_MS; /* to end that too */
	/* returns at once for events that came before the store */
	if (poll(fds, 2, timeout_ms))
		count_wake(r);
	return fds[1].revents;
}

uint64_t reader_records(const struct reader *r)
{
	return r->records;
}

/* It costs system calls, and this is asked for after each batch. */
static void look_at_missed(struct reader *r)
{
	uint64_t now = clock_now();

	if (now - r->missed_ns < READER_LATE_NS)
		return;
	r->missed_ns = now;
	r->looked = !r->last;
	r->missed = loader_missed(r->loader);
}

/* Of all CPUs, a counter that stands at that offset of a struct sw_cpu. */
static uint64_t sum_of(const struct reader *r, size_t at)
{
	const struct sw_cpu *cpus = loader_cpus(r->loader);
	size_t n = loader_cpu_count(r->loader);
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += __atomic_load_n((const __u64 *)((const char *)&cpus[i] + at),
				       __ATOMIC_RELAXED);
	return sum;
}

uint64_t reader_lost(struct reader *r)
{
	look_at_missed(r);
	return r->missed + r->left + sum_of(r, offsetof(struct sw_cpu, lost));
}

uint64_t reader_no_room(const struct reader *r)
{
	return sum_of(r, offsetof(struct sw_cpu, no_room));
}

uint64_t reader_no_peer(const struct reader *r)
{
	return sum_of(r, offsetof(struct sw_cpu, no_peer));
}

void reader_free(struct reader *r)
{
	if (!r)
		return;
	ring_close(&r->ring);
	free(r);
}
