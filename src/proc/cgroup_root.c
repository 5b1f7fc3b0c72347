// SPDX-License-Identifier: GPL-2.0-only
#include "proc/cgroup_root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/* linux/mount.h, which does not go together with the older sys/mount.h */
#define CREATE_FS 6	/* FSCONFIG_CMD_CREATE */
#define CLOSE_ON_EXEC 1 /* FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC */
#define ROOT_OF_ALL 1	/* its id, as kernfs numbers */

/* -ENOENT when another file system is there, as where something is mounted over the cgroups. */
static int open_cgroup(int at_fd, const char *path, int flags)
{
	int fd = openat(at_fd, path, flags | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0)
		return -errno;
	if (!fstatfs(fd, &fs) && fs.f_type == CGROUP2_SUPER_MAGIC)
		return fd;
	close(fd);
	return -ENOENT;
}

bool cgroup_root_is_of_all(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && st.st_ino == ROOT_OF_ALL;
}

/* The first, or a later one that has all: a container may have the host's beside its own. */
static int open_mounted(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *m;
	int best = -ENOENT;

	if (!mounts)
		return -errno;
	while ((best < 0 || !cgroup_root_is_of_all(best)) && (m = getmntent(mounts))) {
		int fd = strcmp(m->mnt_type, "cgroup2")
				 ? -ENOENT
				 : open_cgroup(AT_FDCWD, m->mnt_dir, O_RDONLY);

		if (fd < 0 || (best >= 0 && !cgroup_root_is_of_all(fd))) {
			if (fd >= 0)
				close(fd);
			continue;
		}
		if (best >= 0)
			close(best);
		best = fd;
	}
	endmntent(mounts);
	return best;
}

static int open_own(void)
{
	int mount, fs = (int)syscall(SYS_fsopen, "cgroup2", CLOSE_ON_EXEC);

	if (fs < 0)
		return -errno;
	mount = syscall(SYS_fsconfig, fs, CREATE_FS, NULL, NULL, 0)
			? -1
			: (int)syscall(SYS_fsmount, fs, CLOSE_ON_EXEC, 0);
	if (mount < 0)
		mount = -errno;
	close(fs);
	return mount;
}

int cgroup_root_open(void)
{
	int fd = open_mounted();

	return fd < 0 ? open_own() : fd;
}

static int open_below_root(const char *path)
{
	int fd, root = cgroup_root_open();

	if (root < 0)
		return root;
	path += strspn(path, "/");
	fd = open_cgroup(root, *path ? path : ".", O_PATH);
	close(root);
	return fd;
}

int cgroup_find(const char *path, uint64_t *ret_id)
{
	int fd = open_below_root(path);
	struct stat st;
	bool is_found;

	if (fd < 0 && *path == '/')
		fd = open_cgroup(AT_FDCWD, path, O_PATH);
	if (fd < 0)
		return -ENOENT;
	is_found = !fstat(fd, &st); /* kernfs has the id for the inode */
	close(fd);
	if (!is_found)
		return -ENOENT;
	*ret_id = st.st_ino;
	return 0;
}
