// SPDX-License-Identifier: GPL-2.0-only
#include "names/labels.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/lru.h"
#include "base/signals.h"
#include "names/label.h"
#include "names/label_helper.h"

#define SLOTS 1024
#define NAME_NS 30000000000u /* until it is asked for anew: a container may be renamed */
#define NONE_NS 5000000000u  /* likewise for one without a name, or without an answer */
#define OPEN_MAX 64	     /* questions without an answer; both sides have room for so many */
/* So long all answers together are waited for: at first, while the helper begins, and later. */
#define PATIENCE_NS 3000000000u
#define PATIENCE_MAX_NS 1000000000u /* so much is gained at most, by 1/64 of the time */
#define PATIENCE_SHARE 64

struct slot {
	struct label_question question;
	struct label_texts texts; /* in text; NULL: there is none */
	char *text;		  /* owned; NULL: nothing is known */
	bool answered;
	uint64_t due_ns; /* when it is to be asked for, anew; 0: it never was */
};

struct labels {
	struct child helper; /* owned; fd -1: it has ended; pid 0: it is not a process of ours */
	struct lru *lru;     /* owned */
	size_t open;	     /* questions without an answer */
	uint64_t patience_ns;
	uint64_t waited_ns; /* when that was counted last */
	struct slot slots[SLOTS];
};

struct labels *labels_new(int fd)
{
	struct labels *l = calloc(1, sizeof(*l));

	if (l)
		l->lru = lru_new(SLOTS);
	if (!l || !l->lru) {
		free(l);
		close(fd);
		return NULL;
	}
	l->helper.fd = fd;
	l->patience_ns = PATIENCE_NS;
	l->waited_ns = clock_now();
	return l;
}

int labels_open(struct labels **ret)
{
#ifdef HAVE_JANSSON
	struct child helper;
	struct labels *l;
	int err = label_helper_start(&helper);

	if (err)
		return err;
	l = labels_new(helper.fd);
	if (!l) /* the socket is closed, and so the helper ends */
		return -ENOMEM;
	l->helper = helper;
	*ret = l;
	return 0;
#else
	(void)ret;
	return -ENOSYS;
#endif
}

static void helper_close(struct labels *l)
{
	if (l->helper.fd < 0)
		return;
	if (l->helper.pid)
		label_helper_stop(&l->helper);
	else
		close(l->helper.fd);
	l->helper.fd = -1;
}

void labels_free(struct labels *l)
{
	if (!l)
		return;
	helper_close(l);
	for (size_t i = 0; i < SLOTS; i++)
		free(l->slots[i].text);
	lru_free(l->lru);
	free(l);
}

/* --- the cache -------------------------------------------------------------------------------- */

static uint64_t hash_of(const struct label_question *q)
{
	uint64_t hash = q->engine ^ (uint64_t)q->of_user << 8 ^ (uint64_t)q->uid << 16;

	for (const char *s = q->id; *s; s++)
		hash = (hash ^ (unsigned char)*s) * 0x100000001b3u;
	return hash;
}

static struct slot *slot_find(struct labels *l, const struct label_question *q)
{
	uint32_t at = lru_find(l->lru, hash_of(q));

	while (at != LRU_NONE && memcmp(&l->slots[at].question, q, sizeof(*q)))
		at = lru_next(l->lru, at);
	if (at == LRU_NONE)
		return NULL;
	lru_touch(l->lru, at);
	return &l->slots[at];
}

static struct slot *slot_add(struct labels *l, const struct label_question *q)
{
	struct slot *s = &l->slots[lru_add(l->lru, hash_of(q))];

	free(s->text);
	*s = (struct slot){ .question = *q };
	return s;
}

/* --- answers ---------------------------------------------------------------------------------- */

static const char *keep(char **at, const char *text)
{
	char *kept = *at;

	if (!text[0])
		return NULL;
	*at = stpcpy(kept, text) + 1;
	return kept;
}

