// SPDX-License-Identifier: GPL-2.0-only
#include "proc/membership.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/holders.h"
#include "filter.h"
#include "proc/cgroup_root.h"
#include "proc/dir.h"

#define TEXT_MAX 16384 /* of /proc/PID/cgroup */

struct asking {
	const struct sw_filter *filter; /* borrowed */
	int proc_fd;			/* borrowed */
	int root_fd;			/* of cgroup v2 */
};

/* The line of v2, "0::/path", is one of several beside v1. NULL when there is none. */
static char *unified_path(char *text)
{
	char *line = !strncmp(text, "0::/", 4) ? text : strstr(text, "\n0::/");

	if (!line)
		return NULL;
	line = strchr(line, '/');
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static char *path_of(const struct asking *a, uint32_t pid, char *text)
{
	int process = process_dir_open(a->proc_fd, pid);

	if (process < 0)
		return NULL;
	file_read(process, "cgroup", text, TEXT_MAX);
	close(process);
	return unified_path(text);
}

/*
 * Looks from the cgroup of the process up to the root. A cgroup that was removed has no directory,
 * but those above it may.
 */
static bool in_cgroups(void *arg, uint32_t pid)
{
	const struct asking *a = arg;
	char text[TEXT_MAX], *path = path_of(a, pid, text), *slash;
	struct stat st;

	while (path) {
		if (!fstatat(a->root_fd, path[1] ? path + 1 : ".", &st, 0) &&
		    sw_u64_in(a->filter->cgroups, a->filter->n_cgroups, st.st_ino))
			return true;
		if (!path[1])
			return false;
		slash = strrchr(path, '/');
		slash[slash == path] = '\0'; /* "/a": "/" is what is left */
	}
	return false;
}

void membership_mark(int proc_fd, const struct sw_filter *f, struct holders *holders)
{
	struct asking a = { .filter = f, .proc_fd = proc_fd, .root_fd = cgroup_root_open() };

	if (a.root_fd < 0)
		return;
	holders_mark(holders, in_cgroups, &a);
	close(a.root_fd);
}
