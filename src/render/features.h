/* SPDX-License-Identifier: GPL-2.0-only */
/* --features: what this kernel allows, as a table or as JSON. */
#ifndef SOCKWATCH_RENDER_FEATURES_H
#define SOCKWATCH_RENDER_FEATURES_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct feature;
struct schema;

/* One of the page; the page. */
extern const struct schema feature_schema;
extern const struct schema features_schema;

struct feature_row {
	const struct feature *feature; /* borrowed, as all below */
	bool has;
};

struct feature_page {
	const char *kernel; /* its release, from uname */
	const struct feature_row *rows;
	size_t n;
	const char *missing; /* privileges that we lack, "" when none */
};

void render_features_text(struct buf *b, const struct feature_page *page);
void render_features_json(struct buf *b, const struct feature_page *page);

#endif
