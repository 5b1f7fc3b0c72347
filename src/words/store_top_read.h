/* SPDX-License-Identifier: GPL-2.0-only */
/* The reader of the store beside a live table, which asks it for moments of the past. */
#ifndef SOCKWATCH_WORDS_STORE_TOP_READ_H
#define SOCKWATCH_WORDS_STORE_TOP_READ_H

#include "cli/words.h"

struct options;

/*
 * In the process that `top` started for it: takes moments (struct screen_moment) from its socket
 * and answers by frames of core/wire.h, until the other side has ended. An answer ends with
 * WIRE_END, also where nothing came before it: then a message has told why.
 */
enum exit_status store_top_read(const struct options *o);

#endif
