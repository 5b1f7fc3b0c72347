// SPDX-License-Identifier: GPL-2.0-only
/* The last owner of a connection, from one list to the next. */
#include "unit.h"

#include "core/recall.h"
#include "core/row.h"

static struct sw_row *add(struct snapshot *s, uint8_t tcp_state, uint16_t local, uint16_t remote,
			  uint32_t pid)
{
	struct holder h = { .pid = pid, .fd = 3, .comm = "owner" };
	struct sw_row row = { .sock.proto = SW_PROTO_TCP,
			      .sock.state = tcp_state,
			      .sock.inode = pid,
			      .first_holder = (uint32_t)s->n_holders,
			      .n_holders = pid ? 1 : 0,
			      .sock.tuple = { .local_port = local,
					      .remote_port = remote,
					      .family = SW_AF_INET,
					      .netns = 1 } };

	if (pid) {
		row_set_owner(&row, &h, SW_OWNER_SNAPSHOT);
		assert_int_equal(snapshot_add_holder(s, &h), 0);
	}
	assert_int_equal(snapshot_add_row(s, &row), 0);
	return &s->rows[s->n_rows - 1];
}

static uint32_t owner(const struct snapshot *s, size_t i)
{
	const struct sw_row *row = &s->rows[i];

	return row->sock.owner_source ? row->sock.pid : 0;
}

static void list(struct recall *r, struct snapshot *s)
{
	assert_int_equal(recall_owners(r, s), 0);
}

TEST(recall__closed_connection_has_its_last_owner_to_the_end)
{
	struct recall r = { 0 };
	struct snapshot s = { 0 };

	add(&s, SW_TCP_ESTABLISHED, 80, 5000, 42);
	list(&r, &s);
	snapshot_free(&s);
	for (int i = 0; i < 3; i++) {
		add(&s, i ? SW_TCP_TIME_WAIT : SW_TCP_FIN_WAIT2, 80, 5000, 0);
		list(&r, &s);
		assert_int_equal(owner(&s, 0), 42);
		assert_int_equal(s.rows[0].sock.owner_source, SW_OWNER_SNAPSHOT);
		assert_int_equal(s.rows[0].n_holders, 0);
		snapshot_free(&s);
	}
	list(&r, &s); /* gone: forgotten */
	add(&s, SW_TCP_TIME_WAIT, 80, 5000, 0);
	list(&r, &s);
	assert_int_equal(owner(&s, 0), 0);
	snapshot_free(&s);
	recall_free(&r);
}

TEST(recall__others_get_nothing)
{
	struct recall r = { 0 };
	struct snapshot s = { 0 };

	add(&s, SW_TCP_ESTABLISHED, 80, 5000, 42);
	add(&s, SW_TCP_LISTEN, 80, 0, 43);
	list(&r, &s);
	snapshot_free(&s);
	add(&s, SW_TCP_TIME_WAIT, 80, 5001, 0);
	add(&s, SW_TCP_LISTEN, 80, 0, 0);
	add(&s, SW_TCP_ESTABLISHED, 80, 5000, 0)->sock.inode =
		99; /* another one: hidden, not closed */
	add(&s, SW_TCP_TIME_WAIT, 80, 5000, 0)->sock.tuple.netns = 2;
	add(&s, SW_TCP_ESTABLISHED, 80, 5000, 44);
	list(&r, &s);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(owner(&s, i), 0);
	assert_int_equal(owner(&s, 4), 44);
	snapshot_free(&s);
	recall_free(&r);
}
