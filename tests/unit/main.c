// SPDX-License-Identifier: GPL-2.0-only
/* The program around the tests of a file. */
#include "unit.h"

#include <stdlib.h>
#include <time.h>

static struct unit_test *first;

/* Constructors come in no order that a compiler promises; the lines of the file have one. */
void unit_test_add(struct unit_test *test)
{
	struct unit_test **at = &first;

	while (*at && (*at)->line < test->line)
		at = &(*at)->next;
	test->next = *at;
	*at = test;
}

int main(void)
{
	struct CMUnitTest *tests = NULL;
	size_t n = 0;
	int failed;

	setenv("TZ", "UTC", 1); /* until a test says otherwise */
	tzset();
	for (const struct unit_test *t = first; t; t = t->next)
		n++;
	tests = calloc(n + 1, sizeof(*tests));
	if (!tests)
		return EXIT_FAILURE;
	n = 0;
	for (const struct unit_test *t = first; t; t = t->next)
		tests[n++] = t->test;
	failed = _cmocka_run_group_tests("tests", tests, n, NULL, NULL);
	free(tests);
	return failed;
}
