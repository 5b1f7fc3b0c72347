// SPDX-License-Identifier: GPL-2.0-only
#include "proc/dir.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

int proc_open(void)
{
	int err, fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	err = -errno;
	log_error("cannot open /proc: %s", strerror(-err));
	return err;
}

int process_dir_open(int proc_fd, uint32_t pid)
{
	char name[16] = "self";
	int fd;

	if (pid != PROCESS_SELF)
		snprintf(name, sizeof(name), "%" PRIu32, pid);
	fd = openat(proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

uint32_t pid_of_name(const char *name)
{
	unsigned long pid;
	char *end;

	if (!isdigit((unsigned char)*name))
		return 0;
	pid = strtoul(name, &end, 10);
	return *end || pid > INT32_MAX ? 0 : (uint32_t)pid;
}

int dir_open(int at_fd, const char *path, DIR **ret)
{
	int err, fd = openat(at_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir;

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		err = -errno;
		close(fd);
		return err;
	}
	*ret = dir;
	return 0;
}

int link_read(int dir_fd, const char *name, const char *prefix, uint64_t *ret)
{
	size_t skip = strlen(prefix);
	char text[64], *end;
	uint64_t number;
	ssize_t n;

	n = readlinkat(dir_fd, name, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	if (strncmp(text, prefix, skip) || !isdigit((unsigned char)text[skip]))
		return -ENODATA;
	errno = 0;
	number = strtoull(text + skip, &end, 10);
	if (errno || strcmp(end, "]"))
		return -ENODATA;
	*ret = number;
	return 0;
}

size_t file_read(int dir_fd, const char *name, char *text, size_t size)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;

	if (fd >= 0) {
		n = read(fd, text, size - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}
