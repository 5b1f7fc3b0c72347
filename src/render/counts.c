// SPDX-License-Identifier: GPL-2.0-only
#include "render/counts.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "core/connection.h"
#include "core/record.h"
#include "render/cell.h"
#include "render/color.h"
#include "render/escape.h"
#include "render/fields.h"
#include "render/number.h"
#include "render/schema.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NSEC 1000000000u
#define NUMBER_WIDTH 7
#define BYTES_WIDTH 5
#define MOMENT_WIDTH 11 /* "11-24 14:05" */
#define AGE_TEXT_MAX 32
#define FIELDS_MAX (TALLY_KEYS + 10)

/* The key of JSON, which is that of the sockets' own table, and the title of the column. */
static const struct {
	const char *json;
	const char *title;
} names[TALLY_KEYS] = {
	[TALLY_PROTO] = { "proto", "Proto" },
	[TALLY_STATE] = { "state", "State" },
	[TALLY_COMM] = { "comm", "Program" },
	[TALLY_PID] = { "pid", "PID" },
	[TALLY_UID] = { "uid", "UID" },
	[TALLY_UNIT] = { "unit", "Unit" },
	[TALLY_CONTAINER] = { "container", "Container" },
	[TALLY_CGROUP] = { "cgroup", "Cgroup" },
	[TALLY_NETNS] = { "netns", "Netns" },
	[TALLY_LOCAL] = { "local_addr", "Local Address" },
	[TALLY_PORT] = { "local_port", "Port" },
	[TALLY_REMOTE] = { "remote_addr", "Foreign Address" },
	[TALLY_REMOTE_PORT] = { "remote_port", "Foreign Port" },
	[TALLY_SERVICE] = { "port", "Port" },
	[TALLY_EXE] = { "exe", "Executable" },
	[TALLY_REASON] = { "reason", "Reason" },
	[TALLY_HOUR] = { "hour", "Hour" },
	[TALLY_DAY] = { "day", "Day" },
	[TALLY_HOST] = { "host", "Host" },
};

/* What only the past is counted by: of a struct record. */
static bool put_local(struct field_value *v, const struct record *rec, const char *rest)
{
	time_t second = (time_t)(rec->wall_ns / NSEC);
	struct tm tm;

	if (!localtime_r(&second, &tm))
		return false;
	v->len = strftime(v->scratch, sizeof(v->scratch), "%Y-%m-%d", &tm);
	if (rest)
		v->len += (size_t)snprintf(v->scratch + v->len, sizeof(v->scratch) - v->len,
					   "T%02d%s", tm.tm_hour, rest);
	v->text = v->scratch;
	return true;
}

static bool get_day(const void *record, struct field_value *v)
{
	return put_local(v, record, NULL);
}

static bool get_hour(const void *record, struct field_value *v)
{
	return put_local(v, record, ":00");
}

/* Of who connected that of the other side. */
static bool get_service(const void *record, struct field_value *v)
{
	const struct record *rec = record;
	const struct sw_tuple *t = &rec->ev->sock.tuple;
	bool out = rec->ev->kind == SW_EV_CONNECT ||
		   (rec->conn && conn_direction(rec->conn) == CONN_OUT);
	uint16_t port = out ? t->remote_port : t->local_port;

	return value_number(v, port, port);
}

static const struct field past_fields[] = {
	{ KEY("port", NUMBER, get_service, "") },
	{ KEY("hour", WORD, get_hour, "") },
	{ KEY("day", WORD, get_day, "") },
};

static const struct field *find_field(const struct schema *schema, const char *key)
{
	for (size_t i = 0; i < schema->n; i++)
		if (!strcmp(schema->fields[i].key, key))
			return &schema->fields[i];
	for (size_t i = 0; i < COUNT(past_fields) && schema == &record_schema; i++)
		if (!strcmp(past_fields[i].key, key))
			return &past_fields[i];
	return NULL;
}

struct count_fields count_fields_of(const struct schema *schema, const enum tally_key *keys,
				    size_t n)
{
	struct count_fields f = { .n = n };

	for (size_t i = 0; i < n; i++)
		f.fields[i] = find_field(schema, names[keys[i]].json);
	return f;
}

/* The cells borrow from the object and from values. */
static void take_cells(const struct count_fields *f, const void *object, struct tally_cell *cells,
		       struct field_value *values)
{
	for (size_t i = 0; i < f->n; i++) {
		struct field_value *v = &values[i];

		v->field = f->fields[i];
		cells[i] = (struct tally_cell){ .has = v->field && v->field->get(object, v) };
		if (!cells[i].has)
			continue;
		cells[i].is_number = v->field->type == FIELD_NUMBER;
		cells[i].num = v->num;
		cells[i].text = v->text;
		cells[i].len = v->len;
	}
}

