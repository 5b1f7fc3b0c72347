// SPDX-License-Identifier: GPL-2.0-only
#include "base/replaced.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE 0644
#define TAIL ".tmp"

int replaced_open(const char *path, struct replaced *ret)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	struct replaced r = { .dir = ".", .mode = MODE };

	if (strlen(path) >= sizeof(r.dir) || strlen(name) + sizeof(TAIL) > sizeof(r.temporary))
		return -ENAMETOOLONG;
	if (slash)
		snprintf(r.dir, sizeof(r.dir), "%.*s", (int)(slash == path ? 1 : slash - path),
			 path);
	r.dir_fd = open(r.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r.dir_fd < 0)
		return -errno;
	snprintf(r.name, sizeof(r.name), "%s", name);
	snprintf(r.temporary, sizeof(r.temporary), "%.*s" TAIL,
		 (int)(sizeof(r.temporary) - sizeof(TAIL)), name);
	*ret = r;
	return 0;
}

int replaced_check(const struct replaced *r)
{
	struct stat at;

	return !fstatat(r->dir_fd, r->name, &at, AT_SYMLINK_NOFOLLOW) && !S_ISREG(at.st_mode)
		       ? -EEXIST
		       : 0;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return fsync(fd) ? -errno : 0;
}

static int set_time(int fd, uint64_t ns)
{
	struct timespec times[2];

	times[0].tv_sec = (time_t)(ns / 1000000000);
	times[0].tv_nsec = (long)(ns % 1000000000);
	times[1] = times[0];
	return futimens(fd, times) ? -errno : 0;
}

int replaced_write(struct replaced *r, const void *data, size_t len)
{
	int fd, err;

	unlinkat(r->dir_fd, r->temporary, 0); /* of one that was killed, or somebody's link */
	fd = openat(r->dir_fd, r->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    r->mode);
	if (fd < 0)
		return -errno;
	err = fchmod(fd, r->mode) ? -errno : write_all(fd, data, len); /* whatever the umask */
	if (!err && r->time_ns)
		err = set_time(fd, r->time_ns);
	if (close(fd) && !err)
		err = -errno;
	if (!err && renameat(r->dir_fd, r->temporary, r->dir_fd, r->name))
		err = -errno;
	if (err)
		unlinkat(r->dir_fd, r->temporary, 0);
	return err;
}

int replaced_remove(struct replaced *r)
{
	return unlinkat(r->dir_fd, r->name, 0) && errno != ENOENT ? -errno : 0;
}

void replaced_close(struct replaced *r)
{
	if (r->dir_fd >= 0)
		close(r->dir_fd);
	r->dir_fd = -1;
}
