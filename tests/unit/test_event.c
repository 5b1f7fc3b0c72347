// SPDX-License-Identifier: GPL-2.0-only
/* The short form of an event: what the ring leaves out says nothing, and can be put back. */
#include "unit.h"

#include <string.h>

#include "event.h"

#define BITS 16 /* of sw_sock.have; more than there are */

/* A transition with an owner who drove it. */
static struct sw_event transition(void)
{
	struct sw_event e = { .kind = SW_EV_STATE,
			      .sock = { .proto = SW_PROTO_TCP, .pid = 7, .comm = "curl" },
			      .actor_pid = 7,
			      .actor_comm = "curl" };

	e.sock.have = SW_HAVE_ACTOR;
	return e;
}

/* What is left of it when no field is read whose bit is not there. */
static struct sw_event as_read(const struct sw_event *e)
{
	struct sw_event ret = *e;

	if (!(e->sock.have & SW_HAVE_ACTOR))
		memset(ret.actor_comm, 0, sizeof(ret.actor_comm));
	if (!(e->sock.have & SW_HAVE_DATAGRAMS))
		ret.datagrams_sent = ret.datagrams_received = 0;
	if (!(e->sock.have & SW_HAVE_MPTCP))
		ret.mptcp_token = 0, ret.parent_inode = 0;
	return ret;
}

/* Through the ring and back, with rubbish where it left something out. */
static struct sw_event short_and_back(const struct sw_event *e)
{
	struct sw_event ret;

	memset(&ret, 0xa5, sizeof(ret));
	memcpy(&ret, e, SW_EVENT_SHORT);
	sw_event_complete(&ret);
	return ret;
}

static void assert_survives(const struct sw_event *e)
{
	struct sw_event before = as_read(e), after;

	if (!sw_event_is_short(e))
		return;
	after = short_and_back(e);
	after = as_read(&after);
	assert_memory_equal(&before, &after, sizeof(before));
}

TEST(event__what_is_left_out_can_be_put_back_whatever_it_has)
{
	for (uint32_t have = 0; have < 1u << BITS; have++) {
		struct sw_event e = transition();

		e.sock.have = have;
		assert_survives(&e);
	}
}

/* So a member that is new behind the short part must be known to sw_event_is_short(). */
TEST(event__no_byte_is_left_out_that_says_something)
{
	for (size_t at = SW_EVENT_SHORT; at < sizeof(struct sw_event); at++)
		for (uint32_t bit = 0; bit < BITS; bit++) {
			struct sw_event e = transition();

			e.sock.have |= 1u << bit;
			((uint8_t *)&e)[at] ^= 0x55;
			assert_survives(&e);
			e.sock.have &= ~(uint32_t)SW_HAVE_ACTOR;
			assert_survives(&e);
		}
}

TEST(event__most_are_short)
{
	struct sw_event e = transition();

	assert_true(sw_event_is_short(&e));
	e.sock.have = 0; /* a packet drove it */
	memset(e.actor_comm, 'x', sizeof(e.actor_comm));
	assert_true(sw_event_is_short(&e));
}
