// SPDX-License-Identifier: GPL-2.0-only
#include "names/container.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "names/container_part.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DEPTH_MAX 64

/* PARENT/<id> at the top, or PARENT/<anything>/<id>; a directory that only its runtime makes. */
static const struct {
	const char *parent;
	const char *runtime; /* NULL: one or the other */
	enum { ID_HEX, ID_BUILD, ID_NAME } kind;
	bool above;
} parents[] = {
	{ "docker", "docker", ID_HEX, false },
	{ "libpod_parent", "podman", ID_HEX, false },
	{ "lxc", "lxc", ID_NAME, false },
	{ "lxc.payload", "lxc", ID_NAME, false },
	{ "ecs", "ecs", ID_NAME, true },
	{ "default", NULL, ID_HEX, false },
	{ "k8s.io", NULL, ID_HEX, false },
	{ "moby", NULL, ID_HEX, false },
	{ "buildkit", "buildkit", ID_BUILD, false },
	{ "kata_overhead", "kata", ID_NAME, false },
	{ "nomad", "nomad", ID_NAME, false },
	{ "garden", "garden", ID_NAME, false },
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
	IN_NOMAD,      /* its slices, which it makes itself */
	IN_USER,       /* user@N.service: given away */
	IN_USER_SLICE, /* there, where runtimes without rights put what they run */
	IN_APP_SLICE,  /* another slice of the user's manager */
	ANYWHERE,
};

struct walk {
	struct container *c; /* borrowed */
	enum place place;
	struct part above[2]; /* the directory above, and the one above that */
	size_t parent;	      /* of IN_PARENT and IN_TASK: in the table */
	unsigned int n;	      /* containers so far */
	bool by_user;	      /* within a user's manager, whose uid is: */
	unsigned int uid;
};

/* --- from the top down ------------------------------------------------------------------------ */

static void set_container(struct walk *w, const char *runtime, struct part id)
{
	struct container *c = w->c;
	size_t len = strlen(c->all);

	w->n++;
	c->runtime = runtime;
	part_copy_unescaped(id, c->id, sizeof(c->id));
	if (len + 1 + strlen(c->id) >= sizeof(c->all))
		return;
	if (len)
		c->all[len++] = '/';
	strcpy(c->all + len, c->id);
}

/* A container: what is below it is a system of its own. */
static void enter_container(struct walk *w, const char *runtime, struct part id)
{
	set_container(w, runtime, id);
	w->c->of = CONTAINER_OF_SYSTEM;
	w->by_user = false;
	w->c->unit[0] = w->c->user_unit[0] = '\0';
	w->place = TOP;
}

/* One that a unit runs in what it was given: the unit stays, and below it nothing is proved. */
static void note_container(struct walk *w, const char *runtime, struct part id)
{
	set_container(w, runtime, id);
	w->c->of = w->by_user ? CONTAINER_OF_USER : CONTAINER_OF_UNIT;
	w->c->uid = w->uid;
	w->place = ANYWHERE;
}

/* As systemctl knows it: "\x2d" is a part of the name. */
static void enter_unit(struct walk *w, struct part p)
{
	bool is_user = part_is(w->above[1], "user.slice") &&
		       part_starts_with(w->above[0], "user-") && part_starts_with(p, "user@");

	part_copy(p, w->c->unit, sizeof(w->c->unit));
	w->by_user = is_user;
	if (is_user)
		w->uid = (unsigned int)strtoul(w->c->unit + strlen("user@"), NULL, 10);
	w->place = is_user ? IN_USER : IN_UNIT;
}

/* Below another, a slice has its name with a dash behind it: system-getty.slice in system.slice. */
static bool is_slice_of(struct part p, struct part above)
{
	above = part_without_suffix(above, ".slice");
	return part_ends_with(p, ".slice") && p.len > above.len &&
	       !memcmp(p.s, above.s, above.len) && p.s[above.len] == '-';
}

static enum place find_parent(struct walk *w, struct part p)
{
	for (w->parent = 0; w->parent < COUNT(parents); w->parent++)
		if (part_is(p, parents[w->parent].parent))
			return parents[w->parent].above ? IN_TASK : IN_PARENT;
	return ANYWHERE;
}

