// SPDX-License-Identifier: GPL-2.0-only
/* The end of what a UDP socket had with a peer, on slots that the test fills as the kernel side. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "core/peers.h"
#include "peer.h"

#define ROOM 64
#define SEC 1000000000ull

static struct sw_peer slots[ROOM];
static uint32_t top, hand;
static struct peers peers;
static struct sw_conn told[ROOM];
static size_t n_told;
static int answer; /* of the one who takes the records */

static int setup(void **state)
{
	(void)state;
	memset(slots, 0, sizeof(slots));
	memset(told, 0, sizeof(told));
	top = hand = 0;
	n_told = 0;
	answer = 0;
	peers = (struct peers){
		.slots = slots, .top = &top, .hand = &hand, .room = ROOM, .idle_ns = 60 * SEC
	};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return 0;
}

static int take(void *arg, struct sw_conn *conn)
{
	assert_ptr_equal(arg, &peers);
	assert_in_range(n_told, 0, ROOM - 1);
	told[n_told++] = *conn;
	return answer;
}

static struct sw_peer *use(uint32_t slot, uint64_t cookie, uint64_t first_s, uint64_t last_s)
{
	struct sw_peer *p = &slots[slot];

	*p = (struct sw_peer){ .phase = SW_PEER_USED,
			       .generation = p->generation,
			       .cookie = cookie,
			       .first_ns = first_s * SEC,
			       .last_ns = last_s * SEC,
			       .e = { .kind = SW_EV_CONN,
				      .datagrams_sent = 3,
				      .sock = { .proto = SW_PROTO_UDP,
						.cookie = cookie,
						.bytes_sent = 30,
						.have = SW_HAVE_SENT | SW_HAVE_DATAGRAMS } } };
	p->e.sock.tuple.remote_port = (uint16_t)slot;
	if (top <= slot)
		top = slot + 1;
	return p;
}

static void add_owner(struct sw_peer *p, uint32_t pid, uint64_t since_s)
{
	struct sw_conn_owner *o = &p->owners[p->n_owners];

	*o = (struct sw_conn_owner){ .start_ns = pid * 10,
				     .since_ns = since_s * SEC,
				     .pid = pid,
				     .source = SW_OWNER_USE,
				     .comm = "one" };
	sw_peer_owner_seal(o);
	p->ns_pids[p->n_owners] = pid + 1000;
	p->cgroups[p->n_owners] = pid + 2000;
	p->current = p->n_owners++;
}

static uint64_t look(uint64_t now_s)
{
	uint64_t next_ns = 0;

	assert_int_equal(peers_look(&peers, now_s * SEC, take, &peers, &next_ns), 0);
	assert_true(next_ns >= now_s * SEC + PEERS_GRACE_NS);
	return next_ns;
}

TEST_SETUP(peers_look__ends_what_is_idle_and_tells_it_at_the_next_look)
{
	use(0, 1, 10, 20);
	assert_true(look(79) <= 80 * SEC + 60 * SEC / PEERS_PARTS);
	assert_int_equal(slots[0].phase, SW_PEER_USED);
	assert_true(look(80) < 82 * SEC);
	assert_int_equal(slots[0].phase, SW_PEER_ENDED);
	assert_int_equal(n_told, 0);
	slots[0].e.sock.bytes_sent += 4; /* one that was in the middle of a datagram */
	look(82);
	assert_int_equal(n_told, 1);
	assert_int_equal(told[0].e.time_ns, 20 * SEC);
	assert_int_equal(told[0].e.age_ns, 10 * SEC);
	assert_int_equal(told[0].e.sock.bytes_sent, 34);
	assert_false(told[0].so_far);
	assert_int_equal(slots[0].phase, SW_PEER_FREE);
	assert_int_equal(slots[0].generation, 1);
	look(84);
	assert_int_equal(n_told, 1);
}

