// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include "base/hash.h"

TEST(hash__empty_table_has_no_key)
{
	struct hash h = { 0 };
	uint32_t value = 77;

	assert_false(hash_get(&h, 0, &value));
	assert_false(hash_get(&h, 5, &value));
	assert_int_equal(value, 77);
	hash_free(&h);
}

TEST(hash__key_is_found_with_its_value)
{
	struct hash h = { 0 };
	uint32_t value = 0;

	assert_int_equal(hash_put(&h, 12345, 6), 0);
	assert_true(hash_get(&h, 12345, &value));
	assert_int_equal(value, 6);
	hash_free(&h);
}

TEST(hash__any_key_and_any_value_may_be_stored)
{
	static const uint64_t keys[] = { 0, 1, UINT32_MAX, 1ull << 32, 1ull << 63, UINT64_MAX };
	struct hash h = { 0 };
	uint32_t value = 0;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		assert_int_equal(hash_put(&h, keys[i], UINT32_MAX - (uint32_t)i), 0);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		assert_true(hash_get(&h, keys[i], &value));
		assert_int_equal(value, UINT32_MAX - (uint32_t)i);
	}
	assert_int_equal(h.used, sizeof(keys) / sizeof(*keys));
	hash_free(&h);
}

TEST(hash__second_put_replaces_the_value)
{
	struct hash h = { 0 };
	uint32_t value = 0;

	assert_int_equal(hash_put(&h, 9, 1), 0);
	assert_int_equal(hash_put(&h, 9, 2), 0);
	assert_true(hash_get(&h, 9, &value));
	assert_int_equal(value, 2);
	assert_int_equal(h.used, 1);
	hash_free(&h);
}

TEST(hash__missing_key_leaves_the_result_untouched)
{
	struct hash h = { 0 };
	uint32_t value = 77;

	for (uint64_t key = 0; key < 40; key++)
		assert_int_equal(hash_put(&h, key * 2, 1), 0);
	for (uint64_t key = 0; key < 40; key++)
		assert_false(hash_get(&h, key * 2 + 1, &value));
	assert_int_equal(value, 77);
	hash_free(&h);
}

static void check_many(uint64_t step)
{
	struct hash h = { 0 };
	uint32_t value = 0;

	for (uint32_t i = 0; i < 100000; i++)
		assert_int_equal(hash_put(&h, i * step, i), 0);
	assert_int_equal(h.used, 100000);
	assert_true(h.used <= h.cap / 4 * 3);
	for (uint32_t i = 0; i < 100000; i++) {
		assert_true(hash_get(&h, i * step, &value));
		assert_int_equal(value, i);
	}
	assert_false(hash_get(&h, 100000 * step, &value));
	hash_free(&h);
}

TEST(hash__grows_and_keeps_every_key)
{
	check_many(1);
}

TEST(hash__keys_that_differ_only_in_high_bits_are_kept_apart)
{
	check_many(1ull << 32);
	check_many(1ull << 20);
}

TEST(hash__freed_table_is_empty_and_usable_again)
{
	struct hash h = { 0 };
	uint32_t value = 0;

	assert_int_equal(hash_put(&h, 3, 4), 0);
	hash_free(&h);
	assert_false(hash_get(&h, 3, &value));
	assert_int_equal(hash_put(&h, 3, 5), 0);
	assert_true(hash_get(&h, 3, &value));
	assert_int_equal(value, 5);
	hash_free(&h);
	hash_free(&h);
}
