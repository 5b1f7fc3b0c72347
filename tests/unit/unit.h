/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A unit test:
 *
 *	TEST(merge__row_told_once)
 *	{
 *		assert_int_equal(...);
 *	}
 *
 * That is all: each file is a program, and main.c runs what its file defines, in the file's order.
 * What several files share is in others that do not begin with test_: they are one library, so
 * their names differ. cmocka.h needs the C headers that are in front of it here.
 */
#ifndef SOCKWATCH_UNIT_H
#define SOCKWATCH_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Says which of its cases a test is at, for when that one fails. */
void unit_case(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct unit_test {
	const char *name;
	int line; /* of the file */
	CMUnitTestFunction run;
	CMFixtureFunction setup, teardown; /* NULL: nothing */
	struct unit_test *next;
};

/* Before main(). The test is not copied. */
void unit_test_add(struct unit_test *test);

/* A test, and what cmocka calls before and after it (NULL: nothing). */
#define TEST_WITH(name_, setup_, teardown_)                              \
	static void name_(void **state);                                 \
	__attribute__((constructor)) static void name_##_add(void)       \
	{                                                                \
		static struct unit_test test = {                         \
			#name_, __LINE__, name_, setup_, teardown_, NULL \
		};                                                       \
                                                                         \
		unit_test_add(&test);                                    \
	}                                                                \
	static void name_(__attribute__((unused)) void **state)

#define TEST(name) TEST_WITH(name, NULL, NULL)

/* A test between the setup() and the teardown() of its file. */
#define TEST_SETUP(name) TEST_WITH(name, setup, teardown)

#endif
