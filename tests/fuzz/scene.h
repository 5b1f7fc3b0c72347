/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events, rows and settings from lines of text, so that the corpus can be read, and stays what it
 * was when a struct changes:
 *
 *   event                      begins an event of zeros; "row" and "holder" (of the last row) alike
 *   raw                        begins an event of the bytes that follow
 *   pid 42                     a field of what was begun last, or of the settings, by its name
 *   comm a\x1b[2J              bytes, escaped where that reads better
 *   tuple.local 10.0.0.1
 *   at 70 255                  one byte of what was begun last
 *   word --port=443            a word of a command line
 *
 * What is not understood is left out.
 */
#ifndef SOCKWATCH_FUZZ_SCENE_H
#define SOCKWATCH_FUZZ_SCENE_H

#include <stddef.h>
#include <stdint.h>

#include "core/row.h"
#include "event.h"

#define SCENE_WORDS 32

struct scene_settings {
	uint64_t wall_offset;
	uint64_t lost;
	uint8_t style; /* of times */
	uint8_t extended;
	char exe[128];
	char cmdline[128];
};

struct scene {
	struct sw_event *events; /* owned, exactly so many */
	size_t n_events;
	struct snapshot snap; /* owned, likewise */
	struct scene_settings settings;
	char *words[SCENE_WORDS + 1]; /* owned; NULL behind the last */
	int n_words;
};

/* Reads a scene; to be freed with scene_free(). */
void scene_read(const uint8_t *data, size_t size, struct scene *ret);
void scene_free(struct scene *s);

#endif
