/* SPDX-License-Identifier: GPL-2.0-only */
/* What the fuzz targets share: libFuzzer's entry, properties, and inputs that are lines of text. */
#ifndef SOCKWATCH_FUZZ_H
#define SOCKWATCH_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* What libFuzzer calls for every input. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that holds for every input; where it does not, the input is kept as a crash. */
#define FUZZ_CHECK(condition)                                                             \
	do {                                                                              \
		if (!(condition)) {                                                       \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, \
				#condition);                                              \
			abort();                                                          \
		}                                                                         \
	} while (0)

/* What is left of an input. */
struct input {
	const char *at; /* borrowed */
	const char *end;
};

static inline struct input input_of(const uint8_t *data, size_t size)
{
	const char *at = size ? (const char *)data : "";

	return (struct input){ .at = at, .end = at + size };
}

/*
 * The next line as a new string that the caller frees, without its newline; *ret_len counts the
 * NULs that may be in it, too. In memory of its own, so that a read behind it is seen. NULL at the
 * end of the input.
 */
char *input_line(struct input *in, size_t *ret_len);

/* Cuts the first word off a line and returns it; the rest, maybe empty, is left in *line. */
char *input_word(char **line);

/* Replaces \n, \\ and \xNN by what they stand for, in place. Returns the length: NULs may occur. */
size_t input_unescape(char *text);

#endif
