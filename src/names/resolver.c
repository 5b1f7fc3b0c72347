// SPDX-License-Identifier: GPL-2.0-only
#include "names/resolver.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/lru.h"
#include "base/signals.h"
#include "filter.h"
#include "names/helper.h"
#include "names/lookup.h"

#define NAME_NS 600000000000u /* until a name is asked for anew: ten minutes */
#define NONE_NS 60000000000u  /* likewise for what had none, or got no answer */

struct slot {
	struct lookup_key key;
	char *name;	 /* owned; NULL: none, or not known yet */
	uint64_t due_ns; /* when it is to be asked for, anew; 0: it never was */
};

struct resolver {
	struct child helper; /* owned; fd -1: it has ended; pid 0: it is not a process of ours */
	struct loop *loop;   /* borrowed; NULL: resolver_take() looks for answers */
	bool ended;	     /* the helper, and resolver_take() has not said so yet */
	size_t open;	     /* questions without an answer */
	struct lru *lru;
	struct slot slots[RESOLVER_SLOTS];
};

struct resolver *resolver_new(int fd)
{
	struct resolver *r = calloc(1, sizeof(*r));

	if (r)
		r->lru = lru_new(RESOLVER_SLOTS);
	if (!r || !r->lru) {
		free(r);
		close(fd);
		return NULL;
	}
	r->helper.fd = fd;
	return r;
}

int resolver_open(struct resolver **ret)
{
	struct child helper;
	struct resolver *r;
	int err = helper_start(&helper);

	if (err)
		return err;
	r = resolver_new(helper.fd);
	if (!r) /* the socket is closed, and so the helper ends */
		return -ENOMEM;
	r->helper = helper;
	*ret = r;
	return 0;
}

/* --- the helper ------------------------------------------------------------------------------- */

static void helper_close(struct resolver *r)
{
	if (r->helper.fd < 0)
		return;
	if (r->loop)
		loop_remove_fd(r->loop, r->helper.fd);
	if (r->helper.pid)
		helper_stop(&r->helper);
	else
		close(r->helper.fd);
	r->helper.fd = -1;
}

static void helper_lost(struct resolver *r)
{
	helper_close(r);
	r->open = 0;
	r->ended = true;
}

/* True: it is on its way. */
static bool question_send(struct resolver *r, const struct lookup_key *key, uint64_t now_ns)
{
	struct lookup_question question = { .key = *key, .asked_ns = now_ns };

	if (r->helper.fd < 0 || r->open == LOOKUP_OPEN_MAX)
		return false;
	if (send(r->helper.fd, &question, sizeof(question), MSG_NOSIGNAL | MSG_DONTWAIT) ==
	    sizeof(question)) {
		r->open++;
		return true;
	}
	if (errno != EAGAIN && errno != EINTR)
		helper_lost(r);
	return false;
}

/* --- the cache -------------------------------------------------------------------------------- */

static uint64_t hash_of(const struct lookup_key *key)
{
	return (key->addr.q[0] * 0x9e3779b97f4a7c15u ^ key->addr.q[1]) + key->kind;
}

/* NULL: it is not there. */
static struct slot *slot_find(struct resolver *r, const struct lookup_key *key)
{
	uint32_t at = lru_find(r->lru, hash_of(key));

	while (at != LRU_NONE && memcmp(&r->slots[at].key, key, sizeof(*key)))
		at = lru_next(r->lru, at);
	if (at == LRU_NONE)
		return NULL;
	lru_touch(r->lru, at);
	return &r->slots[at];
}

static struct slot *slot_get(struct resolver *r, const struct lookup_key *key)
{
	struct slot *s = slot_find(r, key);

	if (s)
		return s;
	s = &r->slots[lru_add(r->lru, hash_of(key))];
	free(s->name);
	*s = (struct slot){ .key = *key };
	return s;
}

static const char *name_get(struct resolver *r, const struct lookup_key *key, uint64_t now_ns)
{
	struct slot *s = slot_get(r, key);

	/* what gets no answer is one that has no name, for a while */
	if (now_ns >= s->due_ns && question_send(r, key, now_ns))
		s->due_ns = now_ns + NONE_NS;
	return s->name;
}

