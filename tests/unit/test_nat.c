// SPDX-License-Identifier: GPL-2.0-only
/* What NAT made of connections, in its cache: the test is the helper, at the other end of the
 * socket. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "core/addr.h"
#include "netlink/nat.h"

struct fixture {
	struct nats *nats;
	int helper;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fds[2];

	*state = f;
	if (!f || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return -1;
	f->helper = fds[1];
	f->nats = nats_new(fds[0], 1000000000u);
	return f->nats ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	nats_free(f->nats);
	if (f->helper >= 0)
		close(f->helper);
	free(f);
	return 0;
}

static union sw_addr v4(uint8_t last)
{
	const uint8_t bytes[] = { 10, 0, 0, last };

	return addr_of_bytes(bytes, true);
}

static struct sw_sock sock(uint64_t cookie, uint32_t netns, uint8_t proto)
{
	return (struct sw_sock){ .cookie = cookie,
				 .proto = proto,
				 .tuple = { .family = SW_AF_INET,
					    .local = v4(1),
					    .local_port = 4000,
					    .remote = v4(2),
					    .remote_port = 80,
					    .netns = netns } };
}

static struct nat_question question(uint64_t cookie, uint32_t netns, uint8_t proto)
{
	const struct sw_sock s = sock(cookie, netns, proto);
	struct nat_question q;

	assert_true(nat_question_of(&s, &q));
	return q;
}

/* Before it is asked: the order does not matter to a socket. */
static void answer(const struct fixture *f, const struct nat_question *q, enum nat_found found,
		   uint16_t port)
{
	struct nat_answer a = { .question = *q,
				.found = found,
				.other = { .local_port = 4000, .remote_port = port } };

	assert_int_equal(send(f->helper, &a, sizeof(a), 0), sizeof(a));
}

/* How many questions have come. */
static int asked(const struct fixture *f)
{
	struct nat_question q;
	int n = 0;

	while (recv(f->helper, &q, sizeof(q), MSG_DONTWAIT) == sizeof(q))
		n++;
	return n;
}

/* An answer stands ready, so nobody waits: the slot is there already, as may_ask is. */
static const struct sw_tuple *get(const struct fixture *f, const struct nat_question *q,
				  bool elsewhere, enum nat_found found, uint16_t port)
{
	nats_get(f->nats, q, elsewhere, true); /* it waits for a while, in vain */
	answer(f, q, found, port);
	return nats_get(f->nats, q, elsewhere, false);
}

TEST(nat__only_connections_are_asked_about)
{
	struct sw_sock s = sock(1, 7, SW_PROTO_TCP);
	struct nat_question q;

	assert_true(nat_question_of(&s, &q));
	s.tuple.device = 3; /* the same connection */
	s.tuple.flags = SW_TUPLE_V6ONLY_KNOWN;
	assert_true(nat_question_of(&s, &q));
	assert_int_equal(q.tuple.device | q.tuple.flags, 0);
	s.tuple.remote_port = 0;
	assert_false(nat_question_of(&s, &q));
	s = sock(1, 7, SW_PROTO_RAW);
	assert_false(nat_question_of(&s, &q));
	s = sock(1, 7, SW_PROTO_UDP);
	s.tuple.local = (union sw_addr){ 0 };
	assert_false(nat_question_of(&s, &q));
}

TEST_SETUP(nat__a_connection_keeps_what_was_made_of_it)
{
	struct fixture *f = *state;
	const struct nat_question q = question(1, 7, SW_PROTO_TCP);
	const struct nat_question later = question(2, 7, SW_PROTO_TCP);
	const struct sw_tuple *t;

	assert_null(nats_get(f->nats, &q, false, false)); /* we may not ask */
	assert_int_equal(asked(f), 0);
	t = get(f, &q, false, NAT_OTHER, 8080);
	assert_non_null(t);
	assert_int_equal(t->remote_port, 8080);
	assert_int_equal(asked(f), 1);
	t = nats_get(f->nats, &q, false, true);
	assert_int_equal(t ? t->remote_port : 0, 8080);
	assert_int_equal(asked(f), 0);
	assert_null(nats_get(f->nats, &later, false, false)); /* another socket, with those ends */
}

TEST_SETUP(nat__what_is_not_known_is_asked_for_again)
{
	struct fixture *f = *state;
	const struct nat_question q = question(1, 7, SW_PROTO_TCP);
	const struct sw_tuple *t;
	uint64_t now_ns;

	assert_null(get(f, &q, false, NAT_UNKNOWN, 0));
	for (now_ns = clock_now(); clock_now() < now_ns + 2000000;)
		;
	asked(f);
	t = get(f, &q, false, NAT_OTHER, 8080);
	assert_int_equal(asked(f), 1);
	assert_int_equal(t ? t->remote_port : 0, 8080);
	assert_false(nats_refused(f->nats));
}

/* conntrack does not say whose it is: our own are ours, of others it is not known. */
TEST_SETUP(nat__the_same_ends_in_two_namespaces_are_nobodys)
{
	struct fixture *f = *state;
	const struct nat_question own = question(1, 7, SW_PROTO_TCP);
	const struct nat_question a = question(2, 8, SW_PROTO_TCP);
	const struct nat_question b = question(3, 9, SW_PROTO_TCP);

	assert_non_null(get(f, &a, true, NAT_OTHER, 8080));
	assert_null(get(f, &b, true, NAT_OTHER, 8080));
	assert_null(nats_get(f->nats, &a, true, false));
	assert_non_null(get(f, &own, false, NAT_OTHER, 8080));
}

TEST_SETUP(nat__patience_has_an_end)
{
	struct fixture *f = *state;
	uint64_t begin_ns = clock_now();

	for (uint64_t cookie = 1; cookie < 64; cookie++) {
		const struct nat_question q = question(cookie, 7, SW_PROTO_TCP);

		assert_null(nats_get(f->nats, &q, false, true));
	}
	assert_in_range(clock_now() - begin_ns, 500000000u, 10000000000u);
	assert_in_range(asked(f), 1, 62); /* then nobody is asked, either */
}

TEST_SETUP(nat__refused_is_said)
{
	struct fixture *f = *state;
	const struct nat_question q = question(1, 7, SW_PROTO_UDP);

	assert_null(get(f, &q, false, NAT_REFUSED, 0));
	assert_true(nats_refused(f->nats));
}
