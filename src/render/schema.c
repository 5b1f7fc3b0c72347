// SPDX-License-Identifier: GPL-2.0-only
#include "render/schema.h"

#include "base/buf.h"
#include "render/conn_owners.h"
#include "render/csv_put.h"
#include "render/escape.h"
#include "render/holders.h"
#include "render/nat_fields.h"
#include "render/number.h"

#define REAL_DIGITS 3

/* --- getters ---------------------------------------------------------------------------------- */

static const char *struct_of(const void *object, const struct field *f)
{
	return f->follow ? *(const char *const *)object : object;
}

bool field_member(const void *object, struct field_value *v)
{
	const char *member = struct_of(object, v->field) + v->field->at;
	uint32_t u32;
	uint16_t u16;

	switch (v->field->size) {
	case sizeof(uint64_t):
		memcpy(&v->num, member, sizeof(v->num));
		return true;
	case sizeof(u32):
		memcpy(&u32, member, sizeof(u32));
		return value_number(v, true, u32);
	case sizeof(u16):
		memcpy(&u16, member, sizeof(u16));
		return value_number(v, true, u16);
	default:
		return value_number(v, true, (uint8_t)*member);
	}
}

bool field_nonzero(const void *object, struct field_value *v)
{
	return field_member(object, v) && v->num;
}

bool field_if(const void *object, struct field_value *v)
{
	return struct_of(object, v->field)[v->field->has] && field_member(object, v);
}

bool field_text(const void *object, struct field_value *v)
{
	const char *text;

	memcpy(&text, struct_of(object, v->field) + v->field->at, sizeof(text));
	return value_text(v, text);
}

bool field_chars(const void *object, struct field_value *v)
{
	v->text = struct_of(object, v->field) + v->field->at;
	v->len = strnlen(v->text, v->field->size);
	return true;
}

bool field_filled(const void *object, struct field_value *v)
{
	return field_chars(object, v) && v->len;
}

bool field_word(const void *object, struct field_value *v)
{
	(void)object;
	return value_text(v, v->field->word);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void put_list(struct buf *b, const void *object, const struct field_value *v)
{
	size_t begin = json_begin(b);

	v->put_elements(b, object, v);
	json_end_array(b, begin);
}

void schema_put_value(struct buf *b, const struct field *f, const void *object,
		      const struct field_value *v, const struct field_times *times)
{
	switch ((enum field_type)f->type) {
	case FIELD_TIME:
		json_put_time(b, times->time, v->num);
		break;
	case FIELD_START:
		json_put_time(b, times->start, v->num);
		break;
	case FIELD_NUMBER:
		json_put_number(b, v->num);
		break;
	case FIELD_SIGNED:
		signed_put(b, v->num, v->negative);
		break;
	case FIELD_REAL:
		real_put(b, v->real, REAL_DIGITS);
		break;
	case FIELD_BOOL:
		bool_put(b, v->num);
		break;
	case FIELD_WORD:
		json_put_word(b, v->text, v->len);
		break;
	case FIELD_FOREIGN:
		json_put_text(b, v->text, v->len);
		break;
	case FIELD_HOLDERS:
		if (v->conn)
			conn_owners_put_json(b, v->conn);
		else
			holders_put_json(b, v->holders, v->num);
		break;
	case FIELD_JSON:
		buf_put(b, v->text, v->len);
		break;
	case FIELD_ENDS:
		schema_put_object(&nat_schema, b, v->ends, NULL);
		break;
	case FIELD_LIST:
		put_list(b, object, v);
		break;
	}
}

void schema_put_members(const struct schema *s, size_t first, size_t end, struct buf *b,
			const void *object, const struct field_times *times)
{
	const struct field *last = s->fields + end;
	struct field_value v;

	for (const struct field *f = s->fields + first; f < last; f++) {
		v.field = f;
		if (!f->get(object, &v))
			continue;
		json_put_key(b, &f->json);
		schema_put_value(b, f, object, &v, times);
	}
}

void schema_put_object(const struct schema *s, struct buf *b, const void *object,
		       const struct field_times *times)
{
	size_t begin = json_begin(b);

	schema_put_members(s, 0, s->n, b, object, times);
	json_end_object(b, begin);
}

void schema_put_json(const struct schema *s, struct buf *b, const void *object,
		     const struct field_times *times)
{
	size_t begin = json_begin(b);

	schema_put_members(s, 0, s->n, b, object, times);
	json_end_line(b, begin);
}

/* --- CSV -------------------------------------------------------------------------------------- */

void schema_put_cell(struct buf *b, const struct field *f, const struct field_value *v,
		     const struct field_times *times)
{
	switch ((enum field_type)f->type) {
	case FIELD_TIME:
		stamp_put(b, times->time, times->style, v->num);
		break;
	case FIELD_START:
		stamp_put(b, times->start, STAMP_ISO, v->num);
		break;
	case FIELD_NUMBER:
		buf_put_u64(b, v->num);
		break;
	case FIELD_SIGNED:
		signed_put(b, v->num, v->negative);
		break;
	case FIELD_REAL:
		real_put(b, v->real, REAL_DIGITS);
		break;
	case FIELD_BOOL:
		bool_put(b, v->num);
		break;
	case FIELD_WORD:
		buf_put(b, v->text, v->len);
		break;
	case FIELD_FOREIGN:
	case FIELD_JSON:
		escape_csv(b, v->text, v->len);
		break;
	case FIELD_HOLDERS:
		if (v->conn)
			conn_owners_put_csv(b, v->conn);
		else
			holders_put_csv(b, v->holders, v->num);
		break;
	case FIELD_ENDS:
		nat_put_text(b, v->ends);
		break;
	case FIELD_LIST:
		break; /* JSON only */
	}
}

void schema_put_csv(const struct schema *s, struct buf *b, const void *object,
		    const struct field_times *times)
{
	const struct field *end = s->fields + s->n;
	struct field_value v;

	for (const struct field *f = s->fields; f < end; f++) {
		if (f->json_only)
			continue;
		v.field = f;
		if (f->get(object, &v))
			schema_put_cell(b, f, &v, times);
		csv_next(b);
	}
	csv_end(b);
}

void schema_put_csv_header(const struct schema *s, struct buf *b)
{
	for (const struct field *f = s->fields; f < s->fields + s->n; f++)
		if (!f->json_only) {
			buf_puts(b, f->key);
			csv_next(b);
		}
	csv_end(b);
}
