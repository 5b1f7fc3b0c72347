// SPDX-License-Identifier: GPL-2.0-only
#include "proc/membership.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "core/holders.h"
#include "core/row.h"
#include "filter.h"
#include "proc/cgroup_root.h"
#include "proc/dir.h"

#define TEXT_MAX 16384 /* of /proc/PID/cgroup */

struct asking {
	const struct sw_filter *filter; /* borrowed */
	int proc_fd;			/* borrowed */
	int root_fd;			/* of cgroup v2 */
};

const char *membership_unified(const char *text, size_t *ret_len)
{
	const char *line = !strncmp(text, "0::/", 4) ? text : strstr(text, "\n0::/");

	if (!line)
		return NULL;
	line = strchr(line, '/');
	*ret_len = strcspn(line, "\n");
	return line;
}

static char *path_of(const struct asking *a, uint32_t pid, char *text)
{
	int process = process_dir_open(a->proc_fd, pid);
	const char *unified;
	size_t len;
	char *path;

	if (process < 0)
		return NULL;
	file_read(process, "cgroup", text, TEXT_MAX);
	close(process);
	unified = membership_unified(text, &len);
	if (!unified)
		return NULL;
	path = text + (unified - text);
	path[len] = '\0';
	return path;
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

/* As of one that was asked for before, else by /proc. */
static bool is_in(struct asking *a, struct hash *known, uint32_t pid)
{
	uint32_t in;

	if (hash_get(known, pid, &in))
		return in;
	in = in_cgroups(a, pid);
	hash_put(known, pid, in); /* without memory it is asked for again */
	return in;
}

void membership_mark_rows(int proc_fd, const struct sw_filter *f, struct snapshot *s)
{
	struct asking a = { .filter = f, .proc_fd = proc_fd, .root_fd = cgroup_root_open() };
	struct hash known = { 0 };

	if (a.root_fd < 0)
		return;
	for (size_t i = 0; i < s->n_holders; i++)
		s->holders[i].in_cgroups = is_in(&a, &known, s->holders[i].pid);
	for (size_t i = 0; i < s->n_rows; i++)
		if (s->rows[i].n_holders)
			s->rows[i].sock.in_cgroups = s->holders[s->rows[i].first_holder].in_cgroups;
	hash_free(&known);
	close(a.root_fd);
}

void membership_mark(int proc_fd, const struct sw_filter *f, struct holders *holders)
{
	struct asking a = { .filter = f, .proc_fd = proc_fd, .root_fd = cgroup_root_open() };

	if (a.root_fd < 0)
		return;
	holders_mark(holders, in_cgroups, &a);
	close(a.root_fd);
}