static void walk_top(struct walk *w, struct part p)
{
	const char *runtime;
	struct part id;

	if (part_ends_with(p, ".slice"))
		w->place = part_is(p, "nomad.slice") ? IN_NOMAD : IN_SLICE;
	else if (part_is(p, "init.scope"))
		enter_unit(w, p);
	else if (w->c->id[0] &&
		 (part_is(p, "payload") || part_is(p, "container") || part_is(p, "kubelet")))
		w->place = TOP; /* what some put between a container and its system */
	else if (part_is(p, "kubepods"))
		w->place = IN_KUBEPODS;
	else if (part_starts_with(p, "lxc.payload.") &&
		 part_find_prefix(p, &runtime, &id) == PREFIX_NAME)
		enter_container(w, runtime, id);
	else
		w->place = find_parent(w, p);
}

static bool is_of_kubernetes(struct part slice)
{
	return part_starts_with(slice, "kubepods-") || part_starts_with(slice, "kubelet-kubepods-");
}

/* docker-<id>.scope of a step that builds an image. */
static bool is_build(struct part p, struct part above, struct part *ret_id)
{
	static const char prefix[] = "docker-";

	if (!part_is(above, "system.slice") || !part_starts_with(p, prefix) ||
	    !part_ends_with(p, ".scope"))
		return false;
	p = part_without_suffix(p, ".scope");
	p.s += strlen(prefix);
	p.len -= strlen(prefix);
	*ret_id = p;
	return part_is_build_id(p);
}

static void walk_slice(struct walk *w, struct part p)
{
	const char *runtime;
	struct part id;
	enum part_prefix kind;

	if (is_slice_of(p, w->above[0])) {
		if (is_of_kubernetes(p))
			part_find_pod(p, w->c->pod);
		else
			part_find_podman_pod(p, w->c->pod);
		return;
	}
	w->place = ANYWHERE;
	if (!part_ends_with(p, ".service") && !part_ends_with(p, ".scope"))
		return;
	kind = part_find_prefix(p, &runtime, &id);
	if (is_build(p, w->above[0], &id))
		enter_container(w, "buildkit", id);
	else if ((kind == PREFIX_HEX && part_ends_with(p, ".scope")) ||
		 (kind == PREFIX_NAME && part_is(w->above[0], "machine.slice")))
		enter_container(w, runtime, id);
	else
		enter_unit(w, p);
}

static bool is_podman(const struct walk *w)
{
	return !strcmp(parents[w->parent].parent, "libpod_parent");
}

/* Of a pod whose containers are beside it; the parts into which some divide what is theirs. */
static bool is_between(struct walk *w, struct part p)
{
	const struct part above = w->above[0];

	if (part_is(above, "libpod_parent") && part_is_id(p)) {
		part_copy(p, w->c->pod, sizeof(w->c->pod));
		return true;
	}
	if (part_is(above, "docker") && part_is(p, "buildkit")) {
		find_parent(w, p);
		return true;
	}
	return part_is(above, "garden") && (part_is(p, "good") || part_is(p, "bad"));
}

static void walk_parent(struct walk *w, struct part p)
{
	const char *runtime = parents[w->parent].runtime;
	struct part id = p;

	if (is_between(w, p))
		return;
	w->place = ANYWHERE;
	if (parents[w->parent].kind == ID_NAME ||
	    (parents[w->parent].kind == ID_BUILD && part_is_build_id(p)) ||
	    (parents[w->parent].kind == ID_HEX && !is_podman(w) && part_is_id(p)) ||
	    (is_podman(w) && part_find_prefix(p, &runtime, &id) == PREFIX_HEX))
		enter_container(w, runtime, id);
}

/* kata_<id>: the machine in which the containers of a pod run. */
static bool is_kata(struct part p, struct part *ret_id)
{
	static const char prefix[] = "kata_";

	if (!part_starts_with(p, prefix))
		return false;
	*ret_id = (struct part){ p.s + strlen(prefix), p.len - strlen(prefix) };
	return part_is_id(*ret_id);
}

