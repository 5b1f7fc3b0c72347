// SPDX-License-Identifier: GPL-2.0-only
#include "names/engines.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "names/engine_json.h"
#include "names/label.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FILE_MAX (1 << 20)     /* of one container; of all that a user has */
#define STORAGE_MAX (16 << 20) /* of all of the system: half a kilobyte each */
#define SPACES_MAX 64	       /* of containerd: they are its word for tenants */
#define USERS_MAX 65536	       /* lines of passwd */
#define PATH_LEN 512
#define CIFS_MAGIC 0xff534d42 /* linux/magic.h of newer systems */
#define SMB2_MAGIC 0xfe534d42
#define FUSE_MAGIC 0x65735546

/* Where files are looked for. */
struct place {
	int fd;	   /* the root, or a home */
	bool home; /* somebody's, who is: */
	uint32_t uid;
};

struct engines {
	int root_fd; /* borrowed */
	/* the file of all containers that was read last, which many questions are about */
	struct engine_file *storage; /* owned; NULL: none */
	struct stat storage_st;
};

struct engines *engines_new(int root_fd)
{
	struct engines *e = calloc(1, sizeof(*e));

	if (e)
		e->root_fd = root_fd;
	return e;
}

void engines_free(struct engines *e)
{
	if (!e)
		return;
	engine_file_free(e->storage);
	free(e);
}

/* --- files ------------------------------------------------------------------------------------ */

/* What is not a file of the size does not count; nor, of a home, what is not its owner's. */
static int open_file(const struct place *p, const char *path, off_t max, struct stat *ret)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
					 O_NOCTTY };
	int fd;

	if (p->home)
		how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
	fd = (int)syscall(SYS_openat2, p->fd, path, &how, sizeof(how));
	if (fd < 0)
		return -1;
	if (!fstat(fd, ret) && S_ISREG(ret->st_mode) && ret->st_size <= max &&
	    (!p->home || ret->st_uid == p->uid))
		return fd;
	close(fd);
	return -1;
}

/* It may grow meanwhile: then it is cut, and is no JSON. */
static struct engine_file *read_file(int fd, size_t size)
{
	char *text = malloc(size + 1);
	struct engine_file *f;
	size_t len = 0;
	ssize_t n = 1;

	while (text && len < size && n > 0) {
		n = read(fd, text + len, size - len);
		len += n > 0 ? (size_t)n : 0;
	}
	f = text ? engine_file_parse(text, len) : NULL;
	free(text);
	return f;
}

static struct engine_file *open_and_read(const struct place *p, const char *path)
{
	struct stat st;
	int fd = open_file(p, path, FILE_MAX, &st);
	struct engine_file *f;

	if (fd < 0)
		return NULL;
	f = read_file(fd, (size_t)st.st_size);
	close(fd);
	return f;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Borrowed until the next call; NULL: there is no such file. */
static const struct engine_file *read_storage(struct engines *e, const struct place *p,
					      const char *path)
{
	struct stat st;
	int fd = open_file(p, path, p->home ? FILE_MAX : STORAGE_MAX, &st);

	if (fd < 0)
		return NULL;
	if (!e->storage || !is_same(&st, &e->storage_st)) {
		engine_file_free(e->storage);
		e->storage = read_file(fd, (size_t)st.st_size);
		e->storage_st = st;
	}
	close(fd);
	return e->storage;
}

/* --- engines, below the directory that each has ----------------------------------------------- */

static bool look_docker(const struct place *p, const char *base, const char *id, struct label *ret)
{
	char path[PATH_LEN];
	struct engine_file *f;
	bool found;

	snprintf(path, sizeof(path), "%s/containers/%s/config.v2.json", base, id);
	f = open_and_read(p, path);
	found = f && engine_docker(f, id, ret);
	engine_file_free(f);
	return found;
}

/* The directories of containers/storage are called after its driver. */
static const char *const drivers[] = { "overlay", "vfs", "btrfs", "zfs" };

static bool look_storage(struct engines *e, const struct place *p, const char *base, const char *id,
			 struct label *ret)
{
	static const char *const files[] = { "containers.json", "volatile-containers.json" };
	const struct engine_file *f;
	char path[PATH_LEN];

