// SPDX-License-Identifier: GPL-2.0-only
/* What a stream says in short. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "core/digest.h"
#include "core/record.h"

#define NSEC 1000000000ull

static struct digest digest;

static int setup(void **state)
{
	(void)state;
	digest = (struct digest){ 0 };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return 0;
}

static struct sw_event event_of(const char *comm, uint8_t from, uint8_t to, uint8_t reason)
{
	struct sw_event e = { .kind = SW_EV_STATE, .old_state = from, .reason = reason };

	e.sock.proto = SW_PROTO_TCP;
	e.sock.state = to;
	e.sock.owner_source = SW_OWNER_CONNECT;
	snprintf(e.sock.comm, sizeof(e.sock.comm), "%s", comm);
	return e;
}

static void add(const char *comm, uint8_t from, uint8_t to, uint8_t reason)
{
	struct sw_event e = event_of(comm, from, to, reason);

	digest_add(&digest, &(struct record){ .ev = &e, .wall_ns = NSEC });
}

static void add_row(uint8_t proto, uint8_t state)
{
	struct sw_event e = event_of("a", 0, state, 0);

	e.kind = SW_EV_SOCKET;
	e.sock.proto = proto;
	digest_add_row(&digest, &(struct record){ .ev = &e });
}

static void assert_put(void (*put)(const struct digest *d, struct buf *b), const char *want)
{
	struct buf b = { 0 };

	put(&digest, &b);
	buf_putc(&b, '\0');
	assert_string_equal(b.data, want);
	buf_free(&b);
}

TEST_SETUP(digest__rows_are_counted_by_state)
{
	for (int i = 0; i < 1234; i++)
		add_row(SW_PROTO_TCP, SW_TCP_ESTABLISHED);
	add_row(SW_PROTO_TCP, SW_TCP_LISTEN);
	add_row(SW_PROTO_UDP, SW_TCP_CLOSE);
	add_row(SW_PROTO_RAW, SW_TCP_CLOSE);
	assert_put(digest_put_rows, "1,237 sockets: 1 listen, 1,234 established, 1 udp, 1 others");
}

TEST_SETUP(digest__sum_has_what_was_opened_accepted_and_failed)
{
	assert_put(digest_put_sum, "");
	add("curl", SW_TCP_SYN_SENT, SW_TCP_ESTABLISHED, 0);
	add("curl", SW_TCP_ESTABLISHED, SW_TCP_FIN_WAIT1, 0);
	add("nginx", SW_TCP_SYN_RECV, SW_TCP_ESTABLISHED, 0);
	add("curl", SW_TCP_SYN_SENT, SW_TCP_CLOSE, SW_REASON_REFUSED);
	add("curl", SW_TCP_SYN_SENT, SW_TCP_CLOSE, SW_REASON_TIMED_OUT);
	add("a\x1b[b", SW_TCP_SYN_SENT, SW_TCP_CLOSE, SW_REASON_REFUSED);
	assert_put(digest_put_sum, "1 connection opened, 1 accepted, 3 failed or cut off "
				   "(2 refused, 1 timed_out); most by curl (3), nginx (1), "
				   "a?[b (1)");
}

TEST_SETUP(digest__remembers_so_many_names_and_who_has_most_stays)
{
	char name[SW_COMM_LEN];

	for (int i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		add(i % 3 ? name : "most", SW_TCP_SYN_SENT, SW_TCP_ESTABLISHED, 0);
	}
	assert_true(digest.n_comms <= DIGEST_COMMS && digest.least);
	assert_int_equal(digest.opened, 100000);
	for (size_t i = 0; i < digest.n_comms; i++)
		if (!strcmp(digest.comms[i].comm, "most")) {
			assert_true(digest.comms[i].n > 30000 && digest.comms[i].n <= 33334);
			return;
		}
	fail_msg("most is forgotten");
}

static void add_lines(uint64_t second, int n)
{
	struct sw_event e = event_of("a", SW_TCP_ESTABLISHED, SW_TCP_CLOSE, 0);

	for (int i = 0; i < n; i++)
		digest_add(&digest, &(struct record){ .ev = &e, .wall_ns = second * NSEC });
}

TEST_SETUP(digest__is_busy_when_much_comes_for_some_seconds)
{
	for (uint64_t s = 10; s < 10 + DIGEST_SECONDS; s++) {
		add_lines(s, DIGEST_RATE);
		assert_false(digest_is_busy(&digest));
	}
	add_lines(10 + DIGEST_SECONDS, 1);
	assert_true(digest_is_busy(&digest));
}

TEST_SETUP(digest__is_not_busy_between_pauses)
{
	for (uint64_t s = 10; s < 40; s += 2)
		add_lines(s, 10 * DIGEST_RATE);
	for (uint64_t s = 50; s < 60; s++)
		add_lines(s, DIGEST_RATE - 1);
	assert_false(digest_is_busy(&digest));
}
