// SPDX-License-Identifier: GPL-2.0-only
#include "base/log.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"

#define KEYS 64

static int level;

/*
 * What was told, by hashes: a message that is missing for a like one is no harm, nor one that two
 * threads tell at the same moment.
 */
static _Atomic uint64_t told[KEYS];
static atomic_uint n_told;

void log_set_level(int new_level)
{
	level = new_level;
}

int log_level(void)
{
	return level;
}

bool log_is_news(const char *key)
{
	uint64_t hash = hash_bytes(HASH_EMPTY, key, strlen(key));

	for (unsigned int i = 0; i < n_told && i < KEYS; i++)
		if (told[i] == hash)
			return false;
	told[n_told++ % KEYS] = hash;
	return true;
}

__attribute__((format(printf, 2, 0))) static void log_line(const char *kind, const char *fmt,
							   va_list args)
{
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, args);
	for (char *c = text; *c; c++) /* an argument of the command line may hold anything */
		if (iscntrl((unsigned char)*c))
			*c = '?';
	/* one call, so that lines of several processes on one terminal do not mix */
	fprintf(stderr, "sockwatch: %s%s\n", kind, text);
}

void log_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_line("", fmt, args);
	va_end(args);
}

void log_note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_line("note: ", fmt, args);
	va_end(args);
}

void log_verbose(const char *fmt, ...)
{
	va_list args;

	if (level < 1)
		return;
	va_start(args, fmt);
	log_line("", fmt, args);
	va_end(args);
}

void log_info(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_line("", fmt, args);
	va_end(args);
}
