/* SPDX-License-Identifier: GPL-2.0-only */
/* The summary of the sockets that there are: tables, JSON and CSV. */
#ifndef SOCKWATCH_RENDER_SUMMARY_H
#define SOCKWATCH_RENDER_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "render/stamp.h"

struct buf;
struct schema;
struct summary;

/* Of what render_summary_json() and render_summary_csv() tell. */
extern const struct schema summary_schema;

struct render_summary {
	const struct summary *summary; /* borrowed */
	bool repeated;		       /* a column for what grew */
	bool color;
	bool header;
	enum stamp_style time; /* CSV */
	uint64_t wall_ns;      /* since 1970, UTC */
};

/* Each appends a page. */
void render_summary_text(const struct render_summary *r, struct buf *b);
void render_summary_json(const struct render_summary *r, struct buf *b);
void render_summary_csv(const struct render_summary *r, struct buf *b);

#endif
