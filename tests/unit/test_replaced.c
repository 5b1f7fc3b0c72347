// SPDX-License-Identifier: GPL-2.0-only
/* A file that is written as a whole. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/replaced.h"

static char dir[64], path[128];
static struct replaced file;

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/sockwatch-replaced-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a.prom", dir);
	return replaced_open(path, &file);
}

static int teardown(void **state)
{
	char command[96];

	(void)state;
	replaced_close(&file);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void has(const char *want)
{
	char text[64] = "";
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	(void)!fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	assert_string_equal(text, want);
}

static void in_dir(char at[256], const char *name)
{
	snprintf(at, 256, "%s/%s", dir, name);
}

TEST_SETUP(replaced__as_a_whole_and_for_all_to_read)
{
	mode_t before = umask(077);
	struct stat st;

	assert_int_equal(replaced_write(&file, "long text", 9), 0);
	assert_int_equal(replaced_write(&file, "short", 5), 0);
	umask(before);
	has("short");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(replaced_remove(&file), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(replaced_remove(&file), 0);
}

/* Who holds it open goes on with what was there. */
TEST_SETUP(replaced__another_file_each_time)
{
	char text[8] = "";
	int fd;

	assert_int_equal(replaced_write(&file, "one", 3), 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(replaced_write(&file, "two", 3), 0);
	assert_int_equal(read(fd, text, sizeof(text)), 3);
	close(fd);
	assert_string_equal(text, "one");
	has("two");
}

/* What lies at the name that it writes first, or at its own, is no way to another file. */
TEST_SETUP(replaced__links_are_not_followed)
{
	char target[256], temporary[256];

	in_dir(target, "target");
	in_dir(temporary, "a.prom.tmp");
	assert_int_equal(symlink(target, temporary), 0);
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(replaced_write(&file, "x", 1), 0);
	assert_int_equal(access(target, F_OK), -1);
	assert_int_equal(access(temporary, F_OK), -1);
	has("x");
}

TEST_SETUP(replaced__what_was_there_stays_when_it_fails)
{
	char temporary[256];

	in_dir(temporary, "a.prom.tmp");
	assert_int_equal(replaced_write(&file, "old", 3), 0);
	assert_int_equal(mkdir(temporary, 0700), 0);
	assert_int_equal(replaced_write(&file, "new", 3), -EEXIST);
	has("old");
	assert_int_equal(rmdir(temporary), 0);
	assert_int_equal(replaced_write(&file, "new", 3), 0);
	has("new");
}

TEST_SETUP(replaced__directory_that_is_not_there)
{
	struct replaced r;
	char name[NAME_MAX + 1];

	assert_int_equal(replaced_open("/tmp/sockwatch-no-such/x", &r), -ENOENT);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(replaced_open(name, &r), -ENAMETOOLONG);
}
