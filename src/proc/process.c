// SPDX-License-Identifier: GPL-2.0-only
#include "proc/process.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "proc/dir.h"

#define CMDLINE_MAX 4096
#define STAT_MAX 1024 /* the start time is well within it */
#define PARENT_FIELD 4
#define START_FIELD 22
#define INITIAL_PIDNS 0xEFFFFFFCu /* PROC_PID_INIT_INO */

/* The target of "exe" as a new string, NULL when there is none. 0 or -ENOMEM. */
static int read_exe(int fd, char **ret)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(fd, "exe", target, sizeof(target));

	*ret = NULL;
	if (n <= 0)
		return 0;
	*ret = strndup(target, (size_t)n);
	return *ret ? 0 : -ENOMEM;
}

/* "cmdline" separates the arguments with NULs; people want blanks. */
static int read_cmdline(int process_fd, char **ret)
{
	char text[CMDLINE_MAX + 1];
	size_t n = file_read(process_fd, "cmdline", text, sizeof(text));

	*ret = NULL;
	while (n > 0 && text[n - 1] == '\0')
		n--;
	if (!n)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	*ret = strndup(text, n);
	return *ret ? 0 : -ENOMEM;
}

static uint64_t tick_ns(void)
{
	long hz = sysconf(_SC_CLK_TCK);

	return 1000000000u / (uint64_t)(hz > 0 ? hz : 100);
}

/*
 * "4711 (any) name) S 1 ...": the name ends at the last bracket, fields are counted from there. 0
 * where there is no such field.
 */
static uint64_t read_stat(int process_fd, int wanted)
{
	char text[STAT_MAX + 1];
	char *at;

	file_read(process_fd, "stat", text, sizeof(text));
	at = strrchr(text, ')');
	for (int field = 2; at && field < wanted; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at + 1, NULL, 10) : 0;
}

uint64_t process_start(int process_fd)
{
	uint64_t ticks = read_stat(process_fd, START_FIELD);

	return ticks ? clock_boot_of_namespace(ticks * tick_ns()) : 0;
}

/* False: there is no such process, or it has no name. */
static bool read_comm(int proc_fd, uint32_t pid, char ret[SW_COMM_LEN])
{
	int fd = process_dir_open(proc_fd, pid);
	char text[SW_COMM_LEN + 1];
	size_t n;

	if (fd < 0)
		return false;
	n = file_read(fd, "comm", text, sizeof(text));
	close(fd);
	if (n && text[n - 1] == '\n')
		n--;
	n = n < SW_COMM_LEN ? n : SW_COMM_LEN - 1;
	memcpy(ret, text, n);
	ret[n] = '\0';
	return n;
}

/* A parent that is one before and after its name was read had that name. */
static void read_origin(int proc_fd, int process_fd, struct process_origin *ret)
{
	uint32_t login_uid;
	char text[16];

	*ret = (struct process_origin){ .ppid = (uint32_t)read_stat(process_fd, PARENT_FIELD) };
	if (!ret->ppid || !read_comm(proc_fd, ret->ppid, ret->parent_comm) ||
	    read_stat(process_fd, PARENT_FIELD) != ret->ppid)
		ret->parent_comm[0] = '\0';
	if (!file_read(process_fd, "loginuid", text, sizeof(text))) /* CONFIG_AUDIT */
		return;
	login_uid = (uint32_t)strtoul(text, NULL, 10);
	ret->has_login_uid = login_uid != SW_NO_LOGIN;
	ret->login_uid = ret->has_login_uid ? login_uid : 0;
}

bool process_same_start(uint64_t a_ns, uint64_t b_ns)
{
	return (a_ns > b_ns ? a_ns - b_ns : b_ns - a_ns) <= tick_ns();
}

int process_read(int proc_fd, uint32_t pid, struct process *ret)
{
	struct process p = { 0 };
	int err, fd = process_dir_open(proc_fd, pid);

	if (fd < 0) {
		*ret = p;
		return 0;
	}
	p.start_ns = process_start(fd);
	read_origin(proc_fd, fd, &p.origin);
	err = read_exe(fd, &p.exe);
	if (!err)
		err = read_cmdline(fd, &p.cmdline);
	close(fd);
	if (err) {
		process_free(&p);
		return -ENOMEM;
	}
	*ret = p;
	return 0;
}

/* "Uid:" and the real, effective, saved and file system's; proc_pid_status(5). */
bool process_user(int proc_fd, uint32_t pid, uint32_t *ret)
{
	int fd = process_dir_open(proc_fd, pid);
	char text[STAT_MAX + 1];
	const char *at;

	if (fd < 0)
		return false;
	file_read(fd, "status", text, sizeof(text));
	close(fd);
	at = strstr(text, "\nUid:\t"); /* a name cannot forge it: its newlines are escaped */
	at = at ? strchr(at + 6, '\t') : NULL;
	if (at)
		*ret = (uint32_t)strtoul(at + 1, NULL, 10);
	return at;
}

void process_free(struct process *p)
{
	free(p->exe);
	free(p->cmdline);
	*p = (struct process){ 0 };
}

uint32_t process_own_pidns(int proc_fd)
{
	struct stat st;

	if (fstatat(proc_fd, "self/ns/pid", &st, 0) || st.st_ino == INITIAL_PIDNS)
		return 0;
	return (uint32_t)st.st_ino;
}
