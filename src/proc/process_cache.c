// SPDX-License-Identifier: GPL-2.0-only
#include "proc/process_cache.h"

#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "proc/process.h"

#define SLOTS 256
#define FRESH_NS 1000000000u

struct slot {
	uint32_t pid; /* 0: empty */
	char comm[SW_COMM_LEN];
	uint64_t read_ns;
	char *exe;     /* owned */
	char *cmdline; /* owned */
};

struct process_cache {
	int proc_fd; /* borrowed */
	struct slot slots[SLOTS];
};

struct process_cache *process_cache_new(int proc_fd)
{
	struct process_cache *c = calloc(1, sizeof(*c));

	if (c)
		c->proc_fd = proc_fd;
	return c;
}

static void slot_clear(struct slot *s)
{
	free(s->exe);
	free(s->cmdline);
	*s = (struct slot){ 0 };
}

static void slot_fill(struct process_cache *c, struct slot *s, uint32_t pid, const char *comm,
		      uint64_t now_ns)
{
	char *exe, *cmdline;

	if (process_read(c->proc_fd, pid, &exe, &cmdline))
		return;
	if (!exe) {
		free(cmdline);
		s->read_ns = now_ns; /* ended: what was known before stays */
		return;
	}
	slot_clear(s);
	s->pid = pid;
	memcpy(s->comm, comm, SW_COMM_LEN);
	s->read_ns = now_ns;
	s->exe = exe;
	s->cmdline = cmdline;
}

void process_cache_get(struct process_cache *c, uint32_t pid, const char *comm, uint64_t now_ns,
		       const char **ret_exe, const char **ret_cmdline)
{
	struct slot *s = &c->slots[pid % SLOTS];

	if (s->pid != pid || memcmp(s->comm, comm, SW_COMM_LEN)) {
		slot_clear(s);
		s->pid = pid;
		memcpy(s->comm, comm, SW_COMM_LEN);
		slot_fill(c, s, pid, comm, now_ns);
	} else if (now_ns - s->read_ns > FRESH_NS) {
		slot_fill(c, s, pid, comm, now_ns);
	}
	*ret_exe = s->exe;
	*ret_cmdline = s->cmdline;
}

void process_cache_free(struct process_cache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		slot_clear(&c->slots[i]);
	free(c);
}
