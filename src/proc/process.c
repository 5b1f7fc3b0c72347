// SPDX-License-Identifier: GPL-2.0-only
#include "proc/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CMDLINE_MAX 4096

/* The target of PID/exe as a new string; NULL, and 0, when there is none. */
static int read_exe(int proc_fd, uint32_t pid, char **ret)
{
	char path[32], target[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "%u/exe", pid);
	*ret = NULL;
	n = readlinkat(proc_fd, path, target, sizeof(target));
	if (n <= 0)
		return 0;
	*ret = strndup(target, (size_t)n);
	return *ret ? 0 : -ENOMEM;
}

/* PID/cmdline separates the arguments with NULs; people want blanks. */
static int read_cmdline(int proc_fd, uint32_t pid, char **ret)
{
	char path[32], text[CMDLINE_MAX];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%u/cmdline", pid);
	*ret = NULL;
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text));
	close(fd);
	while (n > 0 && text[n - 1] == '\0')
		n--;
	if (n <= 0)
		return 0;
	for (ssize_t i = 0; i < n; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	*ret = strndup(text, (size_t)n);
	return *ret ? 0 : -ENOMEM;
}

int process_read(int proc_fd, uint32_t pid, char **ret_exe, char **ret_cmdline)
{
	char *exe, *cmdline;

	if (read_exe(proc_fd, pid, &exe))
		return -ENOMEM;
	if (read_cmdline(proc_fd, pid, &cmdline)) {
		free(exe);
		return -ENOMEM;
	}
	*ret_exe = exe;
	*ret_cmdline = cmdline;
	return 0;
}

#define INITIAL_PIDNS 0xEFFFFFFCu /* PROC_PID_INIT_INO */

uint32_t process_own_pidns(int proc_fd)
{
	struct stat st;

	if (fstatat(proc_fd, "self/ns/pid", &st, 0) || st.st_ino == INITIAL_PIDNS)
		return 0;
	return (uint32_t)st.st_ino;
}
