// SPDX-License-Identifier: GPL-2.0-only
#include "words/export_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/own_user.h"
#include "metrics/expose.h"
#include "metrics/meter.h"

static int fail(const struct export_file *f, int err)
{
	log_error("--metrics %s: %s", f->path, strerror(-err));
	return err;
}

/* Its user alone counts: groups are given up. */
static bool may_write(const struct stat *dir, const struct own_user *user)
{
	if (dir->st_uid == user->uid)
		return dir->st_mode & S_IWUSR;
	return dir->st_mode & (dir->st_gid == user->gid ? S_IWGRP : S_IWOTH);
}

static int need_rights(const struct export_file *f, const struct stat *dir,
		       struct privilege_opts *rights)
{
	struct own_user user = own_user_find("/etc/passwd", "/etc/group");

	if (geteuid() != 0) {
		if (!faccessat(f->file.dir_fd, ".", W_OK | X_OK, AT_EACCESS))
			return 0;
		log_error("--metrics %s: user %u may not write to that directory: give it to that "
			  "user, or name another",
			  f->path, geteuid());
		return -EACCES;
	}
	rights->root = f->file.dir;
	if (may_write(dir, &user))
		return 0;
	rights->keep = 1ull << CAP_DAC_OVERRIDE;
	rights->keep_for = "to write in that one directory, which is its root";
	return 0;
}

int export_file_open(struct export_file *f, const char *path, struct privilege_opts *rights)
{
	struct stat dir;
	const char *dot = strrchr(path, '.');
	int err;

	f->path = path;
	err = replaced_open(path, &f->file);
	if (err)
		return fail(f, err);
	if (fstat(f->file.dir_fd, &dir))
		return fail(f, -errno);
	if (replaced_check(&f->file)) {
		log_error("--metrics %s: it is there, and no file", path);
		return -EEXIST;
	}
	if (!dot || strcmp(dot, ".prom"))
		log_note("--metrics %s: node_exporter reads files whose names end with .prom",
			 path);
	return need_rights(f, &dir, rights);
}

int export_file_page(void *arg, struct meter *m)
{
	struct export_file *f = arg;
	struct buf b = { 0 };
	int err;

	expose(&b, m, EXPOSE_PROMETHEUS);
	err = buf_failed(&b) ? -ENOMEM : replaced_write(&f->file, b.data, b.len);
	buf_free(&b);
	m->given += !err;
	m->not_given += err != 0;
	if (err && !f->failed)
		log_error("--metrics %s: %s: it is as it was, and is tried again", f->path,
			  strerror(-err));
	else if (!err && f->failed)
		log_note("--metrics %s: it is written again", f->path);
	f->failed = err;
	return 0;
}

void export_file_closed(void *arg)
{
	struct export_file *f = arg;

	replaced_remove(&f->file);
	replaced_close(&f->file);
}
