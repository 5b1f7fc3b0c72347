// SPDX-License-Identifier: GPL-2.0-only
/* How many transitions a broken chain of states is short of. */
#include "unit.h"

#include <stdbool.h>

#include "chain.h"

/* TCP's diagram, as the tracepoint tells an orderly connection. */
static const struct {
	__u8 from;
	__u8 to;
} diagram[] = {
	{ SW_TCP_CLOSE, SW_TCP_SYN_SENT },	   { SW_TCP_CLOSE, SW_TCP_LISTEN },
	{ SW_TCP_LISTEN, SW_TCP_SYN_RECV },	   { SW_TCP_LISTEN, SW_TCP_CLOSE },
	{ SW_TCP_SYN_SENT, SW_TCP_ESTABLISHED },   { SW_TCP_SYN_SENT, SW_TCP_SYN_RECV },
	{ SW_TCP_SYN_SENT, SW_TCP_CLOSE },	   { SW_TCP_SYN_RECV, SW_TCP_ESTABLISHED },
	{ SW_TCP_SYN_RECV, SW_TCP_FIN_WAIT1 },	   { SW_TCP_ESTABLISHED, SW_TCP_FIN_WAIT1 },
	{ SW_TCP_ESTABLISHED, SW_TCP_CLOSE_WAIT }, { SW_TCP_FIN_WAIT1, SW_TCP_FIN_WAIT2 },
	{ SW_TCP_FIN_WAIT1, SW_TCP_CLOSING },	   { SW_TCP_FIN_WAIT2, SW_TCP_CLOSE },
	{ SW_TCP_CLOSING, SW_TCP_CLOSE },	   { SW_TCP_CLOSE_WAIT, SW_TCP_LAST_ACK },
	{ SW_TCP_LAST_ACK, SW_TCP_CLOSE },
};

#define EDGES (sizeof(diagram) / sizeof(diagram[0]))
#define FAR 100

/* Fills steps[] with the length of the shortest way from one state to each. */
static void walk(__u8 from, unsigned int steps[SW_TCP_STATES])
{
	bool nearer = true;

	for (int state = 0; state < SW_TCP_STATES; state++)
		steps[state] = FAR;
	steps[from] = 0;
	while (nearer) {
		nearer = false;
		for (size_t i = 0; i < EDGES; i++) {
			unsigned int *to = &steps[diagram[i].to];

			if (steps[diagram[i].from] + 1 >= *to)
				continue;
			*to = steps[diagram[i].from] + 1;
			nearer = true;
		}
	}
}

TEST(chain__the_table_has_the_shortest_ways_through_the_diagram)
{
	unsigned int steps[SW_TCP_STATES];

	for (__u8 from = 1; from < SW_TCP_STATES; from++) {
		walk(from, steps);
		for (__u8 to = 1; to < SW_TCP_STATES; to++)
			assert_int_equal(sw_steps_missing(from, to),
					 steps[to] < FAR ? steps[to] : 1);
	}
}

TEST(chain__an_end_that_was_not_seen)
{
	assert_int_equal(sw_steps_missing(SW_TCP_FIN_WAIT1, SW_TCP_CLOSE), 2);
	assert_int_equal(sw_steps_missing(SW_TCP_ESTABLISHED, SW_TCP_CLOSE), 3);
	assert_int_equal(sw_steps_missing(SW_TCP_LAST_ACK, SW_TCP_CLOSE), 1);
	assert_int_equal(sw_steps_missing(SW_TCP_SYN_SENT, SW_TCP_CLOSE), 1);
	assert_int_equal(sw_steps_missing(SW_TCP_LISTEN, SW_TCP_CLOSE), 1);
}

TEST(chain__that_is_whole_misses_nothing)
{
	for (__u8 s = 0; s < SW_TCP_STATES; s++)
		assert_int_equal(sw_steps_missing(s, s), 0);
}

TEST(chain__any_byte_is_a_state)
{
	for (int from = 0; from < 256; from++)
		for (int to = 0; to < 256; to++)
			assert_true(sw_steps_missing((__u8)from, (__u8)to) <= 6);
}
