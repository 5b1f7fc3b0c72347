// SPDX-License-Identifier: GPL-2.0-only
#include "proc/ns_pids.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lru.h"
#include "proc/dir.h"
#include "proc/process.h"

#define SLOTS 1024
#define FRESH_NS 1000000000u /* then another may have the PID, where its start is not known */
#define STATUS_MAX 2048	     /* NSpid is well within it */

struct slot {
	uint64_t read_ns;
	uint32_t ns_pid;
};

struct ns_pids {
	int proc_fd; /* borrowed */
	struct lru *lru;
	struct slot slots[SLOTS];
};

struct ns_pids *ns_pids_new(int proc_fd)
{
	struct ns_pids *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->proc_fd = proc_fd;
	n->lru = lru_new(SLOTS);
	if (n->lru)
		return n;
	free(n);
	return NULL;
}

/* "NSpid:", then its number in the namespace of this /proc, and in each below; proc_pid_status(5).
 */
static uint32_t read_status(int process_fd)
{
	char text[STATUS_MAX + 1];
	const char *line, *end, *last;

	file_read(process_fd, "status", text, sizeof(text));
	line = strstr(text, "\nNSpid:\t"); /* a name cannot forge it: its newlines are escaped */
	end = line ? strchr(line + 1, '\n') : NULL;
	if (!end)
		return 0;
	line += strlen("\nNSpid:");
	last = memrchr(line, '\t', (size_t)(end - line));
	return last == line ? 0 : (uint32_t)strtoul(last + 1, NULL, 10);
}

static uint32_t read_ns_pid(const struct ns_pids *n, uint32_t pid, uint64_t start_ns)
{
	int fd = process_dir_open(n->proc_fd, pid);
	uint32_t ns_pid;

	if (fd < 0)
		return 0;
	ns_pid = read_status(fd);
	if (ns_pid && start_ns && !process_same_start(process_start(fd), start_ns))
		ns_pid = 0;
	close(fd);
	return ns_pid;
}

uint32_t ns_pids_get(struct ns_pids *n, uint32_t pid, uint64_t start_ns, uint64_t now_ns)
{
	uint64_t key = pid ^ start_ns << 22; /* a PID has no more bits */
	uint32_t at = lru_find(n->lru, key);
	bool known = at != LRU_NONE;

	if (!pid) /* not visible in our PID namespace */
		return 0;
	if (!known)
		at = lru_add(n->lru, key);
	lru_touch(n->lru, at);
	if (!known || (!start_ns && now_ns >= n->slots[at].read_ns + FRESH_NS))
		n->slots[at] = (struct slot){ now_ns, read_ns_pid(n, pid, start_ns) };
	return n->slots[at].ns_pid;
}

void ns_pids_free(struct ns_pids *n)
{
	if (!n)
		return;
	lru_free(n->lru);
	free(n);
}