int count_object(const struct count_fields *f, struct tally *t, const void *object, uint64_t id)
{
	struct tally_cell cells[TALLY_CELLS_MAX];
	struct field_value values[TALLY_CELLS_MAX];

	take_cells(f, object, cells, values);
	return tally_add(t, cells, f->n, id);
}

int count_sum(const struct count_fields *f, struct tally *t, const struct record *rec)
{
	const struct sw_sock *s = &rec->ev->sock;
	bool moved = s->have & (SW_HAVE_COUNTERS | SW_HAVE_DATAGRAMS);
	struct tally_sums sums = { .sent = moved ? s->bytes_sent : 0,
				   .received = moved ? s->bytes_received : 0,
				   .failed = rec->ev->reason != SW_REASON_NONE,
				   .first_ns = rec->wall_ns,
				   .last_ns = rec->wall_ns };
	struct tally_cell cells[TALLY_CELLS_MAX];
	struct field_value values[TALLY_CELLS_MAX];

	take_cells(f, rec, cells, values);
	return tally_sum(t, cells, f->n, &sums);
}

/* --- a group, as JSON and CSV tell it --------------------------------------------------------- */

struct count_line {
	const struct render_counts *r; /* borrowed, as the next */
	const struct tally_group *group;
	struct tally_cell cells[TALLY_CELLS_MAX];
};

static const struct count_line *line_of(const void *line)
{
	return line;
}

static bool get_time(const void *line, struct field_value *v)
{
	return value_number(v, true, line_of(line)->r->wall_ns);
}

/* v->field->at: the key */
static bool get_cell(const void *line, struct field_value *v)
{
	const struct count_line *l = line_of(line);

	for (size_t i = 0; i < l->r->n_keys; i++) {
		if (l->r->keys[i] != v->field->at)
			continue;
		v->num = l->cells[i].num;
		v->text = l->cells[i].text;
		v->len = l->cells[i].len;
		return l->cells[i].has;
	}
	return false;
}

static bool get_count(const void *line, struct field_value *v)
{
	return value_number(v, true, line_of(line)->group->count);
}

/* On the first page nothing is known to have grown. */
static bool has_history(const struct render_counts *r)
{
	return r->repeated && r->tally->pages > 1;
}

static bool get_growth(const void *line, struct field_value *v)
{
	int64_t growth = tally_growth(line_of(line)->group);

	v->negative = growth < 0;
	v->num = growth < 0 ? -(uint64_t)growth : (uint64_t)growth;
	return has_history(line_of(line)->r);
}

static uint64_t oldest_ns(const struct render_counts *r, const struct tally_group *g)
{
	return has_history(r) && g->since_ns ? r->tally->now_ns - g->since_ns : 0;
}

static bool get_oldest(const void *line, struct field_value *v)
{
	uint64_t ns = oldest_ns(line_of(line)->r, line_of(line)->group);

	return value_number(v, ns, ns / 1000);
}

static bool get_sum(const void *line, struct field_value *v)
{
	const struct tally_sums *sums = &line_of(line)->group->sums;

	memcpy(&v->num, (const char *)sums + v->field->at, sizeof(v->num));
	return line_of(line)->r->sums;
}

#define SUM(member) .at = offsetof(struct tally_sums, member)
#define CELL(key_, type, tally_, about)                          \
	{                                                        \
		KEY(key_, type, get_cell, about), .at = (tally_) \
	}

/* "time" and "event", the keys, and what is counted. */
#define N_BEFORE 2
#define N_GROWTH 2
#define N_SUMS 5
#define N_BEHIND (1 + N_GROWTH + N_SUMS)

