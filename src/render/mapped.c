// SPDX-License-Identifier: GPL-2.0-only
#include "render/mapped.h"

#include <string.h>

#include "base/buf.h"
#include "core/act.h"
#include "core/record.h"
#include "render/fields.h"

#define NS_PER_MS 1000000

/* --- tables ----------------------------------------------------------------------------------- */

static const struct field *find_field(const char *key)
{
	for (size_t i = 0; key && i < record_schema.n; i++)
		if (!strcmp(record_schema.fields[i].key, key))
			return &record_schema.fields[i];
	return NULL;
}

static void find_fields(struct mapped *m, const struct mapped_schema *schema)
{
	*m = (struct mapped){ .schema = schema };
	for (size_t i = 0; i < schema->n && i < MAPPED_MAX; i++) {
		const struct mapping *line = &schema->all[i];

		m->fields[i] = line->key ? find_field(line->key) : &line->field;
		m->served[i] = line->served ? find_field(line->served) : m->fields[i];
	}
}

void mapped_begin(struct mapped *m, const struct mapped_schema *schema)
{
	if (m->schema != schema)
		find_fields(m, schema);
	memset(m->told, 0, sizeof(m->told));
}

/* What has no room in a number of 63 bits would have the whole record refused. */
static bool has_room(const struct field_value *v)
{
	return v->field->type != FIELD_NUMBER || v->num <= INT64_MAX;
}

bool mapped_get(struct mapped *m, size_t i, const struct record *rec, struct field_value *v)
{
	const struct mapping *line = &m->schema->all[i];
	enum role role = line->served || line->sides ? record_role(rec) : ROLE_UNKNOWN;

	if ((line->sides && role == ROLE_UNKNOWN) || (line->when && !line->when(rec)))
		return false;
	v->field = role == ROLE_SERVER ? m->served[i] : m->fields[i];
	if (!v->field || !v->field->get(rec, v) || (line->as != AS_TEXT && !has_room(v)))
		return false;
	if (line->key && !line->keep)
		m->told[v->field - record_schema.fields] = true;
	return true;
}

bool mapped_get_rest(const struct mapped *m, size_t i, const struct record *rec,
		     struct field_value *v)
{
	v->field = &record_schema.fields[i];
	return !m->told[i] && v->field->get(rec, v) && has_room(v);
}

/* --- objects in objects ----------------------------------------------------------------------- */

#define DEPTH_MAX 8

/* Those that are open, by their names in the path of the member before. */
struct nest {
	struct buf *b; /* borrowed, as what follows */
	const char *name[DEPTH_MAX];
	size_t len[DEPTH_MAX];
	size_t begin[DEPTH_MAX];
	size_t depth;
};

static void nest_close(struct nest *n, size_t depth)
{
	while (n->depth > depth)
		json_end_object(n->b, n->begin[--n->depth]);
}

static void put_name(struct buf *b, const char *name, size_t len)
{
	json_next(b);
	json_put_word(b, name, len);
	buf_putc(b, ':');
}

static void nest_open(struct nest *n, const char *name, size_t len)
{
	put_name(n->b, name, len);
	n->name[n->depth] = name;
	n->len[n->depth] = len;
	n->begin[n->depth++] = json_begin(n->b);
}

/* Before a member's value: in the objects that its path names, opened where they are not. */
static void nest_put_key(struct nest *n, const char *path)
{
	const char *dot = strchr(path, '.');
	size_t depth = 0;

	while (dot && depth < n->depth && n->len[depth] == (size_t)(dot - path) &&
	       !memcmp(n->name[depth], path, n->len[depth])) {
		path = dot + 1;
		dot = strchr(path, '.');
		depth++;
	}
	nest_close(n, depth);
	for (; dot && n->depth < DEPTH_MAX; dot = strchr(path, '.')) {
		nest_open(n, path, (size_t)(dot - path));
		path = dot + 1;
	}
	put_name(n->b, path, strlen(path));
}

static void put_value(struct buf *b, const struct mapping *line, const struct record *rec,
		      const struct field_value *v, const struct field_times *times)
{
	switch ((enum map_as)line->as) {
	case AS_IT_IS:
		schema_put_value(b, v->field, rec, v, times);
		break;
	case AS_TEXT:
		buf_putc(b, '"');
		buf_put_u64(b, v->num);
		buf_putc(b, '"');
		break;
	case AS_MS:
		buf_put_u64(b, v->num / NS_PER_MS);
		break;
	case AS_RAW:
		buf_put(b, v->text, v->len);
		break;
	}
}

static void put_rest(const struct mapped *m, struct nest *n, const struct record *rec,
		     const struct field_times *times)
{
	struct field_value v;
	const struct field *f;

	for (size_t i = 0; i < record_schema.n; i++) {
		if (!mapped_get_rest(m, i, rec, &v))
			continue;
		f = v.field;
		if (!n->depth)
			nest_open(n, m->schema->rest, strlen(m->schema->rest));
		json_put_key(n->b, &f->json);
		schema_put_value(n->b, f, rec, &v, times);
	}
	nest_close(n, 0);
}

void mapped_put_object(struct mapped *m, const struct mapped_schema *schema, struct buf *b,
		       const struct record *rec, const struct field_times *times)
{
	struct nest n = { .b = b };
	size_t begin = json_begin(b);
	struct field_value v;

	mapped_begin(m, schema);
	for (size_t i = 0; i < schema->n; i++) {
		if (!mapped_get(m, i, rec, &v))
			continue;
		nest_put_key(&n, schema->all[i].path);
		put_value(b, &schema->all[i], rec, &v, times);
	}
	if (n.depth != 1 || strncmp(n.name[0], schema->rest, n.len[0]))
		nest_close(&n, 0);
	put_rest(m, &n, rec, times);
	json_end_object(b, begin);
}
