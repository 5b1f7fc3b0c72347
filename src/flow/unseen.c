// SPDX-License-Identifier: GPL-2.0-only
#include "flow/unseen.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "event.h"
#include "flow/collect.h"
#include "proc/dir.h"
#include "proc/snapshot.h"

static char unseen[320]; /* "": all namespaces were seen */

static bool missed_tables;

bool collect_missed_tables(void)
{
	return missed_tables;
}

void unseen_begin(void)
{
	missed_tables = false;
}

const char *collect_unseen(void)
{
	return unseen[0] ? unseen : NULL;
}

/* A process may name itself as it likes: for a message, by what no line or list is made of. */
static void read_comm(int proc_fd, uint32_t pid, char *ret, size_t size)
{
	char path[32];

	snprintf(path, sizeof(path), "%" PRIu32 "/comm", pid);
	file_read(proc_fd, path, ret, size);
	ret[strcspn(ret, "\n")] = '\0';
	for (char *at = ret; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("-_.:@", *at))
			*at = '?';
}

void unseen_describe(int proc_fd, uint32_t n, uint32_t pid, const char *what)
{
	char comm[SW_COMM_LEN + 1] = "", more[32] = "";

	unseen[0] = '\0';
	if (!n)
		return;
	read_comm(proc_fd, pid, comm, sizeof(comm));
	if (n > 1)
		snprintf(more, sizeof(more), " and %" PRIu32 " more", n - 1);
	snprintf(unseen, sizeof(unseen), "process %" PRIu32 "/%s%s: %s", pid, comm, more, what);
}

/* Of a few that even root may not see who wants to know is told; of many, an ordinary user is. */
void unseen_note_gaps(const struct collect_opts *o, const struct proc_snapshot_gaps *gaps)
{
	unseen_describe(o->proc_fd, gaps->hidden_processes, gaps->hidden_pid,
			"its descriptors may not be read (this needs CAP_SYS_PTRACE and "
			"CAP_DAC_READ_SEARCH): it is missing among the owners of the first rows");
	if (gaps->hides_others)
		log_note("/proc hides the processes of others (hidepid; seeing them needs "
			 "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH): they are missing among the "
			 "owners of the first rows");
	else if (unseen[0] && geteuid())
		log_note("%s", unseen);
	else if (unseen[0])
		log_verbose("%s", unseen);
	if (gaps->missing_table)
		log_note("/proc has no %s: sockets of that kind are left out", gaps->missing_table);
	missed_tables = gaps->bad_tables != 0;
	if (gaps->bad_tables)
		log_note("%" PRIu32 " socket tables in /proc could not be read", gaps->bad_tables);
	if (gaps->bad_lines)
		log_note("%" PRIu32 " lines of /proc/net/tcp were not understood", gaps->bad_lines);
}
