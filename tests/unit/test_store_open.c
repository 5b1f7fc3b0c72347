// SPDX-License-Identifier: GPL-2.0-only
/* A live segment beside which a reader who is root was first. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/segment_file.h"
#include "tree.h"

#define NOBODY 65534

static struct tree tree;
static char path[80], shm[96];
static int waits;

/* Instead of the C library's: who waits finds that the file has been given to it meanwhile. */
int nanosleep(const struct timespec *time, struct timespec *left)
{
	(void)time;
	(void)left;
	if (++waits == 2) {
		assert_int_equal(seteuid(0), 0);
		assert_int_equal(chown(shm, NOBODY, NOBODY), 0);
		assert_int_equal(seteuid(NOBODY), 0);
	}
	return 0;
}

static int setup(void **state)
{
	struct segment_facts facts = { .begun_ns = 1 };

	(void)state;
	waits = 0;
	if (tree_make(&tree))
		return -1;
	snprintf(path, sizeof(path), "%s/1-1.live", tree.path);
	snprintf(shm, sizeof(shm), "%s-shm", path);
	return segment_file_make(tree.path, path, &facts);
}

static int teardown(void **state)
{
	(void)state;
	return tree_remove(&tree);
}

/* As if SQLite had made it for root, and not given it away so far. */
static void make_roots(void)
{
	int fd = open(shm, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(close(fd), 0);
	assert_int_equal(chown(tree.path, NOBODY, NOBODY), 0);
	assert_int_equal(chown(path, NOBODY, NOBODY), 0);
}

TEST_SETUP(store_open__waits_for_what_root_is_about_to_give_away)
{
	struct segment_file *f = NULL;
	uint32_t next;
	int err;

	if (geteuid())
		skip();
	make_roots();
	assert_int_equal(seteuid(NOBODY), 0);
	err = segment_file_open(path, 1000, &f, &next);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(err, 0);
	assert_int_equal(waits, 2);
	segment_file_close(f);
}
