// SPDX-License-Identifier: GPL-2.0-only
#include "proc/netns_names.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/hash.h"

#define FRESH_NS 1000000000u
#define TRUST_NS 1000000u   /* what was checked so long ago is true: nobody is faster */
#define READ_NS 5000000u    /* all is read again after so long at the earliest, */
#define READ_NAME_NS 20000u /* and so much longer for each name */
#define NAMES_MAX 65536
#define UNNAMED UINT32_MAX
#define UNNAMED_MAX 4096

struct name {
	char *text;	     /* owned */
	uint64_t checked_ns; /* when its file was the namespace's */
};

struct netns_names {
	const char *dir;    /* borrowed */
	int mounts_fd;	    /* tells when something was mounted; -1: none */
	bool mounted;	    /* since all was read */
	struct name *names; /* owned */
	uint32_t n;
	size_t cap;
	uint32_t unnamed;	 /* that were asked for since it was read */
	struct hash by_inode;	 /* index in names, or UNNAMED */
	uint64_t read_ns;	 /* 0: never */
	uint64_t looked_ns;	 /* whether it changed */
	struct timespec changed; /* the directory, when it was read */
};

struct netns_names *netns_names_new(const char *dir)
{
	struct netns_names *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->dir = dir;
	n->mounts_fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	return n;
}

static void forget_all(struct netns_names *n)
{
	for (uint32_t i = 0; i < n->n; i++)
		free(n->names[i].text);
	n->n = 0;
	n->unnamed = 0;
	hash_free(&n->by_inode);
}

void netns_names_free(struct netns_names *n)
{
	if (!n)
		return;
	forget_all(n);
	free(n->names);
	if (n->mounts_fd >= 0)
		close(n->mounts_fd);
	free(n);
}

/* Without memory it has no name. */
static void add(struct netns_names *n, uint32_t inode, const char *name, uint64_t now_ns)
{
	char *text;

	if (ARRAY_RESERVE(n->names, n->n, n->cap))
		return;
	text = strdup(name);
	if (!text)
		return;
	n->names[n->n] = (struct name){ .text = text, .checked_ns = now_ns };
	hash_put(&n->by_inode, inode, n->n);
	n->n++;
}

static void read_all(struct netns_names *n, uint64_t now_ns)
{
	DIR *dir = opendir(n->dir);
	struct dirent *entry;
	struct stat st;

	forget_all(n);
	n->mounted = false;
	n->changed = (struct timespec){ 0 };
	if (!dir)
		return;
	if (!fstat(dirfd(dir), &st))
		n->changed = st.st_mtim;
	while (n->n < NAMES_MAX && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && !fstatat(dirfd(dir), entry->d_name, &st, 0))
			add(n, (uint32_t)st.st_ino, entry->d_name, now_ns);
	closedir(dir);
}

/* A name begins as an empty file: the namespace is mounted on it a moment later. */
static bool is_mounted_since(struct netns_names *n)
{
	struct pollfd mounts = { .fd = n->mounts_fd, .events = POLLPRI };

	n->mounted = n->mounted || (poll(&mounts, 1, 0) > 0 && mounts.revents & POLLPRI);
	return n->mounted;
}

static bool is_changed(struct netns_names *n)
{
	struct stat st;

	if (is_mounted_since(n))
		return true;
	if (stat(n->dir, &st))
		return n->changed.tv_sec != 0;
	return st.st_mtim.tv_sec != n->changed.tv_sec || st.st_mtim.tv_nsec != n->changed.tv_nsec;
}

/* Inode numbers are used again at once: whether the file with this name is the namespace still. */
static bool is_true(const struct netns_names *n, struct name *name, uint32_t inode, uint64_t now_ns)
{
	char path[512];
	struct stat st;

	if (now_ns < name->checked_ns + TRUST_NS)
		return true;
	snprintf(path, sizeof(path), "%s/%s", n->dir, name->text);
	if (stat(path, &st) || (uint32_t)st.st_ino != inode)
		return false;
	name->checked_ns = now_ns;
	return true;
}

/* Whether all is to be read again for a namespace without a name; seen: it had none before. */
static bool is_due(struct netns_names *n, bool seen, uint64_t now_ns)
{
	uint64_t next_ns = n->read_ns + READ_NS + n->n * (uint64_t)READ_NAME_NS;

	if (!n->read_ns || now_ns >= n->read_ns + FRESH_NS)
		return true;
	if (seen && (now_ns < next_ns || now_ns < n->looked_ns + TRUST_NS))
		return false;
	n->looked_ns = now_ns;
	return is_changed(n);
}

/* The index of its name, or UNNAMED. */
static uint32_t find(struct netns_names *n, uint32_t inode, uint64_t now_ns)
{
	uint32_t at = UNNAMED;
	bool seen = hash_get(&n->by_inode, inode, &at);

	if (at != UNNAMED && is_true(n, &n->names[at], inode, now_ns))
		return at;
	if (at == UNNAMED && !is_due(n, seen, now_ns))
		return UNNAMED;
	read_all(n, now_ns);
	n->read_ns = n->looked_ns = now_ns;
	return hash_get(&n->by_inode, inode, &at) ? at : UNNAMED;
}

const char *netns_names_get(struct netns_names *n, uint32_t inode, uint64_t now_ns)
{
	uint32_t at;

	if (!inode)
		return NULL;
	at = find(n, inode, now_ns);
	if (at != UNNAMED)
		return n->names[at].text;
	if (n->unnamed <= UNNAMED_MAX && !hash_get(&n->by_inode, inode, &at) &&
	    !hash_put(&n->by_inode, inode, UNNAMED))
		n->unnamed++;
	return NULL;
}
