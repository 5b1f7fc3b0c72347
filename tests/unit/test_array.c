// SPDX-License-Identifier: GPL-2.0-only
/* The growing array. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

struct point {
	char name; /* and bytes between the two */
	uint64_t at;
};

TEST(array_add__elements_stay_in_their_order)
{
	struct point *points = NULL, p = { .name = 'a' };
	size_t n = 0, cap = 0;

	for (p.at = 0; p.at < 1000; p.at++) {
		assert_int_equal(ARRAY_ADD(points, n, cap, &p), 0);
		assert_true(n <= cap);
	}
	assert_int_equal(n, 1000);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(points[i].at, i);
	free(points);
}

TEST(array_add__room_doubles)
{
	uint32_t *numbers = NULL, number = 7, moves = 0;
	size_t n = 0, cap = 0;

	for (size_t before = 0; n < 100000; before = cap) {
		assert_int_equal(ARRAY_ADD(numbers, n, cap, &number), 0);
		moves += cap != before;
		assert_true(cap == before || !before || cap == before * 2);
	}
	assert_true(moves < 20);
	free(numbers);
}

TEST(array_add__number_of_elements_may_be_of_any_width)
{
	uint64_t *numbers = NULL, number = 7;
	uint32_t n = 0;
	size_t cap = 0;

	assert_int_equal(ARRAY_ADD(numbers, n, cap, &number), 0);
	assert_int_equal(n, 1);
	assert_int_equal(numbers[0], 7);
	free(numbers);
}

TEST(array_add__copies_what_is_between_the_members_too)
{
	struct point *points = NULL, p;
	size_t n = 0, cap = 0;

	memset(&p, 0xa5, sizeof(p));
	assert_int_equal(ARRAY_ADD(points, n, cap, &p), 0);
	assert_memory_equal(points, &p, sizeof(p));
	free(points);
}

TEST(array_reserve__makes_room_and_no_element)
{
	struct point *points = NULL;
	size_t n = 0, cap = 0;

	assert_int_equal(ARRAY_RESERVE(points, n, cap), 0);
	assert_non_null(points);
	assert_int_equal(n, 0);
	assert_true(cap > 0);
	free(points);
}

TEST(array_reserve__room_that_is_there_is_enough)
{
	uint32_t room[2], *numbers = room;
	size_t cap = 2;

	assert_int_equal(ARRAY_RESERVE(numbers, 1, cap), 0);
	assert_ptr_equal(numbers, room);
	assert_int_equal(cap, 2);
}

/* More than there can be; nothing of it is touched. */
TEST(array_add__without_memory_all_is_as_it_was)
{
	static struct point few[1], p;
	struct point *points = few;
	size_t n = SIZE_MAX / 4, cap = SIZE_MAX / 4;

	assert_int_equal(ARRAY_ADD(points, n, cap, &p), -ENOMEM);
	assert_ptr_equal(points, few);
	assert_int_equal(n, SIZE_MAX / 4);
	assert_int_equal(cap, SIZE_MAX / 4);
}
