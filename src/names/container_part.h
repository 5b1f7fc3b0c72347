/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of single directories of a cgroup's path, as systemd and runtimes write them. */
#ifndef SOCKWATCH_NAMES_CONTAINER_PART_H
#define SOCKWATCH_NAMES_CONTAINER_PART_H

#include <stdbool.h>
#include <stddef.h>

/* One directory of the path, or a part of its name. */
struct part {
	const char *s; /* borrowed from the path */
	size_t len;
};

bool part_starts_with(struct part p, const char *prefix);

/* And there is something before it. */
bool part_ends_with(struct part p, const char *suffix);
bool part_is(struct part p, const char *name);
struct part part_without_suffix(struct part p, const char *suffix);

/* Into room for size, with a NUL; what is too long is cut. systemd's \xNN becomes the byte. */
void part_copy(struct part p, char *ret, size_t size);
void part_copy_unescaped(struct part p, char *ret, size_t size);

/* Splits into directories; of a path with more than `max` the outermost. */
size_t part_split(const char *path, struct part *parts, size_t max);

enum part_prefix {
	PREFIX_NONE,
	PREFIX_HELPER, /* of a container, which is none itself */
	PREFIX_HEX,
	PREFIX_NAME,
};

/* By the name of the directory alone, where *ret_id and *ret_runtime are what it says. */
enum part_prefix part_find_prefix(struct part p, const char **ret_runtime, struct part *ret_id);

/* The id of a container in full; of a step of BuildKit; a UUID. */
bool part_is_id(struct part p);
bool part_is_build_id(struct part p);
bool part_begins_with_uuid(struct part p);

/* kubepods-burstable-pod<uid>.slice, pod<uid>, and what containerd makes of either. */
bool part_find_pod(struct part p, char *pod);

/* machine-libpod_pod_<id>.slice of Podman, user-libpod_pod_<id>.slice. */
bool part_find_podman_pod(struct part p, char *pod);

#endif
