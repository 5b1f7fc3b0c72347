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

/* PARENT/<id> at the top, or PARENT/<anything>/<id>; a directory that only its runtime makes. */
static const struct {
	const char *parent;
	const char *runtime; /* NULL: one or the other */
	enum id_kind kind;
	bool above;
} parents[] = {
	{ "docker", "docker", ID_HEX, false }, { "libpod_parent", "podman", ID_HEX, false },
	{ "lxc", "lxc", ID_NAME, false },      { "lxc.payload", "lxc", ID_NAME, false },
	{ "ecs", "ecs", ID_NAME, true },       { "default", NULL, ID_HEX, false },
	{ "k8s.io", NULL, ID_HEX, false },     { "moby", NULL, ID_HEX, false },
};

/*
 * Where the walk from the top has come to. Whoever was given a cgroup makes in it what he likes: a
 * name says something only as far as everything above it is the system's or a runtime's own.
 */
enum place {
	TOP,	       /* the root of a system; of a container's too */
	IN_SLICE,      /* of the system's manager, which gives no slice away */
	IN_PARENT,     /* a runtime's directory */
	IN_TASK,       /* between that and the container */
	IN_KUBEPODS,   /* without systemd */
	IN_UNIT,       /* given away, maybe */
	IN_USER,       /* user@N.service: given away */
	IN_USER_SLICE, /* there, where runtimes without rights put what they run */
	ANYWHERE,
};

struct walk {
	struct container *c; /* borrowed */
	enum place place;
	struct part above[2]; /* the directory above, and the one above that */
	size_t parent;	      /* of IN_PARENT and IN_TASK: in the table */
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

enum prefix_kind {
	PREFIX_NONE,
	PREFIX_HELPER, /* of a container, which is none itself */
	PREFIX_HEX,
	PREFIX_NAME,
};

/* By the name of the directory alone, where *ret_id and *ret_runtime are what it says. */
static enum prefix_kind find_prefix(struct part p, const char **ret_runtime, struct part *ret_id)
{
	struct part whole = p;

