// SPDX-License-Identifier: GPL-2.0-only
#include "names/container.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DEPTH_MAX 64
#define ID_LEN 64     /* in full, as every runtime writes it */
#define ID_LEN_MIN 12 /* behind a prefix that says enough */
#define UID_LEN 36
#define STATIC_UID_LEN 32 /* of a pod from a file: no marks in it */

/* One directory of the path, or a part of its name. */
struct part {
	const char *s; /* borrowed from the path */
	size_t len;
};

enum id_kind {
	ID_HEX,
	ID_NAME,
};

/*
 * PREFIX<id>, PREFIX<id>.scope or PREFIX<id>.service; only PREFIX<id>SUFFIX where there is one. The
 * first that fits is taken.
 */
static const struct {
	const char *prefix;
	const char *suffix;  /* NULL: it may end as it likes */
	const char *runtime; /* NULL: is no container, whatever follows */
	enum id_kind kind;
} prefixes[] = {
	{ "libpod-conmon-", NULL, NULL, ID_NAME },
	{ "crio-conmon-", NULL, NULL, ID_NAME },
	{ "lxc.monitor.", NULL, NULL, ID_NAME },
	{ "docker-", NULL, "docker", ID_HEX },
	{ "cri-containerd-", NULL, "containerd", ID_HEX },
	{ "cri-containerd:", NULL, "containerd", ID_HEX },
	{ "nerdctl-", NULL, "containerd", ID_HEX },
	{ "libpod-payload-", NULL, "podman", ID_HEX },
	{ "libpod-", NULL, "podman", ID_HEX },
	{ "crio-", NULL, "cri-o", ID_HEX },
	{ "lxc.payload.", NULL, "lxc", ID_NAME },
	{ "machine-qemu\\x2d", ".scope", "libvirt", ID_NAME },
	{ "machine-lxc\\x2d", ".scope", "libvirt", ID_NAME },
	{ "machine-", ".scope", "nspawn", ID_NAME },
	{ "systemd-nspawn@", ".service", "nspawn", ID_NAME },
};

/* PARENT/<id>, and PARENT/<anything>/<id> where it is `above`. */
static const struct {
	const char *parent;
	const char *runtime;
	enum id_kind kind;
	bool above;
} parents[] = {
	{ "docker", "docker", ID_HEX, false }, { "libpod_parent", "podman", ID_HEX, false },
	{ "lxc", "lxc", ID_NAME, false },      { "lxc.payload", "lxc", ID_NAME, false },
	{ "ecs", "ecs", ID_NAME, true },
};

static bool starts_with(struct part p, const char *prefix)
{
	size_t len = strlen(prefix);

	return p.len >= len && !memcmp(p.s, prefix, len);
}

static bool ends_with(struct part p, const char *suffix)
{
	size_t len = strlen(suffix);

	return p.len > len && !memcmp(p.s + p.len - len, suffix, len);
}

static bool is(struct part p, const char *name)
{
	return p.len == strlen(name) && starts_with(p, name);
}

static struct part without_suffix(struct part p, const char *suffix)
{
	if (ends_with(p, suffix))
		p.len -= strlen(suffix);
	return p;
}

static bool is_hex(struct part p)
{
	for (size_t i = 0; i < p.len; i++)
		if (!isxdigit((unsigned char)p.s[i]))
			return false;
	return true;
}

/* systemd writes what a unit's name may not hold as \xNN. */
static void copy_unescaped(struct part p, char *ret, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (size_t i = 0; i < p.len && n + 1 < size; i++) {
		const char *high, *low;

		ret[n++] = p.s[i];
		if (p.len - i < 4 || p.s[i] != '\\' || p.s[i + 1] != 'x')
			continue;
		high = memchr(digits, p.s[i + 2], 16);
		low = memchr(digits, p.s[i + 3], 16);
		if (!high || !low || (high == digits && low == digits))
			continue;
		ret[n - 1] = (char)((high - digits) * 16 + (low - digits));
		i += 3;
	}
	ret[n] = '\0';
}

/* Splits into directories; of a path deeper than any cgroup the outermost. */
static size_t split(const char *path, struct part *parts)
{
	size_t n = 0;

	while (n < DEPTH_MAX) {
		path += strspn(path, "/");
		if (!*path)
			break;
		parts[n].s = path;
		parts[n].len = strcspn(path, "/");
		path += parts[n++].len;
	}
	return n;
}

