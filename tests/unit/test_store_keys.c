// SPDX-License-Identifier: GPL-2.0-only
/* Keys of a block: what is in it is never denied, what is not nearly always. */
#include "unit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "filter.h"
#include "store/columns.h"
#include "store/keys.h"
#include "store/stored.h"
#include "stored_gen.h"

#define N 1000

static const struct keys_span span = { 1, 2, N };
static struct stored *records;
static struct sw_filter *filter;
static struct buf keys;

static int setup(void **state)
{
	struct gen *g = malloc(sizeof(*g));

	(void)state;
	records = calloc(N, sizeof(*records));
	filter = calloc(1, sizeof(*filter));
	if (!g || !records || !filter)
		return -1;
	gen_begin(g, 1795475645123456789u, 1000);
	for (size_t i = 0; i < N; i++)
		records[i].conn = *gen_next(g).conn;
	free(g);
	return keys_make(&keys, records, N, &span);
}

static int teardown(void **state)
{
	(void)state;
	buf_free(&keys);
	free(records);
	free(filter);
	return 0;
}

static bool may_have(void)
{
	return keys_may_have(keys.data, keys.len, filter);
}

static void ask_port(struct sw_port_set *set, uint32_t bit, uint16_t port)
{
	memset(set, 0, sizeof(*set));
	set->bits[port / 64] = UINT64_C(1) << port % 64;
	filter->on = bit;
}

static void ask_addr(struct sw_cidr_set *set, uint32_t bit, const union sw_addr *a)
{
	*set = (struct sw_cidr_set){ .n = 1 };
	set->cidr[0].net = *a;
	memset(&set->cidr[0].mask, 0xff, sizeof(set->cidr[0].mask));
	filter->on = bit;
}

static void ask_comm(const char *name, uint32_t len)
{
	memset(filter->comms, 0, sizeof(filter->comms));
	memcpy(filter->comms[0].name, name, strnlen(name, SW_COMM_LEN));
	filter->comms[0].len = len;
	filter->n_comms = 1;
	filter->on = SW_F_COMM;
}

static void ask_pid(uint32_t pid)
{
	filter->pids[0] = pid;
	filter->n_pids = 1;
	filter->on = SW_F_PID;
}

TEST_SETUP(keys__what_is_there_is_never_denied)
{
	for (size_t i = 0; i < N; i++) {
		const struct sw_event *e = &records[i].conn.e;
		const struct sw_tuple *t = &e->sock.tuple;

		unit_case("record %zu", i);
		ask_port(&filter->any_port, SW_F_PORT, t->local_port);
		assert_true(may_have());
		ask_port(&filter->any_port, SW_F_PORT, t->remote_port);
		assert_true(may_have());
		ask_port(&filter->local_port, SW_F_LOCAL_PORT, t->local_port);
		assert_true(may_have());
		ask_port(&filter->remote_port, SW_F_REMOTE_PORT, t->remote_port);
		assert_true(may_have());
		ask_addr(&filter->any_addr, SW_F_ADDR, &t->remote);
		assert_true(may_have());
		ask_addr(&filter->local_addr, SW_F_LOCAL_ADDR, &t->local);
		assert_true(may_have());
		ask_addr(&filter->remote_addr, SW_F_REMOTE_ADDR, &t->remote);
		assert_true(may_have());
		ask_pid(e->sock.pid);
		assert_true(may_have());
		ask_comm(e->sock.comm, (uint32_t)strlen(e->sock.comm) + 1);
		assert_true(may_have());
	}
}

TEST_SETUP(keys__what_is_not_there_is_nearly_always_denied)
{
	size_t wrong = 0;

	for (uint16_t port = 1; port <= 20000; port++) {
		ask_port(&filter->local_port, SW_F_LOCAL_PORT, port);
		wrong += may_have();
	}
	assert_in_range(wrong, 0, 600); /* the servers' own, and one in a hundred */
	wrong = 0;
	for (uint32_t pid = 1000000; pid < 1010000; pid++) {
		ask_pid(pid);
		wrong += may_have();
	}
	assert_in_range(wrong, 0, 200);
}

/* Who owned it before, and who drove its end, passes a filter, too. */
TEST_SETUP(keys__each_process_of_a_record_is_there)
{
	struct stored s = { .conn.n_owners = 2 };

	buf_free(&keys);
	s.conn.e.sock.pid = 11;
	s.conn.e.actor_pid = 12;
	strcpy(s.conn.e.actor_comm, "actor");
	s.conn.owners[0].pid = 13;
	s.conn.owners[1].pid = 14;
	strcpy(s.conn.owners[1].comm, "abcdefghijklmno");
	assert_int_equal(keys_make(&keys, &s, 1, &span), 0);
	for (uint32_t pid = 11; pid <= 14; pid++) {
		ask_pid(pid);
		assert_true(may_have());
	}
	ask_comm("actor", 6);
	assert_true(may_have());
	ask_comm("abcdefghijklmno", SW_COMM_LEN);
	assert_true(may_have());
	ask_comm("nobody", 7);
	assert_false(may_have());
}

TEST_SETUP(keys__what_they_cannot_decide_passes)
{
	static const union sw_addr elsewhere = { .b = { 0x20, 1, 7 } };

	ask_comm("zz", 2); /* the beginning of a name */
	assert_true(may_have());
	ask_addr(&filter->any_addr, SW_F_ADDR, &elsewhere);
	assert_false(may_have());
	filter->any_addr.cidr[0].mask.b[15] = 0xfe;
	assert_true(may_have());
	memset(&filter->any_port, 0xff, sizeof(filter->any_port));
	filter->on = SW_F_PORT;
	assert_true(may_have());
	filter->on = SW_F_UID | SW_F_STATE | SW_F_NETNS;
	assert_true(may_have());
}

TEST_SETUP(keys__different_questions_are_all_to_be_met)
{
	ask_comm("nobody", 7);
	ask_port(&filter->any_port, SW_F_PORT, records[0].conn.e.sock.tuple.local_port);
	assert_true(may_have());
	filter->on |= SW_F_COMM;
	assert_false(may_have());
}

TEST_SETUP(keys__damage_is_seen)
{
	const struct keys_span other = { 1, 3, N };

	assert_true(keys_are_good(keys.data, keys.len, &span));
	assert_false(keys_are_good(keys.data, keys.len, &other));
	assert_false(keys_are_good(keys.data, keys.len - 1, &span));
	assert_false(keys_are_good(keys.data, 0, &span));
	keys.data[keys.len / 2] ^= 4;
	assert_false(keys_are_good(keys.data, keys.len, &span));
}

TEST_SETUP(keys__take_few_bytes)
{
	assert_in_range(keys.len, 1, 4 * N);
}
