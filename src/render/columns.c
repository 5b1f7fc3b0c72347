// SPDX-License-Identifier: GPL-2.0-only
#include "render/columns.h"

#include "base/buf.h"
#include "core/record.h"
#include "render/color.h"
#include "render/csv_put.h"
#include "render/fields.h"
#include "render/render.h"
#include "render/unix.h"

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
	{ "container_labels", NEED_PROCESSES },
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
	{ "nat", NEED_NAT },
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

/* --- JSON and CSV ----------------------------------------------------------------------------- */

void chosen_put_json(const struct chosen *c, struct buf *b, const void *object,
		     const struct field_times *times)
{
	size_t begin = json_begin(b);
	struct field_value v;

	for (size_t i = 0; i < c->n; i++) {
		if (!chosen_get(c->fields[i], object, &v))
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
		if (chosen_get(c->fields[i], object, &v))
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

/* Columns of the stream have room for what most lines have from the start. */
static int usual_of(const struct field *f, enum stamp_style style)
{
	static const struct {
		const char *key;
		int width;
	} usual[] = { { "local_addr", 15 }, { "remote_addr", 15 }, { "comm", 15 },
		      { "state", 11 },	    { "old_state", 11 },   { "event", 7 },
		      { "pid", 7 },	    { "owners", 16 },	   { "duration_us", 11 },
		      { "local_port", 5 },  { "remote_port", 5 } };

	if (f && f->type == FIELD_TIME)
		return stamp_width(style);
	for (size_t i = 0; f && i < sizeof(usual) / sizeof(usual[0]); i++)
		if (!strcmp(usual[i].key, f->key))
			return usual[i].width;
	return 0;
}

static void fit_terminal(struct render *r, int columns)
{
	struct chosen *c = r->chosen;

	r->narrow = r->tight = false;
	r->columns = columns;
	for (size_t i = 0; i < c->n && !r->no_event; i++)
		c->usual[i] = usual_of(c->fields[i], r->time);
	chosen_fit_terminal(c, columns, r->time);
	r->address_width = chosen_width(c);
}

static void text_header(struct render *r, struct buf *b)
{
	if (r->color)
		buf_puts(b, COLOR_HEAD);
	chosen_put_titles(r->chosen, b);
	if (r->color)
		buf_puts(b, COLOR_END);
	buf_putc(b, '\n');
	r->address_width = chosen_width(r->chosen);
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
