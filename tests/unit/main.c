// SPDX-License-Identifier: GPL-2.0-only
/* The program around the tests of a file. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct unit_test *first;
static const struct unit_test *current;
static bool ended;	    /* the current one came to its end */
static char case_name[200]; /* of the current one; "": it has none */

/* Constructors come in no order that a compiler promises; the lines of the file have one. */
void unit_test_add(struct unit_test *test)
{
	struct unit_test **at = &first;

	while (*at && (*at)->line < test->line)
		at = &(*at)->next;
	test->next = *at;
	*at = test;
}

void unit_case(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(case_name, sizeof(case_name), format, args);
	va_end(args);
}

static int before(void **state)
{
	current = *state;
	*state = NULL;
	case_name[0] = '\0';
	return current->setup ? current->setup(state) : 0;
}

static void run(void **state)
{
	ended = false;
	current->run(state);
	ended = true;
}

/* What fails is left by a jump. */
static int after(void **state)
{
	if (!ended && case_name[0])
		print_error("%s: its last case was %s\n", current->name, case_name);
	return current->teardown ? current->teardown(state) : 0;
}

int main(void)
{
	struct CMUnitTest *tests;
	size_t n = 0;
	int failed;

	setenv("TZ", "UTC", 1); /* until a test says otherwise */
	tzset();
	for (struct unit_test *t = first; t; t = t->next)
		n++;
	tests = calloc(n + 1, sizeof(*tests));
	if (!tests)
		return EXIT_FAILURE;
	n = 0;
	for (struct unit_test *t = first; t; t = t->next)
		tests[n++] = (struct CMUnitTest){ t->name, run, before, after, t };
	failed = _cmocka_run_group_tests("tests", tests, n, NULL, NULL);
	free(tests);
	return failed;
}
