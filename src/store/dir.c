// SPDX-License-Identifier: GPL-2.0-only
#include "store/dir.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"

#define LIVE ".live"
#define SEALED ".sealed"

/* Digits up to `end`, which is passed over. */
static bool take_number(const char **at, char end, uint64_t *ret)
{
	char *behind;

	if (**at < '0' || **at > '9')
		return false;
	errno = 0;
	*ret = strtoull(*at, &behind, 10);
	if (errno || *behind != end)
		return false;
	*at = behind + 1;
	return true;
}

bool store_name_parse(const char *name, struct store_file *ret)
{
	struct store_file f = { .sealed = strchr(name, '.') && !strcmp(strchr(name, '.'), SEALED) };
	char again[STORE_NAME_MAX];
	const char *at = name;

	if (!take_number(&at, '-', &f.number) ||
	    !take_number(&at, f.sealed ? '-' : '.', &f.begun_ns) ||
	    (f.sealed && !take_number(&at, '.', &f.last_ns)))
		return false;
	store_name_format(&f, again);
	if (strcmp(again, name) != 0)
		return false;
	*ret = f;
	return true;
}

void store_name_format(const struct store_file *f, char name[static STORE_NAME_MAX])
{
	if (f->sealed)
		snprintf(name, STORE_NAME_MAX, "%08" PRIu64 "-%" PRIu64 "-%" PRIu64 SEALED,
			 f->number, f->begun_ns, f->last_ns);
	else
		snprintf(name, STORE_NAME_MAX, "%08" PRIu64 "-%" PRIu64 LIVE, f->number,
			 f->begun_ns);
}

static uint64_t size_of(const char *path, const char *suffix)
{
	char name[PATH_MAX];
	struct stat st;

	if (snprintf(name, sizeof(name), "%s%s", path, suffix) >= (int)sizeof(name) ||
	    stat(name, &st))
		return 0;
	return (uint64_t)st.st_size;
}

uint64_t store_size(const char *path)
{
	return size_of(path, "") + size_of(path, "-wal") + size_of(path, "-shm") +
	       size_of(path, "-journal");
}

/* Owned; NULL without memory. */
static char *path_of(const char *dir, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

static int add(struct store_files *all, const char *dir, const char *name)
{
	struct store_file f;
	int err;

	if (!store_name_parse(name, &f))
		return 0;
	f.path = path_of(dir, name);
	if (!f.path)
		return -ENOMEM;
	f.size = store_size(f.path);
	err = ARRAY_ADD(all->files, all->n, all->cap, &f);
	if (err)
		free(f.path);
	return err;
}

/* By their numbers; of two with the same the sealed one first. */
static int compare(const void *a, const void *b)
{
	const struct store_file *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return (int)y->sealed - (int)x->sealed;
}

/* Sealing makes the new file before it removes the old one: it has the same records. */
static void keep_some(struct store_files *all, bool doubles)
{
	uint64_t last = 0;
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		bool is_double = i && last == all->files[i].number;

		last = all->files[i].number;
		if (is_double == doubles)
			all->files[n++] = all->files[i];
		else
			free(all->files[i].path);
	}
	all->n = n;
}

static int list(const char *dir, bool doubles, struct store_files *ret)
{
	struct store_files all = { 0 };
	struct dirent *entry;
	DIR *d = opendir(dir);
	int err = 0;

	if (!d)
		return -errno;
	for (errno = 0; !err && (entry = readdir(d)); errno = 0)
		err = add(&all, dir, entry->d_name);
	if (!err)
		err = -errno;
	closedir(d);
	if (err) {
		store_files_free(&all);
		return err;
	}
	if (all.n)
		qsort(all.files, all.n, sizeof(*all.files), compare);
	keep_some(&all, doubles);
	*ret = all;
	return 0;
}

int store_list(const char *dir, struct store_files *ret)
{
	return list(dir, false, ret);
}

int store_list_doubles(const char *dir, struct store_files *ret)
{
	return list(dir, true, ret);
}

void store_files_free(struct store_files *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->files[i].path);
	free(f->files);
	*f = (struct store_files){ 0 };
}
