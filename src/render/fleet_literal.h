/* SPDX-License-Identifier: GPL-2.0-only */
/* Texts in statements. */
#ifndef SOCKWATCH_RENDER_FLEET_LITERAL_H
#define SOCKWATCH_RENDER_FLEET_LITERAL_H

#include <stddef.h>

struct buf;

/* Appends bytes as a literal, whatever they are. */
void fleet_put_literal(struct buf *b, const char *text, size_t len);

#endif
