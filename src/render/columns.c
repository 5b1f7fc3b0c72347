// SPDX-License-Identifier: GPL-2.0-only
#include "render/columns.h"

#include "base/buf.h"
#include "base/screen.h"
#include "core/record.h"
#include "render/cell.h"
#include "render/color.h"
#include "render/conn_owners.h"
#include "render/csv_put.h"
#include "render/escape.h"
#include "render/fields.h"
#include "render/holders.h"
#include "render/render.h"
#include "render/unix.h"

#define GROW_MAX 60 /* what is longer pushes the rest of its own line only */

/* --- what there is ---------------------------------------------------------------------------- */

/* Of keys that begin so. */
static const struct {
	const char *begin;
	uint32_t needs;
} needs[] = {
	{ "timer", NEED_TIMERS },
	{ "mem_", NEED_MEMORY },
	{ "exe", NEED_PROCESSES },
	{ "cmdline", NEED_PROCESSES },
	{ "start_time", NEED_PROCESSES },
	{ "ppid", NEED_PROCESSES },
	{ "parent_comm", NEED_PROCESSES },
	{ "login_uid", NEED_PROCESSES },
	{ "congestion", NEED_INFO },
	{ "rttvar_us", NEED_INFO },
	{ "min_rtt_us", NEED_INFO },
	{ "cwnd", NEED_INFO },
	{ "ssthresh", NEED_INFO },
	{ "mss", NEED_INFO },
	{ "pmtu", NEED_INFO },
	{ "bytes_acked", NEED_INFO },
	{ "bytes_retransmitted", NEED_INFO },
	{ "unacked", NEED_INFO },
	{ "retransmitting", NEED_INFO },
	{ "lost_segments", NEED_INFO },
	{ "sacked", NEED_INFO },
	{ "segments_", NEED_INFO },
	{ "peer_", NEED_PEERS },
};

static uint32_t needs_of(size_t i)
{
	const char *key = record_schema.fields[i].key;

	if (i >= first_name_field && i < end_name_field)
		return NEED_PLACE | NEED_NAMES;
	for (size_t k = 0; k < sizeof(needs) / sizeof(needs[0]); k++)
		if (!strncmp(key, needs[k].begin, strlen(needs[k].begin)))
			return NEED_PLACE | needs[k].needs;
	return NEED_PLACE;
}

bool columns_at(bool of_unix, size_t i, struct named_column *ret)
{
	const struct schema *s = of_unix ? &unix_schema : &record_schema;

	if (i >= s->n)
		return false;
	*ret = (struct named_column){ .name = s->fields[i].key,
				      .about = s->fields[i].about,
				      .needs = of_unix ? NEED_PLACE : needs_of(i) };
	return true;
}

void chosen_init(struct chosen *c, const struct schema *s, const char *const *names, size_t n)
{
	*c = (struct chosen){ .n = n };
	for (size_t i = 0; i < n; i++) {
		c->names[i] = names[i];
		c->widths[i] = (int)strlen(names[i]);
		for (size_t k = 0; k < s->n && !c->fields[i]; k++)
			if (!strcmp(s->fields[k].key, names[i]))
				c->fields[i] = &s->fields[k];
	}
}

bool chosen_has(const struct chosen *c, const char *key)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->names[i], key))
			return true;
	return false;
}

static bool get(const struct field *f, const void *object, struct field_value *v)
{
	v->field = f;
	return f && f->get(object, v);
}

/* --- text ------------------------------------------------------------------------------------- */

static bool is_right(const struct field *f)
{
	return f && (f->type == FIELD_NUMBER || f->type == FIELD_SIGNED || f->type == FIELD_REAL);
}

static void put_holders(struct buf *b, const struct field_value *v)
{
	if (v->conn)
		conn_owners_put_text(b, "", v->conn);
	else
		holders_put_text(b, v->holders, v->num);
}

/* Numbers and times are as in CSV. */
static void put_value(struct buf *b, const struct field_value *v, const struct field_times *times)
{
	switch ((enum field_type)v->field->type) {
	case FIELD_WORD:
	case FIELD_FOREIGN:
		escape_text(b, v->text, v->len);
		break;
	case FIELD_HOLDERS:
		put_holders(b, v);
		break;
	default:
		schema_put_cell(b, v->field, v, times);
	}
}

/* A dash where there is nothing, so that each line has as many words. */
static void put_cell(struct buf *b, const struct field *f, const void *object,
		     const struct field_times *times)
{
	struct field_value v;
	size_t start = b->len;

	if (get(f, object, &v))
		put_value(b, &v, times);
	if (b->len == start)
		buf_putc(b, '-');
}

static void grow(struct chosen *c, size_t i, int width)
{
	if (width > c->widths[i] && width <= GROW_MAX)
		c->widths[i] = width;
}

void chosen_fit(struct chosen *c, const void *object, const struct field_times *times)
{
	struct stamp_cache time = { 0 }, start = { 0 }; /* a delta is from line to line */
	const struct field_times own = { times->style, &time, &start };
	struct buf b = { 0 };

	for (size_t i = 0; i < c->n; i++) {
		b.len = 0;
		put_cell(&b, c->fields[i], object, &own);
		grow(c, i, buf_failed(&b) ? 0 : screen_columns(&b, 0));
	}
	buf_free(&b);
}

int chosen_width(const struct chosen *c)
{
	int width = 0;

	for (size_t i = 0; i < c->n; i++)
		width += c->widths[i] + 1;
	return width;
}

static void trim(struct buf *b, size_t start)
{
	while (b->len > start && b->data[b->len - 1] == ' ')
		b->len--;
}

