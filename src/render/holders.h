/* SPDX-License-Identifier: GPL-2.0-only */
/* The processes that hold a socket. */
#ifndef SOCKWATCH_RENDER_HOLDERS_H
#define SOCKWATCH_RENDER_HOLDERS_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct holder;
struct record;
struct schema;

/* One of them, as JSON tells it. */
extern const struct schema holder_schema;

/* Text: "811/nginx"; a name that could read as more than one is quoted: 811/"a,1/systemd". */
void process_put_text(struct buf *b, uint32_t pid, const char *comm);

/* Text: "811/nginx,812/nginx", each process once. */
void holders_put_text(struct buf *b, const struct holder *holders, size_t n);

/* Text: every process that holds the socket of a record, or its owner; "-": nobody is known. */
void owner_put_text(struct buf *b, const struct record *rec);

/* JSON: an array of objects. */
void holders_put_json(struct buf *b, const struct holder *holders, size_t n);

/* CSV: "811/nginx 812/nginx" as one cell. */
void holders_put_csv(struct buf *b, const struct holder *holders, size_t n);

#endif
