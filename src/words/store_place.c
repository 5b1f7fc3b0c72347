// SPDX-License-Identifier: GPL-2.0-only
#include "words/store_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own_user.h"
#include "store/dir.h"
#include "words/store_notable.h"

struct place {
	const char *dir; /* borrowed */
	struct own_user user;
	bool may_give; /* we are root, and become that user */
};

static struct place place_of(const char *dir)
{
	struct place p = { .dir = dir,
			   .user = own_user_find("/etc/passwd", "/etc/group"),
			   .may_give = geteuid() == 0 };

	if (!p.may_give)
		p.user = (struct own_user){ .uid = geteuid(), .gid = getegid() };
	return p;
}

static int refuse(const struct place *p, int err, const char *why)
{
	log_error("--dir %s: %s", p->dir, why);
	return err;
}

static int fail(const struct place *p, const char *what)
{
	int err = -errno;

	log_error("--dir %s: %s: %s", p->dir, what, strerror(-err));
	return err;
}

/* --- what it may be --------------------------------------------------------------------------- */

/* What file systems and writers leave in a store that has no segments yet. */
static bool is_of_nobody(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..") || !strcmp(name, "lost+found") ||
	       !strcmp(name, "lock") || !strcmp(name, "seals") || !strcmp(name, NOTABLE_FILE);
}

static bool is_empty(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	bool empty = true;

	while (d && empty && (entry = readdir(d)))
		empty = is_of_nobody(entry->d_name);
	if (d)
		closedir(d);
	return d && empty;
}

static bool has_segments(const char *dir)
{
	struct store_files files;
	bool has;

	if (store_list(dir, &files))
		return false;
	has = files.n;
	store_files_free(&files);
	return has;
}

/* Not /tmp by a slip, nor a home. */
static int check_dir(const struct place *p, const struct stat *st)
{
	if (!S_ISDIR(st->st_mode))
		return refuse(p, -ENOTDIR, "it is no directory");
	if (st->st_mode & S_IWOTH)
		return refuse(p, -EPERM, "everybody may write to it: name a directory of its own");
	if (st->st_uid != p->user.uid && !is_empty(p->dir) && !has_segments(p->dir))
		return refuse(p, -ENOTEMPTY,
			      "it is no store, and not empty: name a directory of its own");
	if (!p->may_give && access(p->dir, R_OK | W_OK | X_OK))
		return refuse(p, -EACCES,
			      "it may not be written to, and without root it cannot "
			      "be made so");
	return 0;
}

/* The user that the writer becomes has to come as far as it. */
static int check_above(const struct place *p, const char *whole)
{
	char above[PATH_MAX];
	char *slash;
	struct stat st;

	snprintf(above, sizeof(above), "%s", whole);
	while (p->may_give && (slash = strrchr(above, '/'))) {
		*slash = '\0';
		if (stat(slash == above ? "/" : above, &st) || (st.st_mode & S_IXOTH) ||
		    st.st_uid == p->user.uid)
			continue;
		log_error("--dir %s: %s is closed to the user %u, whom the writer becomes: open it "
			  "(chmod o+x), or name another place",
			  p->dir, above, p->user.uid);
		return -EACCES;
	}
	return 0;
}

/* The path of what is there: of the directory, or else of the one that it would be made in. */
static int find_whole(const struct place *p, bool *ret_there, char whole[PATH_MAX])
{
	char above[PATH_MAX];
	char *slash;

	*ret_there = realpath(p->dir, whole);
	if (*ret_there)
		return 0;
	if (errno != ENOENT || strlen(p->dir) >= sizeof(above))
		return fail(p, "cannot be looked at");
	strcpy(above, p->dir);
	slash = strrchr(above, '/');
	while (slash && slash > above && !slash[1]) { /* "a/b/" */
		*slash = '\0';
		slash = strrchr(above, '/');
	}
	if (slash)
		slash[slash == above] = '\0';
	if (!realpath(slash ? above : ".", whole))
		return fail(p, "the directory above it");
	strncat(whole, "/.", PATH_MAX - strlen(whole) - 1); /* that one counts as above, too */
	return 0;
}

static int check_place(const struct place *p, bool *ret_there)
{
	char whole[PATH_MAX];
	struct stat st;
	int err = find_whole(p, ret_there, whole);

	if (!err)
		err = check_above(p, whole);
	if (err || !*ret_there)
		return err;
	if (stat(p->dir, &st))
		return fail(p, "cannot be looked at");
	return check_dir(p, &st);
}

/* --- what is made of it ----------------------------------------------------------------------- */

/* Only files that nobody has under another name: who had the directory may have put links there. */
static int give_file(const struct place *p, int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int err = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	    st.st_uid != p->user.uid && fchownat(fd, "", p->user.uid, p->user.gid, AT_EMPTY_PATH))
		err = -errno;
	close(fd);
	return err;
}

static int give_files(const struct place *p, int dir_fd)
{
	DIR *d = fdopendir(dir_fd);
	struct dirent *entry;
	int err = d ? 0 : -errno;

	while (d && !err && (entry = readdir(d)))
		err = give_file(p, dir_fd, entry->d_name);
	if (d)
		closedir(d);
	else
		close(dir_fd);
	return err;
}

/* EINVAL: this user namespace has no such user, and so the writer stays what it is. */
static int give(const struct place *p)
{
	int fd = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;

	if (fd < 0)
		return fail(p, "cannot be opened");
	if (fchown(fd, p->user.uid, p->user.gid)) {
		err = errno == EINVAL ? 0 : fail(p, "cannot be given to the user of the writer");
		close(fd);
		return err;
	}
	errno = -give_files(p, fd);
	return errno ? fail(p, "a file cannot be given to the user of the writer") : 0;
}

int store_place_make(const char *dir)
{
	struct place p = place_of(dir);
	bool there;
	int err = check_place(&p, &there);

	if (err)
		return err;
	if (!there && mkdir(dir, 0750))
		return fail(&p, "cannot be made");
	return p.may_give ? give(&p) : 0;
}

int store_place_check(const char *dir)
{
	struct place p = place_of(dir);
	bool there;

	return check_place(&p, &there);
}
