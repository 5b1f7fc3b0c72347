// SPDX-License-Identifier: GPL-2.0-only
#include "store/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

bool files_path(char path[static PATH_MAX], const char *dir, const char *name)
{
	return snprintf(path, PATH_MAX, "%s/%s", dir, name) < PATH_MAX;
}

/* Who is not root may not give it to a group that is not theirs: then it is as it is. */
static int set_rights(int fd, const char *dir)
{
	struct stat st;

	if (stat(dir, &st) || fchmod(fd, 0640))
		return -errno;
	return fchown(fd, (uid_t)-1, st.st_gid) && errno != EPERM ? -errno : 0;
}

int files_make(const char *path, const char *dir)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	int err;

	if (fd < 0)
		return -errno;
	err = set_rights(fd, dir);
	if (!err)
		return fd;
	close(fd);
	unlink(path);
	return err;
}

static int sync_with(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd))
		err = -errno;
	close(fd);
	return err;
}

int files_sync(const char *path)
{
	return sync_with(path, O_RDONLY);
}

int files_sync_dir(const char *dir)
{
	return sync_with(dir, O_RDONLY | O_DIRECTORY);
}

int files_remove(const char *path)
{
	static const char *const beside[] = { "-wal", "-shm", "-journal" };
	char name[PATH_MAX];

	if (unlink(path) && errno != ENOENT)
		return -errno;
	for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++)
		if (snprintf(name, sizeof(name), "%s%s", path, beside[i]) < (int)sizeof(name))
			unlink(name);
	return 0;
}