static void walk_kubepods(struct walk *w, struct part p)
{
	const char *runtime;
	struct part id;

	if (part_is(p, "burstable") || part_is(p, "besteffort") || part_find_pod(p, w->c->pod))
		return;
	w->place = ANYWHERE;
	if (part_find_prefix(p, &runtime, &id) == PREFIX_HEX)
		enter_container(w, runtime, id);
	else if (w->c->pod[0] && part_is_id(p))
		enter_container(w, NULL, p);
	else if (w->c->pod[0] && is_kata(p, &id))
		enter_container(w, "kata", id);
}

/* share.slice/<allocation>.<task>.scope, which are no slices and scopes of systemd's. */
static void walk_nomad(struct walk *w, struct part p)
{
	if (part_is(w->above[0], "nomad.slice") &&
	    (part_is(p, "share.slice") || part_is(p, "reserve.slice")))
		return;
	w->place = ANYWHERE;
	if (part_ends_with(p, ".scope") && part_begins_with_uuid(p))
		enter_container(w, "nomad", part_without_suffix(p, ".scope"));
}

/* What runs containers in its own cgroup. */
static void walk_unit(struct walk *w, struct part p)
{
	const char *colon = memchr(p.s, ':', p.len); /* SLICE:cri-containerd:<id> */
	const char *runtime;
	struct part id, name = p;

	w->place = ANYWHERE;
	if (colon && part_is(w->above[0], "containerd.service") && !w->c->user_unit[0]) {
		name.len -= (size_t)(colon + 1 - p.s);
		name.s = colon + 1;
		if (part_find_prefix(name, &runtime, &id) == PREFIX_HEX) {
			part_find_pod(p, w->c->pod);
			enter_container(w, runtime, id);
		}
	} else if (part_is_id(p)) {
		note_container(w, NULL, p);
	} else if (part_starts_with(p, "libpod-payload-") &&
		   part_find_prefix(p, &runtime, &id) == PREFIX_HEX) {
		note_container(w, runtime, id);
	}
}

/*
 * What a user's manager runs. That it is his is said by the unit, user@N.service; containers are
 * told where runtimes without rights put them.
 */
static void walk_user(struct walk *w, struct part p)
{
	const bool first = w->place == IN_USER, for_containers = w->place == IN_USER_SLICE;
	const char *runtime;
	struct part id;

	if (first && part_ends_with(p, ".slice")) {
		w->place = part_is(p, "user.slice") ? IN_USER_SLICE : IN_APP_SLICE;
		return;
	}
	if (is_slice_of(p, w->above[0])) {
		if (for_containers)
			part_find_podman_pod(p, w->c->pod);
		return;
	}
	w->place = ANYWHERE;
	if (for_containers && part_ends_with(p, ".scope") &&
	    part_find_prefix(p, &runtime, &id) == PREFIX_HEX) {
		note_container(w, runtime, id);
	} else if (part_ends_with(p, ".scope") || part_ends_with(p, ".service")) {
		part_copy(p, w->c->user_unit, sizeof(w->c->user_unit));
		w->place = IN_UNIT;
	}
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
	case IN_NOMAD:
		walk_nomad(w, p);
		break;
	case IN_USER:
	case IN_USER_SLICE:
	case IN_APP_SLICE:
		walk_user(w, p);
		break;
	case ANYWHERE:
		break;
	}
}

bool container_parse(const char *cgroup_path, struct container *ret)
{
	struct part parts[DEPTH_MAX];
	struct walk w = { .c = ret, .place = TOP };
	size_t n = part_split(cgroup_path, parts, DEPTH_MAX);

	*ret = (struct container){ 0 };
	w.above[0] = w.above[1] = (struct part){ "", 0 };
	for (size_t i = 0; i < n && w.place != ANYWHERE; i++) {
		walk_into(&w, parts[i]);
		w.above[1] = w.above[0];
		w.above[0] = parts[i];
	}
	if (w.n < 2)
		ret->all[0] = '\0';
	return ret->id[0] || ret->pod[0] || ret->unit[0];
}
