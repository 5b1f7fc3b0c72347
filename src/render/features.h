/* SPDX-License-Identifier: GPL-2.0-only */
/* --features: what this kernel allows, as a table or as JSON. */
#ifndef SOCKWATCH_RENDER_FEATURES_H
#define SOCKWATCH_RENDER_FEATURES_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct feature;

/* Appends what stands before the first feature; kernel: its release, from uname. */
void render_features_head(struct buf *b, bool json, const char *kernel);

/* Appends one feature; first: it is the first one. */
void render_feature(struct buf *b, bool json, const struct feature *f, bool has, bool first);

/* Appends what stands after the last; `missing`: privileges that we lack, "" when none. */
void render_features_tail(struct buf *b, bool json, const char *missing);

#endif
