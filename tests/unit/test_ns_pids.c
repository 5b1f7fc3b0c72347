// SPDX-License-Identifier: GPL-2.0-only
/* Numbers inside other PID namespaces, of a directory that looks like /proc. */
#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proc/ns_pids.h"

#define SEC (uint64_t)1000000000
#define NOW (100 * SEC)

struct fixture {
	struct tree tree;
	struct ns_pids *pids;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (!f || tree_make(&f->tree))
		return -1;
	f->pids = ns_pids_new(f->tree.fd);
	return f->pids ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	ns_pids_free(f->pids);
	tree_remove(&f->tree);
	free(f);
	return 0;
}

/* A process that started so many seconds after boot. */
static void put_process(const struct fixture *f, uint32_t pid, long start_s, const char *ns_pids)
{
	char name[64], text[256];

	snprintf(name, sizeof(name), "%u/status", pid);
	snprintf(text, sizeof(text), "Name:\tx\\nNSpid:\t1\t99\nPid:\t%u\nNSpid:\t%s\nUid:\t0\n",
		 pid, ns_pids);
	tree_put_text(&f->tree, name, text);
	snprintf(name, sizeof(name), "%u/stat", pid);
	snprintf(text, sizeof(text), "%u (x) S 1 1 1 0 -1 4194304 99 0 0 0 1 2 3 4 20 0 1 0 %ld 9",
		 pid, start_s * sysconf(_SC_CLK_TCK));
	tree_put_text(&f->tree, name, text);
}

TEST_SETUP(ns_pids__last_number_is_that_of_its_own_namespace)
{
	struct fixture *f = *state;

	put_process(f, 10, 5, "10");
	put_process(f, 11, 5, "11\t3");
	put_process(f, 12, 5, "12\t300\t1");
	assert_int_equal(ns_pids_get(f->pids, 10, 0, NOW), 0);
	assert_int_equal(ns_pids_get(f->pids, 11, 0, NOW), 3);
	assert_int_equal(ns_pids_get(f->pids, 12, 5 * SEC, NOW), 1);
	assert_int_equal(ns_pids_get(f->pids, 13, 0, NOW), 0);
	assert_int_equal(ns_pids_get(f->pids, 0, 0, NOW), 0);
}

TEST_SETUP(ns_pids__another_process_with_the_number_is_not_meant)
{
	struct fixture *f = *state;

	put_process(f, 11, 5, "11\t3");
	assert_int_equal(ns_pids_get(f->pids, 11, 7 * SEC, NOW), 0);
	assert_int_equal(ns_pids_get(f->pids, 11, 5 * SEC, NOW), 3);
	tree_drop(&f->tree, "11");
	assert_int_equal(ns_pids_get(f->pids, 11, 5 * SEC, NOW + 9 * SEC), 3); /* it has ended */
}

TEST_SETUP(ns_pids__without_a_start_it_is_looked_at_again)
{
	struct fixture *f = *state;

	put_process(f, 11, 5, "11\t3");
	assert_int_equal(ns_pids_get(f->pids, 11, 0, NOW), 3);
	put_process(f, 11, 9, "11\t4");
	assert_int_equal(ns_pids_get(f->pids, 11, 0, NOW + SEC - 1), 3);
	assert_int_equal(ns_pids_get(f->pids, 11, 0, NOW + SEC), 4);
}
