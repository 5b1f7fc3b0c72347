// SPDX-License-Identifier: GPL-2.0-only
#include "proc/cgroup_root.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/mount.h, which does not go together with the older sys/mount.h */
#define CREATE_FS 6	/* FSCONFIG_CMD_CREATE */
#define CLOSE_ON_EXEC 1 /* FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC */

static int open_mounted(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *m;
	int fd = -ENOENT;

	if (!mounts)
		return -errno;
	while (fd < 0 && (m = getmntent(mounts))) {
		if (strcmp(m->mnt_type, "cgroup2"))
			continue;
		fd = open(m->mnt_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			fd = -errno;
	}
	endmntent(mounts);
	return fd;
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