static const struct field fields[] = {
	{ KEY("time", TIME, get_time, "When: RFC 3339, UTC, nanoseconds") },
	{ KEY("event", WORD, field_word, "Always count"), .word = "count", JSON_ONLY },
	CELL("proto", WORD, TALLY_PROTO, "The protocol that they have in common"),
	CELL("state", WORD, TALLY_STATE, "Their state, by netstat's name"),
	CELL("comm", FOREIGN, TALLY_COMM, "Their owner's name"),
	CELL("pid", NUMBER, TALLY_PID, "Their owner's process number"),
	CELL("uid", NUMBER, TALLY_UID, "Their user"),
	CELL("unit", FOREIGN, TALLY_UNIT, "Their unit of systemd"),
	CELL("container", FOREIGN, TALLY_CONTAINER, "Their container"),
	CELL("cgroup", FOREIGN, TALLY_CGROUP, "The path of their cgroup"),
	CELL("netns", NUMBER, TALLY_NETNS, "Their network namespace, by its inode"),
	CELL("local_addr", WORD, TALLY_LOCAL, "The address of this side"),
	CELL("local_port", NUMBER, TALLY_PORT, "The port of this side"),
	CELL("remote_addr", WORD, TALLY_REMOTE, "The address of the other side"),
	CELL("remote_port", NUMBER, TALLY_REMOTE_PORT, "The port of the other side"),
	CELL("port", NUMBER, TALLY_SERVICE,
	     "Of the past: the port of the side that did not begin the connection"),
	CELL("exe", FOREIGN, TALLY_EXE, "Of the past: their owner's executable"),
	CELL("reason", WORD, TALLY_REASON, "Of the past: why they failed"),
	CELL("hour", WORD, TALLY_HOUR, "Of the past: the hour, local time"),
	CELL("day", WORD, TALLY_DAY, "Of the past: the day, local time"),
	CELL("host", FOREIGN, TALLY_HOST, "Of a fleet: the machine that recorded them"),
	{ KEY("count", NUMBER, get_count, "How many there are") },
	{ KEY("growth", SIGNED, get_growth, "By how many that is more than on the page before") },
	{ KEY("oldest_us", NUMBER, get_oldest,
	      "Microseconds for which the oldest of them has been seen so") },
	{ KEY("bytes_sent", NUMBER, get_sum, "Of the past: bytes that they sent"), SUM(sent) },
	{ KEY("bytes_received", NUMBER, get_sum, "Of the past: bytes that they received"),
	  SUM(received) },
	{ KEY("failed", NUMBER, get_sum, "Of the past: how many failed, or were cut off"),
	  SUM(failed) },
	{ KEY("first", START, get_sum, "Of the past: when the first of them ended"),
	  SUM(first_ns) },
	{ KEY("last", START, get_sum, "Of the past: when the last of them ended"), SUM(last_ns) },
};

const struct schema count_schema = { "Keys of counts", fields, COUNT(fields) };

/* Of the table, what the page has, in the order that was asked for. Returns how many. */
static size_t choose_fields(const struct render_counts *r, struct field *ret)
{
	const struct field *behind = &fields[COUNT(fields) - N_BEHIND];
	size_t n = 0;

	for (size_t i = 0; i < N_BEFORE; i++)
		ret[n++] = fields[i];
	for (size_t i = 0; i < r->n_keys; i++)
		ret[n++] = fields[N_BEFORE + r->keys[i]];
	ret[n++] = behind[0];
	for (size_t i = 0; i < (r->repeated ? N_GROWTH : 0); i++)
		ret[n++] = behind[1 + i];
	for (size_t i = 0; i < (r->sums ? N_SUMS : 0); i++)
		ret[n++] = behind[1 + N_GROWTH + i];
	return n;
}

/* A group that is empty was there on the page before. */
static struct count_line line_at(const struct render_counts *r, size_t i)
{
	struct count_line line = { .r = r, .group = &r->tally->groups[i] };

	tally_cells(line.group, line.cells, r->n_keys);
	return line;
}

void render_counts_json(const struct render_counts *r, struct buf *b)
{
	struct stamp_cache stamp = { 0 }, start = { 0 };
	struct field chosen[FIELDS_MAX];
	struct schema schema = { NULL, chosen, choose_fields(r, chosen) };

	for (size_t i = 0; i < r->tally->n; i++) {
		struct count_line line = line_at(r, i);

		schema_put_json(&schema, b, &line,
				&(struct field_times){ .time = &stamp, .start = &start });
	}
}

void render_counts_csv(const struct render_counts *r, struct buf *b, bool header)
{
	struct stamp_cache stamp = { 0 }, start = { 0 };
	struct field chosen[FIELDS_MAX];
	struct schema schema = { NULL, chosen, choose_fields(r, chosen) };

	if (header)
		schema_put_csv_header(&schema, b);
	for (size_t i = 0; i < r->tally->n; i++) {
		struct count_line line = line_at(r, i);

		schema_put_csv(&schema, b, &line, &(struct field_times){ r->time, &stamp, &start });
	}
}

/* --- text ------------------------------------------------------------------------------------- */

static void put_value(struct buf *b, const struct tally_cell *cell)
{
	if (!cell->has)
		buf_putc(b, '-');
	else if (cell->is_number)
		buf_put_u64(b, cell->num);
	else
		escape_name(b, cell->text, cell->len, "\"");
}

/* How wide a column is: as its title, and every value. The last one needs no blanks. */
static int width_of(const struct render_counts *r, size_t key)
{
	int width = (int)strlen(names[r->keys[key]].title);
	struct buf b = { 0 };

	for (size_t i = 0; i < r->tally->n && key + 1 < r->n_keys; i++) {
		struct count_line line = line_at(r, i);

		b.len = 0;
		put_value(&b, &line.cells[key]);
		width = (int)b.len > width ? (int)b.len : width;
	}
	buf_free(&b);
	return key + 1 < r->n_keys ? width : 0;
}

static void put_right(struct buf *b, const char *text, int width)
{
	buf_pad(b, width - (int)strlen(text));
	buf_puts(b, text);
	buf_putc(b, ' ');
}

