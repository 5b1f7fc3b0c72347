/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs of the walk in the kernel (bpf/walk.bpf.c, include/window.h), and the windows that
 * they fill: an object that tells plain rows, or one that tells all and takes longer to load.
 */
#ifndef SOCKWATCH_LIVE_WALK_OBJECT_H
#define SOCKWATCH_LIVE_WALK_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

struct loader_opts;
struct sockwatch_walk;
struct sockwatch_walk_full;
struct sw_descriptor;
struct sw_info;
struct sw_row;
struct sw_walk;
struct sw_walk_net;

struct walk_object {
	struct sockwatch_walk *plain;	  /* owned; or NULL */
	struct sockwatch_walk_full *full; /* owned; or NULL */
	struct sw_walk *state;		  /* borrowed from it, as all below */
	int begin_fd, table_fd;		  /* programs */
	int tasks_link;			  /* owned: of an iterator; -1: none */
	const struct sw_row *rows;
	const struct sw_info *infos; /* NULL: rows have none */
	const struct sw_descriptor *held;
	const struct sw_walk_net *nets;
};

/* Loads what tells what *opts asks for; walk_object_free() in any case. 0 or -errno. */
int walk_object_load(struct walk_object *o, const struct loader_opts *opts);

void walk_object_free(struct walk_object *o);

#endif