TEST_SETUP(peers_look__nobody_who_moves_is_ended)
{
	struct sw_peer *p = use(3, 1, 10, 20);

	for (uint64_t now = 30; now < 3000; now += 30) {
		p->last_ns = (now - 1) * SEC;
		look(now);
	}
	assert_int_equal(p->phase, SW_PEER_USED);
	assert_int_equal(n_told, 0);
}

TEST_SETUP(peers_look__nothing_is_idle_where_that_was_not_asked_for)
{
	peers.idle_ns = 0;
	use(0, 1, 10, 20);
	look(100000);
	look(200000);
	assert_int_equal(n_told, 0);
	slots[0].phase = SW_PEER_ENDED; /* by the kernel side: the ring had no room for its end */
	look(300000);
	assert_int_equal(n_told, 1);
}

TEST_SETUP(peers_look__comes_again_when_the_first_is_due)
{
	use(0, 1, 10, 50);
	use(1, 2, 10, 30);
	assert_true(look(60) == 90 * SEC);
	setup(NULL);
	assert_true(look(60) == 120 * SEC); /* nobody there: not before somebody could be */
}

TEST_SETUP(peers_look__tells_so_far)
{
	peers.interim_ns = 30 * SEC;
	peers.idle_ns = 0;
	use(0, 1, 10, 12);
	assert_true(look(20) == 40 * SEC);
	assert_int_equal(n_told, 0);
	look(40);
	assert_int_equal(n_told, 1);
	assert_true(told[0].so_far);
	assert_int_equal(told[0].e.time_ns, 40 * SEC);
	assert_int_equal(told[0].e.age_ns, 30 * SEC);
	look(41);
	assert_int_equal(n_told, 1);
	look(70);
	assert_int_equal(n_told, 2);
	assert_int_equal(slots[0].phase, SW_PEER_USED);
}

TEST_SETUP(peers_look__gives_the_lowest_slot_to_the_kernel_side)
{
	use(5, 1, 10, 20);
	use(9, 1, 10, 20);
	hand = 10;
	look(100);
	look(102);
	assert_int_equal(n_told, 2);
	assert_int_equal(hand, 5);
}

static int closed(uint64_t cookie, uint32_t made, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	struct sw_closed end = {
		.cookie = cookie, .time_ns = 99 * SEC, .made = made, .slots = { a, b, c, d }
	};

	return peers_closed(&peers, &end, take, &peers);
}

TEST_SETUP(peers_closed__tells_what_the_socket_had_and_nobody_elses)
{
	use(0, 1, 10, 20);
	use(1, 2, 10, 20);
	use(2, 1, 10, 30);
	assert_int_equal(closed(1, 2, 0, 2, 0, 0), 0);
	assert_int_equal(n_told, 2);
	assert_int_equal(told[0].e.sock.tuple.remote_port, 0);
	assert_int_equal(told[1].e.sock.tuple.remote_port, 2);
	assert_int_equal(told[1].e.time_ns, 30 * SEC);
	assert_int_equal(slots[1].phase, SW_PEER_USED);
}

TEST_SETUP(peers_closed__looks_at_all_where_the_socket_does_not_know_them)
{
	for (uint32_t i = 0; i < 20; i++)
		use(i, i % 2, 10, 20);
	assert_int_equal(closed(1, 10, 13, 15, 17, 19), 0);
	assert_int_equal(n_told, 10);
	assert_int_equal(closed(0, 2, 0, 0, 0, 0), 0); /* two tasks at once wrote one place */
	assert_int_equal(n_told, 20);
}

TEST_SETUP(peers_closed__does_not_tell_what_an_idle_time_ended_twice)
{
	use(0, 1, 10, 20);
	look(90);
	assert_int_equal(closed(1, 1, 0, 0, 0, 0), 0);
	assert_int_equal(n_told, 1);
	look(92);
	assert_int_equal(n_told, 1);
	use(0, 7, 100, 100); /* another has the slot */
	assert_int_equal(closed(1, 1, 0, 0, 0, 0), 0);
	assert_int_equal(n_told, 1);
}