/* "+12", "-3"; nothing when it is as it was. */
static void put_growth(struct buf *b, int64_t growth)
{
	char text[24] = "";

	if (growth)
		snprintf(text, sizeof(text), "%+lld", (long long)growth);
	put_right(b, text, NUMBER_WIDTH);
}

/* Of a time of which seconds matter. */
static void put_age(struct buf *b, uint64_t ns)
{
	unsigned long long s = ns / 1000000000;
	char text[AGE_TEXT_MAX] = "";

	if (s >= 86400)
		snprintf(text, sizeof(text), "%llud%lluh", s / 86400, s / 3600 % 24);
	else if (s >= 3600)
		snprintf(text, sizeof(text), "%lluh%llum", s / 3600, s / 60 % 60);
	else if (s >= 60)
		snprintf(text, sizeof(text), "%llum%llus", s / 60, s % 60);
	else if (ns)
		snprintf(text, sizeof(text), "%llus", s);
	put_right(b, text, NUMBER_WIDTH);
}

/* A time of today, or the day and the minute; local time. */
static void put_moment(const struct render_counts *r, struct buf *b, uint64_t ns)
{
	time_t now = (time_t)(r->wall_ns / NSEC), then = (time_t)(ns / NSEC);
	struct tm today, tm;
	char text[32] = "";

	if (localtime_r(&now, &today) && localtime_r(&then, &tm)) {
		if (today.tm_year == tm.tm_year && today.tm_yday == tm.tm_yday)
			strftime(text, sizeof(text), "%H:%M:%S", &tm);
		else
			strftime(text, sizeof(text), "%m-%d %H:%M", &tm);
	}
	cell_put(b, text, MOMENT_WIDTH);
}

static void put_bytes(struct buf *b, uint64_t bytes)
{
	struct buf text = { 0 };

	bytes_put(&text, bytes);
	buf_putc(&text, '\0');
	put_right(b, buf_failed(&text) ? "" : text.data, BYTES_WIDTH);
	buf_free(&text);
}

static void put_sums(const struct render_counts *r, struct buf *b, const struct tally_sums *sums)
{
	cell_put_number_right(b, sums->failed, NUMBER_WIDTH);
	put_bytes(b, sums->sent);
	put_bytes(b, sums->received);
	put_moment(r, b, sums->first_ns);
	put_moment(r, b, sums->last_ns);
}

static void put_sum_titles(struct buf *b)
{
	put_right(b, "Failed", NUMBER_WIDTH);
	put_right(b, "Sent", BYTES_WIDTH);
	put_right(b, "Recv", BYTES_WIDTH);
	cell_put(b, "First", MOMENT_WIDTH);
	cell_put(b, "Last", MOMENT_WIDTH);
}

static void put_title(const struct render_counts *r, struct buf *b, const int *widths)
{
	buf_puts(b, r->color ? COLOR_HEAD : "");
	put_right(b, "Count", NUMBER_WIDTH);
	if (r->repeated) {
		put_right(b, "Growth", NUMBER_WIDTH);
		put_right(b, "Oldest", NUMBER_WIDTH);
	}
	if (r->sums)
		put_sum_titles(b);
	for (size_t i = 0; i < r->n_keys; i++)
		if (i + 1 < r->n_keys)
			cell_put(b, names[r->keys[i]].title, widths[i]);
		else
			buf_puts(b, names[r->keys[i]].title);
	buf_puts(b, r->color ? COLOR_END "\n" : "\n");
}

static void put_group(const struct render_counts *r, struct buf *b, size_t at, const int *widths)
{
	const struct count_line line = line_at(r, at);
	bool changed = r->color && has_history(r) && tally_growth(line.group);

	buf_puts(b, changed ? COLOR_HEAD : "");
	cell_put_number_right(b, line.group->count, NUMBER_WIDTH);
	if (r->repeated) {
		put_growth(b, has_history(r) ? tally_growth(line.group) : 0);
		put_age(b, oldest_ns(r, line.group));
	}
	if (r->sums)
		put_sums(r, b, &line.group->sums);
	for (size_t i = 0; i < r->n_keys; i++) {
		size_t start = b->len;

		put_value(b, &line.cells[i]);
		if (i + 1 < r->n_keys)
			cell_end(b, start, widths[i]);
	}
	buf_puts(b, changed ? COLOR_END "\n" : "\n");
}

void render_counts_text(const struct render_counts *r, struct buf *b, bool header)
{
	int widths[TALLY_CELLS_MAX];

	for (size_t i = 0; i < r->n_keys; i++)
		widths[i] = width_of(r, i);
	if (header)
		put_title(r, b, widths);
	for (size_t i = 0; i < r->tally->n; i++)
		put_group(r, b, i, widths);
}
