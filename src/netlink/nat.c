// SPDX-License-Identifier: GPL-2.0-only
#include "netlink/nat.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/lru.h"
#include "base/signals.h"
#include "core/addr.h"
#include "netlink/nat_helper.h"

#define SLOTS 4096
#define OPEN_MAX 64	    /* questions without an answer; both sides have room for so many */
#define UDP_NS 10000000000u /* what NAT made of UDP may be over, with the socket still there */
#define UNSURE_NS 1000000u  /* until one that is not known is asked for anew */
/* So long all answers together are waited for, but at first: gained by 1/16 of the time. */
#define PATIENCE_MAX_NS 250000000u
#define PATIENCE_SHARE 16
#define PATIENCE_MIN_NS 1000000u /* with less nothing is asked: the helper takes time, too */
#define WAIT_MAX_NS 250000000u	 /* for one answer */

struct slot {
	struct nat_question question;
	struct sw_tuple other; /* of NAT_OTHER */
	enum nat_found found;
	bool waits; /* for an answer */
	bool elsewhere;
	uint64_t due_ns; /* when it is to be asked for, anew */
};

struct nats {
	struct child helper; /* owned; fd -1: it has ended; pid 0: it is not a process of ours */
	struct lru *lru;     /* owned; by the ends */
	bool refused;	     /* the helper may not ask either */
	size_t open;	     /* questions without an answer */
	uint64_t patience_ns;
	uint64_t waited_ns; /* when that was counted last */
	struct slot slots[SLOTS];
};

_Static_assert(sizeof(struct nat_question) == 8 + sizeof(struct sw_tuple) + 8, "no holes");

bool nat_question_of(const struct sw_sock *s, struct nat_question *ret)
{
	const struct sw_tuple *t = &s->tuple;

	if ((s->proto != SW_PROTO_TCP && s->proto != SW_PROTO_UDP) || !t->local_port ||
	    !t->remote_port || addr_is_any(&t->local) || addr_is_any(&t->remote))
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->cookie = s->cookie;
	ret->proto = s->proto;
	ret->tuple.local = t->local;
	ret->tuple.remote = t->remote;
	ret->tuple.local_port = t->local_port;
	ret->tuple.remote_port = t->remote_port;
	ret->tuple.family = t->family;
	ret->tuple.netns = t->netns;
	return true;
}

struct nats *nats_new(int fd, uint64_t patience_ns)
{
	struct nats *n = calloc(1, sizeof(*n));

	if (n)
		n->lru = lru_new(SLOTS);
	if (!n || !n->lru) {
		free(n);
		close(fd);
		return NULL;
	}
	n->helper.fd = fd;
	n->patience_ns = patience_ns;
	n->waited_ns = clock_now();
	return n;
}

int nats_open(uint64_t patience_ns, struct nats **ret)
{
	struct child helper;
	struct nats *n;
	int err = nat_helper_start(&helper);

	if (err)
		return err;
	n = nats_new(helper.fd, patience_ns);
	if (!n) /* the socket is closed, and so the helper ends */
		return -ENOMEM;
	n->helper = helper;
	*ret = n;
	return 0;
}

static void helper_close(struct nats *n)
{
	if (n->helper.fd < 0)
		return;
	if (n->helper.pid)
		nat_helper_stop(&n->helper);
	else
		close(n->helper.fd);
	n->helper.fd = -1;
}

void nats_free(struct nats *n)
{
	if (!n)
		return;
	helper_close(n);
	lru_free(n->lru);
	free(n);
}

/* --- the cache -------------------------------------------------------------------------------- */

static uint64_t key_of(const struct nat_question *q)
{
	return tuple_hash_ends(hash_bytes(HASH_EMPTY, &q->proto, sizeof(q->proto)), &q->tuple);
}

static struct slot *slot_find(struct nats *n, const struct nat_question *q)
{
	uint32_t at = lru_find(n->lru, key_of(q));

	while (at != LRU_NONE && memcmp(&n->slots[at].question, q, sizeof(*q)))
		at = lru_next(n->lru, at);
	if (at == LRU_NONE)
		return NULL;
	lru_touch(n->lru, at);
	return &n->slots[at];
}

static struct slot *slot_add(struct nats *n, const struct nat_question *q, bool elsewhere)
{
	struct slot *s = &n->slots[lru_add(n->lru, key_of(q))];

	*s = (struct slot){ .question = *q, .elsewhere = elsewhere };
	return s;
}

