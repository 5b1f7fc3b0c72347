// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_LEN 256

int tree_make(struct tree *t)
{
	strcpy(t->path, "/tmp/sockwatch-unit-XXXXXX");
	if (!mkdtemp(t->path))
		return -1;
	t->fd = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return t->fd < 0 ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int remove_all(const char *path)
{
	return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int tree_remove(struct tree *t)
{
	close(t->fd);
	return remove_all(t->path);
}

static void make_parents(const struct tree *t, const char *name)
{
	char dir[NAME_LEN];

	snprintf(dir, sizeof(dir), "%s", name);
	for (char *slash = strchr(dir, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdirat(t->fd, dir, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
}

void tree_put_dir(const struct tree *t, const char *name)
{
	char dir[NAME_LEN];

	snprintf(dir, sizeof(dir), "%s/", name);
	make_parents(t, dir);
}

void tree_put_link(const struct tree *t, const char *name, const char *target)
{
	make_parents(t, name);
	assert_true(unlinkat(t->fd, name, 0) == 0 || errno == ENOENT);
	assert_int_equal(symlinkat(target, t->fd, name), 0);
}

void tree_put_bytes(const struct tree *t, const char *name, const char *data, size_t len)
{
	int fd;

	make_parents(t, name);
	fd = openat(t->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	close(fd);
}

void tree_put_text(const struct tree *t, const char *name, const char *text)
{
	tree_put_bytes(t, name, text, strlen(text));
}

void tree_drop(const struct tree *t, const char *name)
{
	char path[NAME_LEN + sizeof(t->path)];

	snprintf(path, sizeof(path), "%s/%s", t->path, name);
	assert_int_equal(remove_all(path), 0);
}
