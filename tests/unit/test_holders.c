// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <errno.h>

#include "core/holders.h"
#include "core/row.h"

static void add(struct holders *h, uint64_t inode, uint32_t pid, int32_t fd)
{
	struct holder holder = { .pid = pid, .fd = fd, .comm = "x" };

	assert_int_equal(holders_add(h, inode, &holder), 0);
}

static bool is_even(void *arg, uint32_t pid)
{
	(void)arg;
	return pid % 2 == 0;
}

TEST(holders__row_has_all_of_its_inode_by_pid_and_the_first_owns_it)
{
	struct sw_row row = { .sock.inode = 11 };
	struct snapshot s = { 0 };
	struct holders h = { 0 };

	add(&h, 11, 902, 4);
	add(&h, 12, 1, 3);
	add(&h, 11, 901, 9);
	add(&h, 11, 901, 5);
	assert_int_equal(holders_attach(&h, &row, &s), 0);
	assert_int_equal(row.n_holders, 3);
	assert_int_equal(s.holders[row.first_holder].pid, 901);
	assert_int_equal(s.holders[row.first_holder].fd, 5);
	assert_int_equal(s.holders[row.first_holder + 2].pid, 902);
	assert_int_equal(row.sock.pid, 901);
	assert_int_equal(row.sock.owner_source, SW_OWNER_SNAPSHOT);
	assert_string_equal(row.sock.comm, "x");
	snapshot_free(&s);
	holders_free(&h);
}

TEST(holders__of_a_row_who_began_first_comes_first_as_pids_begin_anew)
{
	static const struct holder held[] = {
		{ .start_ns = 70, .pid = 301 },
		{ .pid = 5 }, /* not known */
		{ .start_ns = 60, .pid = 900 },
		{ .start_ns = 70, .pid = 300 }, /* at once */
	};
	static const uint32_t pids[] = { 900, 300, 301, 5 };
	struct sw_row row = { .sock.inode = 11 };
	struct snapshot s = { 0 };
	struct holders h = { 0 };

	for (size_t i = 0; i < 4; i++)
		assert_int_equal(holders_add(&h, 11, &held[i]), 0);
	assert_int_equal(holders_attach(&h, &row, &s), 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(s.holders[row.first_holder + i].pid, pids[i]);
	assert_int_equal(row.sock.pid, 900);
	snapshot_free(&s);
	holders_free(&h);
}

TEST(holders__row_that_nobody_holds_is_left_as_it_is)
{
	struct sw_row row = { .sock = { .inode = 12, .pid = 7, .owner_source = SW_OWNER_CONNECT } };
	struct snapshot s = { 0 };
	struct holders h = { 0 };

	add(&h, 11, 901, 3);
	assert_int_equal(holders_attach(&h, &row, &s), 0);
	assert_int_equal(row.n_holders, 0);
	assert_int_equal(row.sock.pid, 7);
	assert_int_equal(row.sock.owner_source, SW_OWNER_CONNECT);
	snapshot_free(&s);
	holders_free(&h);
}

TEST(holders__of_a_row_say_who_is_in_the_cgroups)
{
	struct sw_row odd = { .sock.inode = 11 }, mixed = { .sock.inode = 12 };
	struct snapshot s = { 0 };
	struct holders h = { 0 };

	add(&h, 11, 901, 3);
	add(&h, 12, 901, 4);
	add(&h, 12, 902, 4);
	holders_mark(&h, is_even, NULL);
	assert_int_equal(holders_attach(&h, &odd, &s), 0);
	assert_int_equal(holders_attach(&h, &mixed, &s), 0);
	assert_false(odd.sock.in_cgroups);
	assert_false(mixed.sock.in_cgroups); /* its owner is the first of them */
	assert_false(s.holders[mixed.first_holder].in_cgroups);
	assert_true(s.holders[mixed.first_holder + 1].in_cgroups);
	row_set_owner(&odd, &s.holders[mixed.first_holder + 1], SW_OWNER_SNAPSHOT);
	assert_true(odd.sock.in_cgroups);
	snapshot_free(&s);
	holders_free(&h);
}

static int note(void *arg, uint64_t inode, const struct holder *holder)
{
	uint64_t *sum = arg;

	assert_int_equal(holder->pid, inode);
	*sum += inode;
	return inode == 99 ? -ENOMEM : 0;
}

TEST(holders__each_socket_comes_once)
{
	struct holders h = { 0 };
	uint64_t sum = 0;

	assert_int_equal(holders_each(&h, note, &sum), 0);
	add(&h, 11, 11, 4);
	add(&h, 12, 12, 3);
	add(&h, 11, 11, 9);
	assert_int_equal(holders_each(&h, note, &sum), 0);
	assert_int_equal(sum, 23);
	add(&h, 99, 99, 1);
	assert_int_equal(holders_each(&h, note, &sum), -ENOMEM);
	holders_free(&h);
}
