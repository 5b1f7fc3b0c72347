// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <stdlib.h>

#include "base/lru.h"

TEST(lru__slots_of_one_key_are_found_newest_first)
{
	struct lru *l = lru_new(4);
	uint32_t a = lru_add(l, 7), b = lru_add(l, 7), other = lru_add(l, 8);

	assert_int_equal(lru_find(l, 7), b);
	assert_int_equal(lru_next(l, b), a);
	assert_int_equal(lru_next(l, a), LRU_NONE);
	assert_int_equal(lru_find(l, 8), other);
	assert_int_equal(lru_find(l, 9), LRU_NONE);
	lru_free(l);
	lru_free(NULL);
}

/* Against the plainest model there is: the time of each slot's last use. */
TEST(lru__least_recently_used_goes_first)
{
	enum { SLOTS = 16, KEYS = 40 };
	struct lru *l = lru_new(SLOTS);
	uint64_t keys[SLOTS], used[SLOTS] = { 0 }, now = 0;
	unsigned int seed = 1;

	for (int i = 0; i < 100000; i++) {
		uint64_t key = (uint64_t)(rand_r(&seed) % KEYS);
		uint32_t at = lru_find(l, key), oldest = 0;

		now++;
		for (uint32_t k = 0; k < SLOTS; k++) {
			if (used[k] < used[oldest])
				oldest = k;
			if (used[k] && keys[k] == key)
				assert_int_equal(at, k);
		}
		if (at != LRU_NONE) {
			assert_true(used[at] && keys[at] == key);
			lru_touch(l, at);
		} else {
			at = lru_add(l, key);
			assert_int_equal(at, oldest);
			keys[at] = key;
		}
		used[at] = now;
	}
	lru_free(l);
}
