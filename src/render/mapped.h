/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records in the JSON of other schemas. A table beside that of fields.c says where each key of ours
 * goes; a key that no line of it names stands below a name of our own, so none is lost, and what
 * is new in fields.c is there at once.
 *
 *	{ .path = "event.reason", .key = "reason" }
 *	{ .path = "source.ip", .key = "local_addr", .served = "remote_addr", .when = is_ip }
 *	{ .path = "ecs.version", CONSTANT("8.17.0") }
 *	{ .path = "event.duration", GETTER(NUMBER, get_duration_ns) }
 *
 * Lines whose paths begin alike stand together: each object is written once.
 */
#ifndef SOCKWATCH_RENDER_MAPPED_H
#define SOCKWATCH_RENDER_MAPPED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "render/schema.h"

struct record;

#define MAPPED_MAX 96	/* lines of a table */
#define MAPPED_REST 192 /* keys of ours */

enum map_as {
	AS_IT_IS, /* as our JSON has it */
	AS_TEXT,  /* a number as text: an identifier, or what has no room in 63 bits */
	AS_MS,	  /* nanoseconds since 1970 as milliseconds */
	AS_RAW,	  /* `word` is JSON already */
};

struct mapping {
	const char *path;   /* dots between the names of objects */
	const char *key;    /* ours; NULL: `field` says where the value comes from */
	const char *served; /* ours, in its place where this side is the one that serves */
	bool sides;	    /* nothing where it is not known which side began */
	uint8_t as;	    /* enum map_as */
	/* NULL: always. Else which records have it; of others the key stands below our own name. */
	bool (*when)(const struct record *r);
	bool keep; /* it stands there as well: nanoseconds, where milliseconds are wanted */
	struct field field;
};

#define CONSTANT(word_) .field = { .type = FIELD_WORD, .get = field_word, .word = (word_) }
#define RAW(word_) .as = AS_RAW, CONSTANT(word_)
#define GETTER(type_, get_) .field = { .type = FIELD_##type_, .get = (get_) }

/* Another's schema. */
struct mapped_schema {
	const char *name;
	const struct mapping *all;
	size_t n;
	const char *rest; /* the object of what is named in none */
};

/* A table whose keys were found. Starts as all zero. */
struct mapped {
	const struct mapped_schema *schema;	/* that it was made for; NULL: not yet */
	const struct field *fields[MAPPED_MAX]; /* static, of each line */
	const struct field *served[MAPPED_MAX]; /* likewise */
	/* of the record at hand: which keys of ours, by their place, a line has told */
	bool told[MAPPED_REST];
};

/* Finds the keys, unless that was done; no key was told yet. */
void mapped_begin(struct mapped *m, const struct mapped_schema *schema);

/* The value of a line, whose key is told by that; false: there is none. */
bool mapped_get(struct mapped *m, size_t line, const struct record *rec, struct field_value *v);

/* That of a key of ours which no line has told, by its place in record_schema; likewise. */
bool mapped_get_rest(const struct mapped *m, size_t i, const struct record *rec,
		     struct field_value *v);

/* Appends the record as an object, without an end of line. */
void mapped_put_object(struct mapped *m, const struct mapped_schema *schema, struct buf *b,
		       const struct record *rec, const struct field_times *times);

#endif