TEST_SETUP(peers_closed__end_of_what_is_not_counted_is_that_of_the_socket)
{
	use(0, 1, 10, 20)->e.sock.have &= ~(uint32_t)SW_HAVE_DATAGRAMS;
	assert_int_equal(closed(1, 1, 0, 0, 0, 0), 0);
	assert_int_equal(told[0].e.time_ns, 99 * SEC);
	assert_int_equal(told[0].e.age_ns, 89 * SEC);
}

TEST_SETUP(peers_closed__slots_that_are_none_are_passed_over)
{
	use(0, 1, 10, 20);
	assert_int_equal(closed(1, 1, 0xffffffff, 0, 0, 0), 0);
	assert_int_equal(n_told, 1);
}

TEST_SETUP(peers_closed__ends_when_nobody_takes_more)
{
	answer = -ECANCELED;
	use(0, 1, 10, 20);
	use(1, 1, 10, 20);
	assert_int_equal(closed(1, 2, 0, 1, 0, 0), -ECANCELED);
	assert_int_equal(n_told, 1);
}

TEST_SETUP(peers__owners_are_in_order_and_the_last_user_owns_it)
{
	struct sw_peer *p = use(0, 1, 10, 20);

	add_owner(p, 11, 10);
	add_owner(p, 12, 12);
	assert_int_equal(closed(1, 1, 0, 0, 0, 0), 0);
	assert_int_equal(told[0].e.sock.pid, 12);
	assert_int_equal(told[0].e.sock.owner_source, SW_OWNER_USE);
	assert_int_equal(told[0].e.ns_pid, 1012);
	assert_int_equal(told[0].since_ns, 12 * SEC);
	assert_int_equal(told[0].n_owners, 1);
	assert_int_equal(told[0].owners[0].pid, 11);
	assert_int_equal(told[0].owners[0].pad[0], 0);
}

TEST_SETUP(peers__an_earlier_owner_that_used_it_again_stays_in_its_place)
{
	struct sw_peer *p = use(0, 1, 10, 20);

	add_owner(p, 11, 10);
	add_owner(p, 12, 12);
	p->current = 0;
	assert_int_equal(closed(1, 1, 0, 0, 0, 0), 0);
	assert_int_equal(told[0].e.sock.pid, 11);
	assert_int_equal(told[0].n_owners, 2);
}

TEST_SETUP(peers__an_owner_that_two_wrote_at_once_is_nobody)
{
	struct sw_peer *p = use(0, 1, 10, 20);

	add_owner(p, 11, 10);
	add_owner(p, 12, 12);
	p->owners[1].pid = 13;
	assert_int_equal(closed(1, 1, 0, 0, 0, 0), 0);
	assert_int_equal(told[0].e.sock.owner_source, SW_OWNER_UNKNOWN);
	assert_int_equal(told[0].e.sock.pid, 0);
	assert_int_equal(told[0].n_owners, 1);
}

TEST_SETUP(peers__more_owners_than_there_is_room_for_are_counted)
{
	struct sw_peer *p = use(0, 1, 10, 20);

	for (uint32_t i = 0; i < SW_PEER_OWNERS; i++)
		add_owner(p, 11 + i, 10 + i);
	p->left_out = 2;
	assert_int_equal(closed(1, 1, 0, 0, 0, 0), 0);
	assert_int_equal(told[0].n_owners, SW_CONN_OWNERS);
	assert_int_equal(told[0].e.sock.pid, 10 + SW_PEER_OWNERS);
	assert_int_equal(told[0].left_out, 2);
}

TEST_SETUP(peers__one_that_came_back_leaves_no_room_for_the_last)
{
	struct sw_peer *p = use(0, 1, 10, 20);

	for (uint32_t i = 0; i < SW_PEER_OWNERS; i++)
		add_owner(p, 11 + i, 10 + i);
	p->current = 1;
	assert_int_equal(closed(1, 1, 0, 0, 0, 0), 0);
	assert_int_equal(told[0].n_owners, SW_CONN_OWNERS);
	assert_int_equal(told[0].e.sock.pid, 12);
	assert_int_equal(told[0].left_out, 1);
}
