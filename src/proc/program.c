// SPDX-License-Identifier: GPL-2.0-only
#include "proc/program.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static int find_in(const char *dir, size_t len, const char *name, char *ret, size_t size)
{
	int n = snprintf(ret, size, "%.*s/%s", (int)len, dir, name);

	if (n < 0 || (size_t)n >= size)
		return -ENAMETOOLONG;
	return access(ret, X_OK) ? -ENOENT : 0;
}

int program_find(const char *name, char *ret, size_t size)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self));
	const char *slash = len > 0 ? memrchr(self, '/', (size_t)len) : NULL;

	if (slash && !find_in(self, (size_t)(slash - self), name, ret, size))
		return 0;
	return find_in(LIBEXEC, strlen(LIBEXEC), name, ret, size);
}

/* The library without which the build leaves a program out. */
static const char *library_of(const char *name)
{
	static const struct {
		const char *program, *library;
	} all[] = { { "sockwatch-store", "libsqlite3" },
		    { "sockwatch-top", "ncursesw" },
		    { "sockwatch-export", "libmicrohttpd" },
		    { "sockwatch-fleet", "libcurl and libsqlite3" } };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!strcmp(all[i].program, name))
			return all[i].library;
	return "a library";
}

int program_need(const char *name, char *ret, size_t size)
{
	int err = program_find(name, ret, size);

	if (err)
		log_error("%s is not there: this sockwatch was built without it (it needs "
			  "%s), or it was not installed",
			  name, library_of(name));
	return err;
}

char **program_args(char *path, char *const argv[])
{
	size_t n = 0;
	char **args;

	while (argv[n])
		n++;
	args = calloc(n + 2, sizeof(*args)); /* there may be not even a first */
	if (!args) {
		log_error("out of memory");
		return NULL;
	}
	memcpy(args, argv, n * sizeof(*args));
	args[0] = path;
	return args;
}

int program_become(const char *name, char *const argv[])
{
	char path[PATH_MAX];
	int err = program_need(name, path, sizeof(path));
	char **args;

	if (err)
		return err;
	args = program_args(path, argv);
	if (!args)
		return -ENOMEM;
	execv(path, args);
	err = -errno;
	free(args);
	log_error("cannot start %s: %s", path, strerror(-err));
	return err;
}