/* It is told as it is: whatever became of the helper, it is no other line. */
static bool is_one_line(const char *text)
{
	while (*text >= ' ' && *text <= '~')
		text++;
	return !*text;
}

/* In as much memory as it takes. */
static void slot_learn(struct slot *s, const struct label *label)
{
	char *at;

	free(s->text);
	s->texts = (struct label_texts){ 0 };
	s->text = malloc(strlen(label->name) + strlen(label->image) + strlen(label->pod_name) +
			 strlen(label->pod_namespace) + strlen(label->labels) + 5);
	if (!s->text)
		return;
	at = s->text;
	s->texts.name = keep(&at, label->name);
	s->texts.image = keep(&at, label->image);
	s->texts.pod_name = keep(&at, label->pod_name);
	s->texts.pod_namespace = keep(&at, label->pod_namespace);
	s->texts.labels = is_one_line(label->labels) ? keep(&at, label->labels) : NULL;
}

/* A container that is gone by now, with its files, keeps the name that it had. */
static void take_answer(struct labels *l, struct label_answer *answer)
{
	struct slot *s = slot_find(l, &answer->question);
	bool known = answer->label.name[0] || answer->label.image[0] || answer->label.pod_name[0];

	l->open -= l->open ? 1 : 0;
	if (!s)
		return;
	s->answered = true;
	s->due_ns = clock_now() + (known ? NAME_NS : NONE_NS);
	if (known)
		slot_learn(s, &answer->label);
}

static void take_answers(struct labels *l)
{
	struct label_answer answer;
	ssize_t n;

	while (l->helper.fd >= 0) {
		n = recv(l->helper.fd, &answer, sizeof(answer), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n != sizeof(answer)) {
			helper_close(l);
			return;
		}
		take_answer(l, &answer);
	}
}

/* --- questions -------------------------------------------------------------------------------- */

static void ask(struct labels *l, struct slot *s, uint64_t now_ns)
{
	ssize_t n;

	if (l->helper.fd < 0 || l->open >= OPEN_MAX)
		return;
	n = send(l->helper.fd, &s->question, sizeof(s->question), MSG_NOSIGNAL | MSG_DONTWAIT);
	s->due_ns = now_ns + NONE_NS;
	l->open += n == sizeof(s->question);
}

static void gain_patience(struct labels *l, uint64_t now_ns)
{
	uint64_t gained_ns = l->patience_ns + (now_ns - l->waited_ns) / PATIENCE_SHARE;

	if (l->patience_ns < PATIENCE_MAX_NS)
		l->patience_ns = gained_ns < PATIENCE_MAX_NS ? gained_ns : PATIENCE_MAX_NS;
	l->waited_ns = now_ns;
}

/* For the first answer about it; who is asked to end waits no more. */
static void await(struct labels *l, const struct slot *s)
{
	uint64_t before_ns = clock_now(), now_ns = before_ns, until_ns;

	gain_patience(l, now_ns);
	until_ns = now_ns + l->patience_ns;
	while (!s->answered && l->helper.fd >= 0 && now_ns < until_ns && !signals_stops()) {
		struct pollfd fd = { .fd = l->helper.fd, .events = POLLIN };

		poll(&fd, 1, clock_ms_until(until_ns));
		take_answers(l);
		now_ns = clock_now();
	}
	l->patience_ns -= now_ns - before_ns < l->patience_ns ? now_ns - before_ns : l->patience_ns;
	l->waited_ns = now_ns;
}

void labels_get(struct labels *l, const struct label_question *q, bool may_ask,
		struct label_texts *ret)
{
	uint64_t now_ns = clock_now();
	struct slot *s;

	take_answers(l);
	s = slot_find(l, q);
	if (!s && may_ask)
		s = slot_add(l, q);
	if (s && may_ask && now_ns >= s->due_ns) {
		ask(l, s, now_ns);
		if (!s->answered)
			await(l, s);
	}
	*ret = s ? s->texts : (struct label_texts){ 0 };
}
