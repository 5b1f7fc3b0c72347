/* SPDX-License-Identifier: GPL-2.0-only */
/* A process that has a port, for `who`. */
#ifndef SOCKWATCH_RENDER_WHO_H
#define SOCKWATCH_RENDER_WHO_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct forward;
struct schema;
struct who_process;

/* Of a struct who_process. */
extern const struct schema process_schema;

/* Of a struct forward. */
extern const struct schema forward_schema;

/* Appends a line: where a port is sent on to. found: sockets that have it follow. */
void render_forward_text(struct buf *b, const struct forward *f, bool found);

/* Appends an object, "event":"forward", as one line. */
void render_forward_json(struct buf *b, const struct forward *f);

/* Appends a paragraph: who it is on one line, what it runs below. now_ns: since 1970. */
void render_who_text(struct buf *b, const struct who_process *p, uint64_t now_ns);

/* Appends an object, "event":"process", as one line. */
void render_who_json(struct buf *b, const struct who_process *p);

#endif