	for (size_t i = 0; i < COUNT(drivers) * COUNT(files); i++) {
		snprintf(path, sizeof(path), "%s/%s-containers/%s", base, drivers[i / COUNT(files)],
			 files[i % COUNT(files)]);
		f = read_storage(e, p, path);
		if (f && engine_storage(f, id, ret))
			return true;
	}
	return false;
}

static bool look_bundle(const struct place *p, const char *path, struct label *ret)
{
	struct engine_file *f = open_and_read(p, path);
	bool found = f && engine_bundle(f, ret);

	engine_file_free(f);
	return found;
}

static bool look_crio(const struct place *p, const char *id, struct label *ret)
{
	char path[PATH_LEN];

	for (size_t i = 0; i < COUNT(drivers); i++) {
		snprintf(path, sizeof(path),
			 "run/containers/storage/%s-containers/%s/userdata/config.json", drivers[i],
			 id);
		if (look_bundle(p, path, ret))
			return true;
	}
	return false;
}

/* In any of its namespaces: "k8s.io", "default", ... */
static bool look_tasks(const struct place *p, const char *base, const char *id, struct label *ret)
{
	int fd = openat(p->fd, base, O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	char path[PATH_LEN + 256];
	struct dirent *entry;
	bool found = false;

	while (dir && !found && n++ < SPACES_MAX && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s/%s/config.json", base, entry->d_name, id);
		found = look_bundle(p, path, ret);
	}
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
	return found;
}

static bool look_containerd(const struct place *p, const char *id, struct label *ret)
{
	static const char *const bases[] = {
		"run/containerd/io.containerd.runtime.v2.task",
		"run/k3s/containerd/io.containerd.runtime.v2.task",
		"var/snap/microk8s/common/run/containerd/io.containerd.runtime.v2.task",
	};

	for (size_t i = 0; i < COUNT(bases); i++)
		if (look_tasks(p, bases[i], id, ret))
			return true;
	return false;
}

/* --- of the system, and of a user ------------------------------------------------------------- */

/* Where daemon.json says, or where it is else. */
static bool look_system_docker(const struct place *p, const char *id, struct label *ret)
{
	struct engine_file *config = open_and_read(p, "etc/docker/daemon.json");
	const char *root = config ? engine_file_text(config, "data-root") : NULL;
	bool found = root && root[0] == '/' && root[1] && look_docker(p, root + 1, id, ret);

	engine_file_free(config);
	return found || look_docker(p, "var/lib/docker", id, ret);
}

static bool look_system(struct engines *e, const struct label_question *q, struct label *ret)
{
	const struct place p = { .fd = e->root_fd };
	const bool any = q->engine == LABEL_ANY;
	bool found = false;

	if (any || q->engine == LABEL_CONTAINERD)
		found = look_containerd(&p, q->id, ret);
	if (q->engine == LABEL_CRIO)
		found = look_crio(&p, q->id, ret);
	/* containerd has a bundle of Docker's containers too, without their names */
	if ((any && !ret->name[0]) || q->engine == LABEL_DOCKER)
		found = look_system_docker(&p, q->id, ret) || found;
	if ((any && !found) || q->engine == LABEL_PODMAN || q->engine == LABEL_CRIO)
		found = look_storage(e, &p, "var/lib/containers/storage", q->id, ret) || found;
	return found;
}

/* One that another machine or process answers for may block, and has no storage of containers. */
static bool is_elsewhere(int fd)
{
	static const uint32_t kinds[] = { NFS_SUPER_MAGIC, SMB_SUPER_MAGIC,  CIFS_MAGIC,
					  SMB2_MAGIC,	   FUSE_MAGIC,	     V9FS_MAGIC,
					  AFS_SUPER_MAGIC, CODA_SUPER_MAGIC, AUTOFS_SUPER_MAGIC };
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return true;
	for (size_t i = 0; i < COUNT(kinds); i++)
		if ((uint32_t)fs.f_type == kinds[i])
			return true;
	return false;
}

/* The home of a user of this machine's own list; negative: none. */
static int open_home(const struct engines *e, uint32_t uid)
{
	int fd = openat(e->root_fd, "etc/passwd", O_RDONLY | O_CLOEXEC), home = -1;
	FILE *passwd = fd < 0 ? NULL : fdopen(fd, "r");
	const struct passwd *user;

	for (int i = 0; passwd && home < 0 && i < USERS_MAX && (user = fgetpwent(passwd)); i++)
		if (user->pw_uid == uid && user->pw_dir[0] == '/' && user->pw_dir[1])
			home = openat(e->root_fd, user->pw_dir + 1,
				      O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (passwd)
		fclose(passwd);
	else if (fd >= 0)
		close(fd);
	if (home >= 0 && is_elsewhere(home)) {
		close(home);
		return -1;
	}
	return home;
}

static bool look_user(struct engines *e, const struct label_question *q, struct label *ret)
{
	struct place p = { .fd = open_home(e, q->uid), .home = true, .uid = q->uid };
	bool found = false;

	if (p.fd < 0)
		return false;
	if (q->engine == LABEL_PODMAN)
		found = look_storage(e, &p, ".local/share/containers/storage", q->id, ret);
	engine_file_free(e->storage); /* it takes memory as the user likes */
	e->storage = NULL;
	if (q->engine == LABEL_DOCKER)
		found = look_docker(&p, ".local/share/docker", q->id, ret);
	close(p.fd);
	return found;
}

bool engines_look(struct engines *e, const struct label_question *q, struct label *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!q->id[0] || strchr(q->id, '/') || q->id[0] == '.')
		return false;
	return q->of_user ? look_user(e, q, ret) : look_system(e, q, ret);
}