/* What was asked for least recently may have been forgotten meanwhile. */
static void answer_take(struct resolver *r, const struct lookup_answer *answer, uint64_t now_ns)
{
	struct slot *s = slot_find(r, &answer->key);
	size_t len = strnlen(answer->name, sizeof(answer->name));

	if (r->open)
		r->open--;
	if (!s)
		return;
	free(s->name);
	s->name = len ? strndup(answer->name, len) : NULL;
	s->due_ns = now_ns + (s->name ? NAME_NS : NONE_NS);
}

/* --- asking ----------------------------------------------------------------------------------- */

static struct lookup_key host_key(const union sw_addr *addr)
{
	return (struct lookup_key){ .addr = *addr, .kind = LOOKUP_HOST };
}

static struct lookup_key user_key(uint32_t uid)
{
	return (struct lookup_key){ .addr.q = { uid }, .kind = LOOKUP_USER };
}

static bool is_unspecified(const union sw_addr *addr)
{
	static const union sw_addr any4 = { .b = { [10] = 0xff, [11] = 0xff } }, any6;

	return !memcmp(addr, &any4, sizeof(any4)) || !memcmp(addr, &any6, sizeof(any6));
}

const char *resolver_host(struct resolver *r, const union sw_addr *addr, uint64_t now_ns)
{
	struct lookup_key key = host_key(addr);

	return is_unspecified(addr) ? NULL : name_get(r, &key, now_ns);
}

const char *resolver_user(struct resolver *r, uint32_t uid, uint64_t now_ns)
{
	struct lookup_key key = user_key(uid);

	return name_get(r, &key, now_ns);
}

static void answers_take(struct resolver *r, uint64_t now_ns)
{
	struct lookup_answer answer;
	ssize_t n;

	while (r->helper.fd >= 0) {
		n = recv(r->helper.fd, &answer, sizeof(answer), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n > (ssize_t)offsetof(struct lookup_answer, name)) {
			((char *)&answer)[n - 1] = '\0';
			answer_take(r, &answer, now_ns);
		} else {
			helper_lost(r);
		}
	}
}

/* As loop_fn. */
static int on_answer(void *arg)
{
	answers_take(arg, clock_now());
	return 0;
}

int resolver_attach(struct resolver *r, struct loop *loop)
{
	int err = r->helper.fd < 0 ? 0 : loop_add_fd(loop, r->helper.fd, LOOP_READ, on_answer, r);

	if (!err)
		r->loop = loop;
	return err;
}

int resolver_take(struct resolver *r, uint64_t now_ns)
{
	if (!r->loop)
		answers_take(r, now_ns);
	if (!r->ended)
		return 0;
	r->ended = false;
	return -EPIPE;
}

/* --- waiting ---------------------------------------------------------------------------------- */

/* For an answer or more. False: none will come in time. */
static bool answers_wait(struct resolver *r, uint64_t deadline_ns)
{
	struct pollfd fds[2] = { { .fd = r->helper.fd, .events = POLLIN },
				 { .fd = signals_fd(), .events = POLLIN } };
	uint64_t now_ns = clock_now();

	if (!r->open || now_ns >= deadline_ns)
		return false;
	if (poll(fds, 2, clock_ms_until(deadline_ns)) <= 0 || fds[1].revents)
		return false;
	answers_take(r, clock_now());
	return true;
}

static void ask(struct resolver *r, const struct lookup_key *key, uint64_t deadline_ns)
{
	uint64_t now_ns = clock_now();
	const struct slot *s = slot_find(r, key);

	if (s && now_ns < s->due_ns)
		return;
	while (r->open == LOOKUP_OPEN_MAX && answers_wait(r, deadline_ns))
		now_ns = clock_now();
	name_get(r, key, now_ns);
}

void resolver_ask_host(struct resolver *r, const union sw_addr *addr, uint64_t deadline_ns)
{
	struct lookup_key key = host_key(addr);

	if (!is_unspecified(addr))
		ask(r, &key, deadline_ns);
}

void resolver_ask_user(struct resolver *r, uint32_t uid, uint64_t deadline_ns)
{
	struct lookup_key key = user_key(uid);

	ask(r, &key, deadline_ns);
}

void resolver_wait(struct resolver *r, uint64_t deadline_ns)
{
	while (r->open && answers_wait(r, deadline_ns))
		;
}

void resolver_free(struct resolver *r)
{
	if (!r)
		return;
	helper_close(r);
	for (size_t i = 0; i < RESOLVER_SLOTS; i++)
		free(r->slots[i].name);
	lru_free(r->lru);
	free(r);
}
