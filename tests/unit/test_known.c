// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "core/known.h"

TEST(known__is_what_was_seen_before)
{
	struct known k;

	known_init(&k, 1, 100);
	assert_int_equal(known_see(&k, 7, 100), 0);
	assert_int_equal(known_see(&k, 7, 101), 1);
	assert_int_equal(known_see(&k, 0, 101), 0);
	assert_int_equal(known_see(&k, 0, 99), 1);
	assert_int_equal(k.n, 2);
	known_free(&k);
}

TEST(known__comes_back_from_its_bytes)
{
	struct known k, other;
	struct buf b = { 0 };

	known_init(&k, 5, 100);
	known_init(&other, 6, 200);
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(known_see(&k, i * i, 100 + i), 0);
	assert_true(k.grown && k.changed);
	known_save(&k, &b);
	assert_false(k.grown || k.changed);
	assert_int_equal(known_load(&other, b.data, b.len), 0);
	assert_int_equal(other.salt, 5);
	assert_int_equal(other.begun_ns, 100);
	assert_int_equal(other.n, 1000);
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(known_see(&other, i * i, 2000), 1);
	assert_false(other.grown);
	buf_free(&b);
	known_free(&k);
	known_free(&other);
}

TEST(known__other_bytes_are_refused_and_change_nothing)
{
	struct known k;
	struct buf b = { 0 };

	known_init(&k, 5, 100);
	known_see(&k, 1, 100);
	known_save(&k, &b);
	for (size_t len = 0; len < b.len; len++)
		assert_int_equal(known_load(&k, b.data, len), -EINVAL);
	for (size_t i = 24; i < 32; i++) { /* how many there are */
		b.data[i] = (char)(b.data[i] ^ 0x40);
		assert_int_equal(known_load(&k, b.data, b.len), -EINVAL);
		b.data[i] = (char)(b.data[i] ^ 0x40);
	}
	b.data[0] = 'x';
	assert_int_equal(known_load(&k, b.data, b.len), -EINVAL);
	assert_int_equal(known_see(&k, 1, 101), 1);
	buf_free(&b);
	known_free(&k);
}

TEST(known__what_was_not_seen_for_long_is_forgotten)
{
	struct known k;

	known_init(&k, 5, 100);
	known_see(&k, 1, 100);
	known_see(&k, 2, 200);
	known_see(&k, 3, 300);
	known_see(&k, 1, 400);
	assert_int_equal(known_expire(&k, 300), 0);
	assert_int_equal(k.n, 2);
	assert_int_equal(known_see(&k, 1, 500), 1);
	assert_int_equal(known_see(&k, 3, 500), 1);
	assert_int_equal(known_see(&k, 2, 500), 0);
	known_free(&k);
}

TEST(known__of_more_than_there_is_room_for_the_oldest_go)
{
	struct known k;

	known_init(&k, 5, 1);
	for (uint64_t i = 0; i <= KNOWN_MAX; i++)
		assert_int_equal(known_see(&k, i, 1000 - (i < 10) * 500 + i), 0);
	assert_int_equal(k.n, KNOWN_MAX - KNOWN_MAX / 8 + 1);
	assert_int_equal(known_see(&k, KNOWN_MAX, 200000), 1);
	assert_int_equal(known_see(&k, KNOWN_MAX - 1, 200000), 1);
	assert_int_equal(known_see(&k, 3, 200000), 0);
	known_free(&k);
}