static bool has_ends(const struct nat_question *a, const struct nat_question *b)
{
	return a->proto == b->proto && a->tuple.local_port == b->tuple.local_port &&
	       a->tuple.remote_port == b->tuple.remote_port &&
	       !memcmp(&a->tuple.local, &b->tuple.local, sizeof(a->tuple.local)) &&
	       !memcmp(&a->tuple.remote, &b->tuple.remote, sizeof(a->tuple.remote));
}

/* Whether one of another network namespace has the same ends. */
static bool is_shared(const struct nats *n, const struct nat_question *q)
{
	uint32_t at = lru_find(n->lru, key_of(q));

	for (; at != LRU_NONE; at = lru_next(n->lru, at)) {
		const struct nat_question *other = &n->slots[at].question;

		if (other->tuple.netns != q->tuple.netns && has_ends(other, q))
			return true;
	}
	return false;
}

/* --- answers ---------------------------------------------------------------------------------- */

static void take_answer(struct nats *n, const struct nat_answer *answer)
{
	struct slot *s = slot_find(n, &answer->question);

	n->open -= n->open ? 1 : 0;
	if (!s)
		return;
	s->waits = false;
	s->due_ns = clock_now() + UNSURE_NS;
	n->refused = n->refused || answer->found == NAT_REFUSED;
	if (answer->found == NAT_UNKNOWN && s->question.proto == SW_PROTO_TCP)
		return; /* it stays as it was made, while it lasts */
	s->found = (enum nat_found)answer->found;
	s->other = answer->other;
	if (s->found == NAT_UNKNOWN || !s->question.cookie) /* that may be another by then */
		return;
	s->due_ns = s->question.proto == SW_PROTO_UDP ? clock_now() + UDP_NS : UINT64_MAX;
}

static void take_answers(struct nats *n)
{
	struct nat_answer answer;
	ssize_t len;

	while (n->helper.fd >= 0) {
		len = recv(n->helper.fd, &answer, sizeof(answer), MSG_DONTWAIT);
		if (len < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (len != sizeof(answer) || answer.found > NAT_REFUSED) {
			helper_close(n);
			return;
		}
		take_answer(n, &answer);
	}
}

bool nats_refused(const struct nats *n)
{
	return n->refused;
}

/* --- questions -------------------------------------------------------------------------------- */

static void gain_patience(struct nats *n, uint64_t now_ns)
{
	uint64_t gained_ns = n->patience_ns + (now_ns - n->waited_ns) / PATIENCE_SHARE;

	if (n->patience_ns < PATIENCE_MAX_NS)
		n->patience_ns = gained_ns < PATIENCE_MAX_NS ? gained_ns : PATIENCE_MAX_NS;
	n->waited_ns = now_ns;
}

static void ask(struct nats *n, struct slot *s, uint64_t now_ns)
{
	ssize_t len;

	gain_patience(n, now_ns);
	if (n->helper.fd < 0 || n->open >= OPEN_MAX || n->patience_ns < PATIENCE_MIN_NS)
		return;
	len = send(n->helper.fd, &s->question, sizeof(s->question), MSG_NOSIGNAL | MSG_DONTWAIT);
	s->due_ns = now_ns + UNSURE_NS;
	s->waits = len == sizeof(s->question);
	n->open += s->waits;
}

/* Who is asked to end waits no more. */
static void await(struct nats *n, const struct slot *s)
{
	uint64_t before_ns = clock_now(), now_ns = before_ns, until_ns;

	gain_patience(n, now_ns);
	until_ns = now_ns + (n->patience_ns < WAIT_MAX_NS ? n->patience_ns : WAIT_MAX_NS);
	while (s->waits && n->helper.fd >= 0 && now_ns < until_ns && !signals_stops()) {
		struct pollfd fd = { .fd = n->helper.fd, .events = POLLIN };

		poll(&fd, 1, clock_ms_until(until_ns));
		take_answers(n);
		now_ns = clock_now();
	}
	n->patience_ns -= now_ns - before_ns < n->patience_ns ? now_ns - before_ns : n->patience_ns;
	n->waited_ns = now_ns;
}

const struct sw_tuple *nats_get(struct nats *n, const struct nat_question *q, bool elsewhere,
				bool may_ask)
{
	uint64_t now_ns = clock_now();
	struct slot *s;

	if (n->open)
		take_answers(n);
	s = slot_find(n, q);
	if (!s && may_ask)
		s = slot_add(n, q, elsewhere);
	if (s && may_ask && !s->waits && now_ns >= s->due_ns)
		ask(n, s, now_ns);
	if (s && may_ask && s->waits)
		await(n, s);
	if (!s || s->found != NAT_OTHER || (elsewhere && is_shared(n, q)))
		return NULL;
	return &s->other;
}
