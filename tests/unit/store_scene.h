/* SPDX-License-Identifier: GPL-2.0-only */
/* A store of a test's own, and what is written into it. Times are seconds. */
#ifndef SOCKWATCH_TESTS_STORE_SCENE_H
#define SOCKWATCH_TESTS_STORE_SCENE_H

#include "unit.h"

#include <stdbool.h>

#include "conn.h"
#include "core/record.h"
#include "store/writer.h"
#include "tree.h"

#define SEC 1000000000ULL

struct store_scene {
	struct tree tree;
	struct writer *writer; /* NULL: closed */
};

/* For setup() and teardown(): 0 or -1. */
int store_scene_make(struct store_scene *s);
int store_scene_remove(struct store_scene *s);

/* The writer is opened where it is closed; and closed, so that all is there to be read. */
void store_scene_open(struct store_scene *s);
void store_scene_close(struct store_scene *s);

/* What was taken so far can be read. */
void store_scene_commit(struct store_scene *s);

/* Records of the recorder itself; of what was lost; of a connection of curl to 10.0.0.9. */
void store_scene_act(struct store_scene *s, uint64_t second, enum recorder_act act);
void store_scene_lost(struct store_scene *s, uint64_t since, uint64_t second, uint64_t lost);
void store_scene_conn(struct store_scene *s, uint64_t second, const char *comm, uint16_t port);

/* That connection by itself; the record borrows from it. */
struct sw_conn store_scene_curl(const char *comm, uint16_t port);
void store_scene_put(struct store_scene *s, const struct record *rec);

#endif
