// SPDX-License-Identifier: GPL-2.0-only
#include "names/helper.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/child.h"
#include "base/clock.h"
#include "names/lookup.h"

#define WORKERS 8 /* at most: so many name servers may be slow before others wait */
#define STOP_MS 1000
#define LIMIT_NS (LOOKUP_LIMIT_MS * 1000000ull)

struct worker {
	struct child child; /* it may not be started */
	bool busy;
	struct lookup_key key; /* what it is busy with */
	uint64_t due_ns;       /* when that has taken too long */
};

struct helper {
	int fd;	    /* to the resolver */
	bool ended; /* nobody is there */
	struct worker workers[WORKERS];
	struct lookup_question queue[LOOKUP_OPEN_MAX]; /* a ring */
	size_t first;
	size_t n;
};

/* --- a worker --------------------------------------------------------------------------------- */

/* As child_opts.run. */
static int work(void *arg, int fd)
{
	struct lookup_question question;
	struct lookup_answer answer;

	(void)arg;
	while (recv(fd, &question, sizeof(question), 0) == sizeof(question)) {
		lookup_name(&question.key, &answer);
		if (send(fd, &answer, lookup_answer_size(&answer), MSG_NOSIGNAL) < 0)
			return -1;
	}
	return 0;
}

/* The helper has given up its rights, and its standard descriptors are nothing's. */
static const struct child_opts worker_opts = {
	.type = SOCK_SEQPACKET,
	.keep = CHILD_STDIN | CHILD_STDOUT | CHILD_STDERR | CHILD_RIGHTS,
	.run = work,
};

static void worker_stop(struct worker *w)
{
	child_kill(&w->child);
	*w = (struct worker){ 0 };
}

/* --- the helper ------------------------------------------------------------------------------- */

/* It has room: the resolver has no more questions open than answers fit. */
static void answer_send(struct helper *h, const struct lookup_answer *answer)
{
	if (send(h->fd, answer, lookup_answer_size(answer), MSG_NOSIGNAL) < 0)
		h->ended = true;
}

static void answer_none(struct helper *h, const struct lookup_key *key)
{
	struct lookup_answer answer = { .key = *key };

	answer_send(h, &answer);
}

static void questions_take(struct helper *h)
{
	struct lookup_question question;

	while (h->n < LOOKUP_OPEN_MAX &&
	       recv(h->fd, &question, sizeof(question), MSG_DONTWAIT) == sizeof(question))
		h->queue[(h->first + h->n++) % LOOKUP_OPEN_MAX] = question;
}

static void worker_take(struct helper *h, struct worker *w)
{
	struct lookup_answer answer = { 0 };
	ssize_t n = recv(w->child.fd, &answer, sizeof(answer), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		answer_send(h, &answer);
		w->busy = false;
		return;
	}
	if (w->busy) /* it crashed: modules of the C library are others' code */
		answer_none(h, &w->key);
	worker_stop(w);
}

/* An answer that is there in time counts, however late we see it. */
static void workers_take(struct helper *h, uint64_t now_ns)
{
	for (struct worker *w = h->workers; w < h->workers + WORKERS; w++) {
		if (w->child.pid)
			worker_take(h, w);
		if (w->child.pid && w->busy && now_ns >= w->due_ns) {
			answer_none(h, &w->key);
			worker_stop(w);
		}
	}
}

/* One that waits, or else a new one; NULL: all that there may be are busy. */
static struct worker *worker_find(struct helper *h)
{
	struct worker *free_slot = NULL;

	for (struct worker *w = h->workers; w < h->workers + WORKERS; w++) {
		if (w->child.pid && !w->busy)
			return w;
		if (!w->child.pid && !free_slot)
			free_slot = w;
	}
	return free_slot && !child_start(&worker_opts, &free_slot->child) ? free_slot : NULL;
}

static bool workers_busy(const struct helper *h)
{
	for (const struct worker *w = h->workers; w < h->workers + WORKERS; w++)
		if (w->busy)
			return true;
	return false;
}

/* A question that waited too long is not asked any more: who asked has gone on. */
static void questions_give(struct helper *h, uint64_t now_ns)
{
	while (h->n) {
		const struct lookup_question *q = &h->queue[h->first];
		bool late = now_ns > q->asked_ns + LIMIT_NS;
		struct worker *w = late ? NULL : worker_find(h);

		if (!late && !w && workers_busy(h))
			return;
		if (w &&
		    send(w->child.fd, q, sizeof(*q), MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof(*q)) {
			w->busy = true;
			w->key = q->key;
			w->due_ns = now_ns + LIMIT_NS;
		} else if (w) {
			worker_stop(w); /* it ended between two questions */
			continue;
		} else {
			answer_none(h, &q->key); /* late, or no process can be started */
		}
		h->first = (h->first + 1) % LOOKUP_OPEN_MAX;
		h->n--;
	}
}

/* Until something comes, or the first look-up has taken too long. Returns false for the end. */
static bool helper_wait(struct helper *h)
{
	struct pollfd fds[WORKERS + 1];
	uint64_t due_ns = 0;

	fds[0] = (struct pollfd){ .fd = h->fd, .events = POLLRDHUP };
	if (h->n < LOOKUP_OPEN_MAX)
		fds[0].events |= POLLIN;
	for (size_t i = 0; i < WORKERS; i++) {
		const struct worker *w = &h->workers[i];

		fds[i + 1] = (struct pollfd){ .fd = w->child.pid ? w->child.fd : -1,
					      .events = POLLIN };
		if (w->busy && (!due_ns || w->due_ns < due_ns))
			due_ns = w->due_ns;
	}
	if (poll(fds, WORKERS + 1, clock_ms_until(due_ns)) < 0)
		return errno == EINTR;
	return !(fds[0].revents & (POLLRDHUP | POLLHUP | POLLERR));
}

/* As child_opts.run. */
static int helper_run(void *arg, int fd)
{
	static struct helper h;

	(void)arg;
	lookup_be_brief();
	h.fd = fd;
	while (!h.ended && helper_wait(&h)) {
		workers_take(&h, clock_now());
		questions_take(&h);
		questions_give(&h, clock_now());
	}
	for (struct worker *w = h.workers; w < h.workers + WORKERS; w++)
		if (w->child.pid)
			worker_stop(w);
	return 0;
}

int helper_start(struct child *ret)
{
	static const struct child_opts opts = { .name = "sockwatch-names",
						.type = SOCK_SEQPACKET,
						.run = helper_run };

	return child_start(&opts, ret);
}

void helper_stop(struct child *helper)
{
	child_stop(helper, STOP_MS);
}
