/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is told of an object, in the order of the output: one table gives JSON its members, CSV its
 * header and cells, and is held against the manual's (tests/unit/test_schema.c).
 */
#ifndef SOCKWATCH_RENDER_SCHEMA_H
#define SOCKWATCH_RENDER_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "event.h"
#include "render/json_put.h"
#include "render/stamp.h"

struct buf;
struct field;
struct holder;
struct sw_conn;
struct sw_tuple;

enum field_type {
	FIELD_TIME,    /* num: nanoseconds since 1970 */
	FIELD_START,   /* likewise; whatever style is asked for, RFC 3339 */
	FIELD_NUMBER,  /* num */
	FIELD_SIGNED,  /* num, below 0 when `negative` */
	FIELD_REAL,    /* real */
	FIELD_BOOL,    /* num */
	FIELD_WORD,    /* text: our own, needs no escaping */
	FIELD_FOREIGN, /* text: from outside */
	FIELD_HOLDERS, /* holders, num of them */
	FIELD_JSON,    /* text: a value of JSON, our own */
	FIELD_ENDS,    /* ends */
	FIELD_LIST,    /* put_elements; JSON_ONLY */
};

#define FIELD_SCRATCH 256

/* What a getter gives. All is borrowed from the object, static, or in `scratch`. */
struct field_value {
	const struct field *field; /* that is asked for */
	uint64_t num;
	const char *text;
	size_t len;
	const struct holder *holders;
	const struct sw_conn *conn; /* FIELD_HOLDERS: its owners in their place; NULL: not these */
	const struct sw_tuple *ends;
	/* Appends the elements, each behind json_next(). */
	void (*put_elements)(struct buf *b, const void *object, const struct field_value *v);
	double real;
	bool negative;
	char scratch[FIELD_SCRATCH];
};

struct field {
	struct json_key json;
	uint8_t type;	/* enum field_type */
	bool json_only; /* CSV has no such column */
	/* Fills *v; false when the object has no value for this field. */
	bool (*get)(const void *object, struct field_value *v);
	const char *key;
	const char *about; /* how the manual begins to tell what it is */
	/* for the getters below: */
	bool follow;   /* the object's first member points to the struct, else it is the object */
	uint16_t size; /* of the struct's member that holds the value */
	uint16_t at;   /* where that is */
	uint16_t has;  /* where a bool is that says whether it holds one */
	const char *word; /* the value */
};

/* The first part of a field, its type without FIELD_; the others, if any, stand behind it. */
#define KEY(key_, type_, get_, about_)                                               \
	.json = JSON_KEY(key_), .type = FIELD_##type_, .get = (get_), .key = (key_), \
	.about = (about_)
#define JSON_ONLY .json_only = true
#define FIELD_AT(object, member) \
	.at = offsetof(object, member), .size = sizeof(((object *)0)->member)
#define FIELD_IN(pointed, member) FIELD_AT(pointed, member), .follow = true

struct schema {
	const char *title; /* of its table in the manual */
	const struct field *fields;
	size_t n;
};

/* How times are told, and the caches for them: borrowed, each for its style only. */
struct field_times {
	enum stamp_style style; /* CSV; JSON is always STAMP_ISO */
	struct stamp_cache *time;
	struct stamp_cache *start;
};

/* Appends members of an object (a comma first: json_put.h), those of the fields [first, end). */
void schema_put_members(const struct schema *s, size_t first, size_t end, struct buf *b,
			const void *object, const struct field_times *times);

/* Appends a value as JSON, which f's getter gave. */
void schema_put_value(struct buf *b, const struct field *f, const void *object,
		      const struct field_value *v, const struct field_times *times);

/* The same as a cell of CSV, without its end. */
void schema_put_cell(struct buf *b, const struct field *f, const struct field_value *v,
		     const struct field_times *times);

/* Appends an object. times: NULL where there is none in it. */
void schema_put_object(const struct schema *s, struct buf *b, const void *object,
		       const struct field_times *times);

/* The same, as a line. */
void schema_put_json(const struct schema *s, struct buf *b, const void *object,
		     const struct field_times *times);

/* Appends a line of CSV; that of the keys. */
void schema_put_csv(const struct schema *s, struct buf *b, const void *object,
		    const struct field_times *times);
void schema_put_csv_header(const struct schema *s, struct buf *b);

/* --- getters for what the table names --------------------------------------------------------- */

/* An integer of any width; the same where 0 is none; the same where `has` tells. */
bool field_member(const void *object, struct field_value *v);
bool field_nonzero(const void *object, struct field_value *v);
bool field_if(const void *object, struct field_value *v);

/* A `const char *`, NULL is none; an array of char; the same where "" is none; always `word`. */
bool field_text(const void *object, struct field_value *v);
bool field_chars(const void *object, struct field_value *v);
bool field_filled(const void *object, struct field_value *v);
bool field_word(const void *object, struct field_value *v);

/* --- for other getters: each returns whether there is a value --------------------------------- */

static inline bool value_number(struct field_value *v, bool has, uint64_t num)
{
	v->num = num;
	return has;
}

/* text: NULL for none. */
static inline bool value_text(struct field_value *v, const char *text)
{
	if (!text)
		return false;
	v->text = text;
	v->len = strlen(text);
	return true;
}

/* A process name, which may fill its bytes. */
static inline bool value_comm(struct field_value *v, bool has, const char comm[SW_COMM_LEN])
{
	v->text = comm;
	v->len = strnlen(comm, SW_COMM_LEN);
	return has;
}

static inline bool value_holders(struct field_value *v, const struct holder *holders, size_t n)
{
	v->conn = NULL;
	v->holders = holders;
	v->num = n;
	return n > 0;
}

#endif
