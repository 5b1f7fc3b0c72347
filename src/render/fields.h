/* SPDX-License-Identifier: GPL-2.0-only */
/* The fields of a record, in the order of the output: one table for JSON and CSV. */
#ifndef SOCKWATCH_RENDER_FIELDS_H
#define SOCKWATCH_RENDER_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/addr.h"

struct record;

enum field_type {
	FIELD_TIME,    /* num: nanoseconds since 1970 */
	FIELD_START,   /* likewise; whatever style is asked for, RFC 3339 */
	FIELD_NUMBER,  /* num */
	FIELD_BOOL,    /* num */
	FIELD_WORD,    /* text: our own, needs no escaping */
	FIELD_FOREIGN, /* text: from outside */
	FIELD_OWNERS,  /* the record's holders */
	FIELD_HELD_BY, /* likewise */
};

struct field_value {
	uint64_t num;
	const char *text; /* borrowed from the record, static, or in `scratch` */
	size_t len;
	char scratch[ADDR_TEXT_MAX];
};

#define FIELD_MEMBER_MAX 24 /* ,"datagrams_received": */

struct field {
	const char *key;
	/* The key as JSON has it between two values; copied whole, for a length that is known. */
	char member[FIELD_MEMBER_MAX];
	uint8_t member_len;
	enum field_type type;
	/* Fills *v; false when the record has no value for this field. */
	bool (*get)(const struct record *rec, struct field_value *v);
};

extern const struct field fields[];
extern const size_t n_fields;

/* Those from local_name to user, which only --resolve fills: others need not ask for them. */
extern const size_t first_name_field;
extern const size_t end_name_field;

#endif
