// SPDX-License-Identifier: GPL-2.0-only
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/log.h"

static void tell_holder(int fd, const char *dir)
{
	char text[16] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	long pid = n > 0 ? strtol(text, NULL, 10) : 0;

	if (pid > 0)
		log_error("process %ld records into %s already: stop it, or take another --dir",
			  pid, dir);
	else
		log_error("another process records into %s already: stop it, or take another --dir",
			  dir);
}

static int take(int fd)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d\n", (int)getpid());

	if (flock(fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	/* without its number it is locked all the same: the disk may be full */
	if (ftruncate(fd, 0) || pwrite(fd, text, (size_t)len, 0) != len)
		log_verbose("cannot write our PID to the lock: %s", strerror(errno));
	return 0;
}

int store_lock(const char *dir)
{
	char path[PATH_MAX];
	int fd, err;

	if (snprintf(path, sizeof(path), "%s/" STORE_LOCK, dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	err = fd < 0 ? -errno : take(fd);
	if (!err)
		return fd;
	if (err == -EBUSY)
		tell_holder(fd, dir);
	else
		log_error("cannot lock %s: %s", path, strerror(-err));
	if (fd >= 0)
		close(fd);
	return err;
}