static bool found(struct container *c, const char *runtime, struct part id)
{
	c->runtime = runtime;
	copy_unescaped(id, c->id, sizeof(c->id));
	return true;
}

/*
 * By the name of the directory alone. Sets *ret_no when it is the name of a container's helper,
 * which no directory above makes a container.
 */
static bool find_by_prefix(struct part p, struct container *c, bool *ret_no)
{
	const char *colon = memchr(p.s, ':', p.len); /* SLICE:cri-containerd:<id> */
	struct part whole;

	if (colon) {
		p.len -= (size_t)(colon + 1 - p.s);
		p.s = colon + 1;
	}
	whole = p;
	p = without_suffix(without_suffix(p, ".scope"), ".service");
	for (size_t i = 0; i < COUNT(prefixes); i++) {
		size_t skip = strlen(prefixes[i].prefix);
		struct part id = { p.s + skip, p.len - skip };

		if (!starts_with(p, prefixes[i].prefix) ||
		    (prefixes[i].suffix && !ends_with(whole, prefixes[i].suffix)))
			continue;
		*ret_no = !prefixes[i].runtime;
		if (*ret_no)
			return false;
		if (id.len && (prefixes[i].kind == ID_NAME || (id.len >= ID_LEN_MIN && is_hex(id))))
			return found(c, prefixes[i].runtime, id);
	}
	return false;
}

/* By the directories above it. */
static bool find_by_parent(const struct part *parts, size_t at, struct container *c)
{
	struct part id = parts[at];
	bool full = id.len == ID_LEN && is_hex(id);

	for (size_t i = 0; i < COUNT(parents) && at; i++) {
		size_t up = parents[i].above ? 2 : 1;

		if (at >= up && is(parts[at - up], parents[i].parent) &&
		    (parents[i].kind == ID_NAME || full))
			return found(c, parents[i].runtime, id);
	}
	return full && at && found(c, "containerd", id);
}

/* "pod<uid>" with a uid of this length, at the end of a name that may begin with slices. */
static bool find_uid(struct part p, size_t len, size_t want_marks, char *pod)
{
	const char *uid = p.s + p.len - len;
	size_t marks = 0;

	if (p.len < len + 3 || memcmp(uid - 3, "pod", 3) || (p.len > len + 3 && uid[-4] != '-'))
		return false;
	for (size_t i = 0; i < len; i++) {
		bool mark = uid[i] == '_' || uid[i] == '-';

		if (!mark && !isxdigit((unsigned char)uid[i]))
			return false;
		marks += mark;
	}
	if (marks != want_marks)
		return false;
	for (size_t i = 0; i < len; i++)
		pod[i] = uid[i] == '_' ? '-' : uid[i];
	pod[len] = '\0';
	return true;
}

/* kubepods-burstable-pod<uid>.slice, pod<uid>, and what containerd makes of either. */
static bool find_pod(struct part p, char *pod)
{
	const char *colon = memchr(p.s, ':', p.len);

	if (colon)
		p.len = (size_t)(colon - p.s);
	p = without_suffix(p, ".slice");
	return p.len >= STATIC_UID_LEN && ((p.len >= UID_LEN && find_uid(p, UID_LEN, 4, pod)) ||
					   find_uid(p, STATIC_UID_LEN, 0, pod));
}

static void find_unit(const struct part *parts, size_t first, size_t n, char *unit)
{
	static const char *const suffixes[] = { ".service", ".scope" };

	for (size_t k = 0; k < COUNT(suffixes); k++)
		for (size_t i = n; i-- > first;)
			if (ends_with(parts[i], suffixes[k])) {
				copy_unescaped(parts[i], unit, CONTAINER_NAME_MAX);
				return;
			}
}

bool container_parse(const char *cgroup_path, struct container *ret)
{
	struct part parts[DEPTH_MAX];
	size_t n = split(cgroup_path, parts), inside = 0;

	*ret = (struct container){ 0 };
	for (size_t i = n; i-- > 0 && !ret->runtime;) {
		bool no = false;

		if (find_by_prefix(parts[i], ret, &no) || (!no && find_by_parent(parts, i, ret)))
			inside = i + 1;
	}
	for (size_t i = n; i-- > 0 && !ret->pod[0];)
		find_pod(parts[i], ret->pod);
	find_unit(parts, inside, n, ret->unit);
	return ret->runtime || ret->pod[0] || ret->unit[0];
}
