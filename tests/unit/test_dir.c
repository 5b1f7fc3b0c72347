// SPDX-License-Identifier: GPL-2.0-only
/* Links and files as /proc has them, in a directory of our own. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc/dir.h"

#define LINK "link"
#define FILE_NAME "file"

struct fixture {
	char path[40];
	int fd;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	strcpy(f->path, "/tmp/sockwatch-dir-XXXXXX");
	if (!mkdtemp(f->path))
		return -1;
	f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	unlinkat(f->fd, LINK, 0);
	unlinkat(f->fd, FILE_NAME, 0);
	close(f->fd);
	rmdir(f->path);
	free(f);
	return 0;
}

static int read_link_to(const struct fixture *f, const char *target, uint64_t *ret)
{
	int err;

	assert_int_equal(symlinkat(target, f->fd, LINK), 0);
	err = link_read(f->fd, LINK, "socket:[", ret);
	unlinkat(f->fd, LINK, 0);
	return err;
}

TEST_SETUP(dir__link_tells_its_number)
{
	static const char *const others[] = { "socket:[]",   "socket:[1",
					      "socket:[1]x", "socket:[-1]",
					      "socket:[ 1]", "socket:[18446744073709551616]",
					      "net:[1]",     "/dev/null",
					      "socket:" };
	const struct fixture *f = *state;
	uint64_t number = 7;

	for (size_t i = 0; i < COUNT(others); i++)
		assert_int_equal(read_link_to(f, others[i], &number), -ENODATA);
	assert_int_equal(link_read(f->fd, "none", "socket:[", &number), -ENOENT);
	assert_int_equal(number, 7);
	assert_int_equal(read_link_to(f, "socket:[18446744073709551615]", &number), 0);
	assert_true(number == UINT64_MAX);
}

TEST_SETUP(dir__process_has_a_number_for_a_name)
{
	assert_int_equal(pid_of_name("1"), 1);
	assert_int_equal(pid_of_name("4194304"), 4194304);
	assert_int_equal(pid_of_name("self"), 0);
	assert_int_equal(pid_of_name(".."), 0);
	assert_int_equal(pid_of_name(""), 0);
	assert_int_equal(pid_of_name("1x"), 0);
	assert_int_equal(pid_of_name("+1"), 0);
	assert_int_equal(pid_of_name("4294967297"), 0);
}

TEST_SETUP(dir__file_is_read_as_far_as_there_is_room)
{
	const struct fixture *f = *state;
	char text[5] = "xxxx";
	int fd = openat(f->fd, FILE_NAME, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(file_read(f->fd, FILE_NAME, text, sizeof(text)), 0);
	assert_string_equal(text, "");
	assert_int_equal(write(fd, "abcdef", 6), 6);
	close(fd);
	assert_int_equal(file_read(f->fd, FILE_NAME, text, sizeof(text)), 4);
	assert_string_equal(text, "abcd");
	assert_int_equal(file_read(f->fd, "none", text, sizeof(text)), 0);
	assert_string_equal(text, "");
}

TEST_SETUP(dir__that_is_not_there_is_left_alone)
{
	const struct fixture *f = *state;
	DIR *dir = NULL;

	assert_int_equal(dir_open(f->fd, "none", &dir), -ENOENT);
	assert_null(dir);
	assert_int_equal(process_dir_open(f->fd, 1), -ENOENT);
	assert_int_equal(dir_open(f->fd, ".", &dir), 0);
	closedir(dir);
}
