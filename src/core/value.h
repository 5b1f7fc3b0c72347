/* SPDX-License-Identifier: GPL-2.0-only */
/* One cell of an answer whose columns are chosen by who asks. */
#ifndef SOCKWATCH_CORE_VALUE_H
#define SOCKWATCH_CORE_VALUE_H

#include <stddef.h>
#include <stdint.h>

enum value_type {
	VALUE_NONE,
	VALUE_INTEGER,
	VALUE_REAL,
	VALUE_TEXT, /* from outside: any bytes */
};

struct value {
	enum value_type type;
	int64_t integer;
	double real;
	const char *text; /* borrowed, not NUL-terminated */
	size_t len;
};

#endif
