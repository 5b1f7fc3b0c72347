// SPDX-License-Identifier: GPL-2.0-only
/* What sockets of UDP moved, by their peers and by those that have ended. */
#include "unit.h"

#include <string.h>

#include "core/moved.h"
#include "core/peers.h"
#include "peer.h"

#define ROOM 8

static struct sw_peer slots[ROOM];
static uint32_t top, hand;
static const struct peers peers = { .slots = slots, .top = &top, .hand = &hand, .room = ROOM };
static struct moved moved;

static int setup(void **state)
{
	(void)state;
	memset(slots, 0, sizeof(slots));
	top = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	moved_free(&moved);
	return 0;
}

static struct sw_peer *use(uint32_t slot, uint64_t cookie, uint64_t sent, uint64_t received)
{
	slots[slot] = (struct sw_peer){ .phase = SW_PEER_USED,
					.cookie = cookie,
					.e.sock = { .proto = SW_PROTO_UDP,
						    .cookie = cookie,
						    .have = SW_HAVE_DATAGRAMS,
						    .bytes_sent = sent,
						    .bytes_received = received } };
	return &slots[slot];
}

static void end(struct sw_peer *p)
{
	struct sw_conn conn = { .e = p->e };

	conn.e.sock = p->e.sock;
	assert_int_equal(moved_ended(&moved, &conn), 0);
	p->phase = SW_PEER_FREE;
}

static struct sw_sock row_of(uint64_t cookie)
{
	struct sw_sock s = { .proto = SW_PROTO_UDP, .cookie = cookie, .tuple.remote_port = 53 };

	moved_set_row(&moved, &s);
	return s;
}

static void expect(uint64_t cookie, uint64_t sent, uint64_t received)
{
	struct sw_sock s = row_of(cookie);

	assert_true(s.have & SW_HAVE_DATAGRAMS);
	assert_int_equal(s.bytes_sent, sent);
	assert_int_equal(s.bytes_received, received);
}

TEST_SETUP(moved__sum_of_all_peers_of_a_socket)
{
	use(0, 7, 100, 10);
	use(3, 7, 20, 2);
	use(4, 8, 5, 0);
	assert_int_equal(moved_look(&moved, &peers), 0);
	expect(7, 120, 12);
	expect(8, 5, 0);
	expect(9, 0, 0); /* it has no peer */
}

TEST_SETUP(moved__does_not_fall_when_a_peer_ends)
{
	struct sw_peer *p = use(0, 7, 100, 10);

	moved_look(&moved, &peers);
	expect(7, 100, 10);
	end(p);
	use(1, 7, 1, 1);
	moved_look(&moved, &peers);
	expect(7, 101, 11);
	moved_look(&moved, &peers);
	expect(7, 101, 11);
}

TEST_SETUP(moved__so_far_is_no_end)
{
	struct sw_peer *p = use(0, 7, 100, 10);
	struct sw_conn conn = { .e = p->e, .so_far = 1 };

	assert_int_equal(moved_ended(&moved, &conn), 0);
	moved_look(&moved, &peers);
	expect(7, 100, 10);
}

TEST_SETUP(moved__forgets_sockets_without_a_row)
{
	end(use(0, 7, 100, 10));
	end(use(1, 8, 3, 4));
	moved_look(&moved, &peers);
	expect(7, 100, 10);
	moved_look(&moved, &peers); /* nobody asked for the other */
	assert_int_equal(moved.n, 1);
	expect(7, 100, 10);
	expect(8, 0, 0);
}

TEST_SETUP(moved__without_a_peer_it_may_have_received_from_anybody)
{
	struct sw_sock with = { .proto = SW_PROTO_UDP, .cookie = 7 };
	struct sw_sock without = { .proto = SW_PROTO_UDP, .cookie = 8 };

	use(0, 7, 100, 10);
	moved_look(&moved, &peers);
	moved_set_row(&moved, &with);
	moved_set_row(&moved, &without);
	assert_int_equal(with.bytes_sent, 100);
	assert_int_equal(without.have, 0);
}

TEST_SETUP(moved__nothing_is_told_where_lengths_are_not_known)
{
	use(0, 7, 0, 0)->e.sock.have = 0;
	moved_look(&moved, &peers);
	assert_false(row_of(7).have & SW_HAVE_DATAGRAMS);
}

TEST_SETUP(moved__other_rows_stay_as_they_are)
{
	struct sw_sock tcp = { .proto = SW_PROTO_TCP, .cookie = 7, .bytes_sent = 9 };
	struct sw_sock unknown = { .proto = SW_PROTO_UDP };

	use(0, 7, 100, 10);
	moved_look(&moved, &peers);
	moved_set_row(&moved, &tcp);
	moved_set_row(&moved, &unknown);
	assert_int_equal(tcp.bytes_sent, 9);
	assert_int_equal(tcp.have, 0);
	assert_int_equal(unknown.have, 0);
}
