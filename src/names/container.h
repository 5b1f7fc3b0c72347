/* SPDX-License-Identifier: GPL-2.0-only */
/* What the path of a cgroup says about the container, pod or unit that it was made for. */
#ifndef SOCKWATCH_NAMES_CONTAINER_H
#define SOCKWATCH_NAMES_CONTAINER_H

#include <stdbool.h>

#define CONTAINER_NAME_MAX 256 /* of one directory, with its NUL */
#define CONTAINER_POD_MAX 68
#define CONTAINER_ALL_MAX 512

/* In whose part of the tree the innermost container is. */
enum container_of {
	CONTAINER_OF_SYSTEM, /* its own, or a runtime's */
	CONTAINER_OF_UNIT,   /* in what was given to a unit, who may make there what it likes */
	CONTAINER_OF_USER,   /* in what a user's manager was given */
};

struct container {
	const char *runtime;	     /* static: "docker", "podman", ...; NULL: not known */
	char id[CONTAINER_NAME_MAX]; /* or its name, where the runtime uses names; "": no container
				      */
	char all[CONTAINER_ALL_MAX]; /* of containers in containers, from the outermost, with a
				      * slash between; "": there is one at most */
	char pod[CONTAINER_POD_MAX]; /* the uid of the Kubernetes pod, or Podman's id; "": none */
	char unit[CONTAINER_NAME_MAX];	    /* of systemd, within the container; "": none */
	char user_unit[CONTAINER_NAME_MAX]; /* of the user's manager that `unit` is; "": none */
	enum container_of of;
	unsigned int uid; /* CONTAINER_OF_USER: the user's */
};

/*
 * Of containers in containers *ret is the innermost. A name counts only in its place: whoever was
 * given a cgroup (a user's manager, a unit) may call what he makes there as he likes. So a unit is
 * one of the system's manager, in its slices; all that a user's manager runs is in user@N.service,
 * and so are the containers of a user; what he calls it there is the user_unit. True when the path
 * says anything; *ret is set in any case.
 */
bool container_parse(const char *cgroup_path, struct container *ret);

#endif