void chosen_put_titles(const struct chosen *c, struct buf *b)
{
	size_t start = b->len;

	for (size_t i = 0; i < c->n; i++) {
		int room = c->widths[i] - (int)strlen(c->names[i]);

		if (is_right(c->fields[i]))
			buf_pad(b, room);
		buf_puts(b, c->names[i]);
		buf_pad(b, 1 + (is_right(c->fields[i]) ? 0 : room));
	}
	trim(b, start);
}

void chosen_put_text(struct chosen *c, struct buf *b, const void *object,
		     const struct field_times *times)
{
	struct buf cell = { 0 };
	size_t start = b->len;

	for (size_t i = 0; i < c->n; i++) {
		int width;

		cell.len = 0;
		put_cell(&cell, c->fields[i], object, times);
		b->failed = b->failed || buf_failed(&cell);
		width = buf_failed(&cell) ? 0 : screen_columns(&cell, 0);
		grow(c, i, width);
		if (is_right(c->fields[i]))
			buf_pad(b, c->widths[i] - width);
		buf_put(b, cell.data, cell.len);
		if (i + 1 < c->n)
			buf_pad(b, 1 + (is_right(c->fields[i]) ? 0 : c->widths[i] - width));
	}
	trim(b, start);
	buf_putc(b, '\n');
	buf_free(&cell);
}

/* --- JSON and CSV ----------------------------------------------------------------------------- */

void chosen_put_json(const struct chosen *c, struct buf *b, const void *object,
		     const struct field_times *times)
{
	size_t begin = json_begin(b);
	struct field_value v;

	for (size_t i = 0; i < c->n; i++) {
		if (!get(c->fields[i], object, &v))
			continue;
		json_put_key(b, &c->fields[i]->json);
		schema_put_value(b, c->fields[i], object, &v, times);
	}
	json_end_line(b, begin);
}

void chosen_put_csv(const struct chosen *c, struct buf *b, const void *object,
		    const struct field_times *times)
{
	struct field_value v;

	for (size_t i = 0; i < c->n; i++) {
		if (get(c->fields[i], object, &v))
			schema_put_cell(b, c->fields[i], &v, times);
		csv_next(b);
	}
	csv_end(b);
}

void chosen_put_csv_header(const struct chosen *c, struct buf *b)
{
	for (size_t i = 0; i < c->n; i++) {
		buf_puts(b, c->names[i]);
		csv_next(b);
	}
	csv_end(b);
}

/* --- records ---------------------------------------------------------------------------------- */

static struct field_times times_of(struct render *r)
{
	return (struct field_times){ r->time, &r->stamp, &r->start_stamp };
}

static void fit_terminal(struct render *r, int columns)
{
	r->narrow = r->tight = false;
	r->columns = columns;
	r->address_width = chosen_width(r->chosen);
}

/* Columns of the stream have room for what most lines have from the start. */
static int usual_width(const struct field *f, enum stamp_style style)
{
	static const struct {
		const char *key;
		int width;
	} usual[] = { { "local_addr", 15 }, { "remote_addr", 15 }, { "comm", 15 },
		      { "state", 11 },	    { "old_state", 11 },   { "event", 7 },
		      { "pid", 7 },	    { "owners", 16 },	   { "duration_us", 11 } };

	if (f && f->type == FIELD_TIME)
		return stamp_width(style);
	for (size_t i = 0; f && i < sizeof(usual) / sizeof(usual[0]); i++)
		if (!strcmp(usual[i].key, f->key))
			return usual[i].width;
	return 0;
}

static void text_header(struct render *r, struct buf *b)
{
	for (size_t i = 0; i < r->chosen->n && !r->no_event; i++)
		grow(r->chosen, i, usual_width(r->chosen->fields[i], r->time));
	r->address_width = chosen_width(r->chosen);
	if (r->color)
		buf_puts(b, COLOR_HEAD);
	chosen_put_titles(r->chosen, b);
	if (r->color)
		buf_puts(b, COLOR_END);
	buf_putc(b, '\n');
}

void render_columns_fit(struct render *r, const struct record *rec)
{
	const struct field_times times = times_of(r);

	chosen_fit(r->chosen, rec, &times);
}

static void text_record(struct render *r, struct buf *b, const struct record *rec)
{
	const struct field_times times = times_of(r);

	if (!record_is_socket(rec)) {
		r->chosen->whole->record(r, b, rec);
		return;
	}
	chosen_put_text(r->chosen, b, rec, &times);
	r->address_width = chosen_width(r->chosen); /* where it grew the header comes again */
}

static void json_record(struct render *r, struct buf *b, const struct record *rec)
{
	const struct field_times times = times_of(r);

	if (record_is_socket(rec))
		chosen_put_json(r->chosen, b, rec, &times);
	else
		r->chosen->whole->record(r, b, rec);
}

static void csv_header(struct render *r, struct buf *b)
{
	chosen_put_csv_header(r->chosen, b);
}

/* What was lost is no line of cells where none of them says so. */
static void csv_record(struct render *r, struct buf *b, const struct record *rec)
{
	const struct field_times times = times_of(r);

	if (record_is_socket(rec) || chosen_has(r->chosen, "event") ||
	    chosen_has(r->chosen, "lost"))
		chosen_put_csv(r->chosen, b, rec, &times);
}

const struct formatter render_columns_text = { .name = "columns",
					       .fit_terminal = fit_terminal,
					       .header = text_header,
					       .record = text_record };
const struct formatter render_columns_json = { .name = "columns-json", .record = json_record };
const struct formatter render_columns_csv = { .name = "columns-csv",
					      .header = csv_header,
					      .record = csv_record };