	p = without_suffix(without_suffix(p, ".scope"), ".service");
	for (size_t i = 0; i < COUNT(prefixes); i++) {
		size_t skip = strlen(prefixes[i].prefix);
		struct part id = { p.s + skip, p.len - skip };

		if (!starts_with(p, prefixes[i].prefix) ||
		    (prefixes[i].suffix && !ends_with(whole, prefixes[i].suffix)))
			continue;
		if (!prefixes[i].runtime)
			return PREFIX_HELPER;
		if (!id.len || (prefixes[i].kind == ID_HEX && (id.len < ID_LEN_MIN || !is_hex(id))))
			continue;
		*ret_runtime = prefixes[i].runtime;
		*ret_id = id;
		return prefixes[i].kind == ID_HEX ? PREFIX_HEX : PREFIX_NAME;
	}
	return PREFIX_NONE;
}

static bool is_full_id(struct part p)
{
	return p.len == ID_LEN && is_hex(p);
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

/* --- from the top down ------------------------------------------------------------------------ */

/* A container: what is below it is a system of its own. */
static void enter_container(struct walk *w, const char *runtime, struct part id)
{
	w->c->runtime = runtime;
	copy_unescaped(id, w->c->id, sizeof(w->c->id));
	w->c->unit[0] = '\0';
	w->place = TOP;
}

/* One that a unit runs in what it was given: the unit stays, and below it nothing is proved. */
static void note_container(struct walk *w, const char *runtime, struct part id)
{
	w->c->runtime = runtime;
	copy_unescaped(id, w->c->id, sizeof(w->c->id));
	w->place = ANYWHERE;
}

/* As systemctl knows it: "\x2d" is a part of the name. */
static void enter_unit(struct walk *w, struct part p)
{
	size_t len = p.len < CONTAINER_NAME_MAX ? p.len : CONTAINER_NAME_MAX - 1;
	bool is_user = is(w->above[1], "user.slice") && starts_with(w->above[0], "user-") &&
		       starts_with(p, "user@");

	memcpy(w->c->unit, p.s, len);
	w->c->unit[len] = '\0';
	w->place = is_user ? IN_USER : IN_UNIT;
}

/* Below another, a slice has its name with a dash behind it: system-getty.slice in system.slice. */
static bool is_slice_of(struct part p, struct part above)
{
	above = without_suffix(above, ".slice");
	return ends_with(p, ".slice") && p.len > above.len && !memcmp(p.s, above.s, above.len) &&
	       p.s[above.len] == '-';
}

static enum place find_parent(struct walk *w, struct part p)
{
	for (w->parent = 0; w->parent < COUNT(parents); w->parent++)
		if (is(p, parents[w->parent].parent))
			return parents[w->parent].above ? IN_TASK : IN_PARENT;
	return ANYWHERE;
}

static void walk_top(struct walk *w, struct part p)
{
	const char *runtime;
	struct part id;

	if (ends_with(p, ".slice"))
		w->place = IN_SLICE;
	else if (is(p, "init.scope"))
		enter_unit(w, p);
	else if (w->c->id[0] && (is(p, "payload") || is(p, "container") || is(p, "kubelet")))
		w->place = TOP; /* what some put between a container and its system */
	else if (is(p, "kubepods"))
		w->place = IN_KUBEPODS;
	else if (starts_with(p, "lxc.payload.") && find_prefix(p, &runtime, &id) == PREFIX_NAME)
		enter_container(w, runtime, id);
	else
		w->place = find_parent(w, p);
}

static bool is_of_kubernetes(struct part slice)
{
	return starts_with(slice, "kubepods-") || starts_with(slice, "kubelet-kubepods-");
}

static void walk_slice(struct walk *w, struct part p)
{
	const char *runtime;
	struct part id;
	enum prefix_kind kind;

	if (is_slice_of(p, w->above[0])) {
		if (is_of_kubernetes(p))
			find_pod(p, w->c->pod);
		return;
	}
	w->place = ANYWHERE;
	if (!ends_with(p, ".service") && !ends_with(p, ".scope"))
		return;
	kind = find_prefix(p, &runtime, &id);
	if ((kind == PREFIX_HEX && ends_with(p, ".scope")) ||
	    (kind == PREFIX_NAME && is(w->above[0], "machine.slice")))
		enter_container(w, runtime, id);
	else
		enter_unit(w, p);
}

static void walk_parent(struct walk *w, struct part p)
{
	const char *runtime;
	struct part id;
	bool podman = is(w->above[0], "libpod_parent");

	w->place = ANYWHERE;
	if (parents[w->parent].kind == ID_NAME || is_full_id(p))
		enter_container(w, parents[w->parent].runtime, p);
	else if (podman && find_prefix(p, &runtime, &id) == PREFIX_HEX)
		enter_container(w, runtime, id);
}

static void walk_kubepods(struct walk *w, struct part p)
{
	const char *runtime;
	struct part id;

	if (is(p, "burstable") || is(p, "besteffort") || find_pod(p, w->c->pod))
		return;
	w->place = ANYWHERE;
	if (find_prefix(p, &runtime, &id) == PREFIX_HEX)
		enter_container(w, runtime, id);
	else if (w->c->pod[0] && is_full_id(p))
		enter_container(w, NULL, p);
}

/* What runs containers in its own cgroup. */
static void walk_unit(struct walk *w, struct part p)
{
	const char *colon = memchr(p.s, ':', p.len); /* SLICE:cri-containerd:<id> */
	const char *runtime;
	struct part id, name = p;

	w->place = ANYWHERE;
	if (colon && is(w->above[0], "containerd.service")) {
		name.len -= (size_t)(colon + 1 - p.s);
		name.s = colon + 1;
		if (find_prefix(name, &runtime, &id) == PREFIX_HEX) {
			find_pod(p, w->c->pod);
			enter_container(w, runtime, id);
		}
	} else if (is_full_id(p)) {
		note_container(w, NULL, p);
	} else if (starts_with(p, "libpod-payload-") &&
		   find_prefix(p, &runtime, &id) == PREFIX_HEX) {
		note_container(w, runtime, id);
	}
}

/* Containers of a user: that they are his is said by the unit, user@N.service. */
static void walk_user_slice(struct walk *w, struct part p)
{
	const char *runtime;
	struct part id;

	if (is_slice_of(p, w->above[0]))
		return;
	w->place = ANYWHERE;
	if (ends_with(p, ".scope") && find_prefix(p, &runtime, &id) == PREFIX_HEX)
		note_container(w, runtime, id);
}

static void walk_into(struct walk *w, struct part p)
{
	switch (w->place) {
	case TOP:
		walk_top(w, p);
		break;
	case IN_SLICE:
		walk_slice(w, p);
		break;
	case IN_PARENT:
		walk_parent(w, p);
		break;
	case IN_TASK:
		w->place = IN_PARENT;
		break;
	case IN_KUBEPODS:
		walk_kubepods(w, p);
		break;
	case IN_UNIT:
		walk_unit(w, p);
		break;
	case IN_USER:
		w->place = is(p, "user.slice") ? IN_USER_SLICE : ANYWHERE;
		break;
	case IN_USER_SLICE:
		walk_user_slice(w, p);
		break;
	case ANYWHERE:
		break;
	}
}

bool container_parse(const char *cgroup_path, struct container *ret)
{
	struct part parts[DEPTH_MAX];
	struct walk w = { .c = ret, .place = TOP };
	size_t n = split(cgroup_path, parts);

	*ret = (struct container){ 0 };
	w.above[0] = w.above[1] = (struct part){ "", 0 };
	for (size_t i = 0; i < n && w.place != ANYWHERE; i++) {
		walk_into(&w, parts[i]);
		w.above[1] = w.above[0];
		w.above[0] = parts[i];
	}
	return ret->id[0] || ret->pod[0] || ret->unit[0];
}
