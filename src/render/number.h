/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers that are no plain ones, and truths: the same in text, JSON and CSV. */
#ifndef SOCKWATCH_RENDER_NUMBER_H
#define SOCKWATCH_RENDER_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

/* Appends a number with its sign. */
void signed_put(struct buf *b, uint64_t number, bool negative);

/* Appends a number with so many digits behind the point (0 to 9). */
void real_put(struct buf *b, double number, int digits);

/* Appends "true" or "false". */
void bool_put(struct buf *b, bool value);

#endif
