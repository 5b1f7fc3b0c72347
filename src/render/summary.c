// SPDX-License-Identifier: GPL-2.0-only
#include "render/summary.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "core/summary.h"
#include "render/cell.h"
#include "render/color.h"
#include "render/number.h"
#include "render/schema.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NAME_WIDTH 21
#define NUMBER_WIDTH 8

/* --- text ------------------------------------------------------------------------------------- */

/* Appends text on the right side of a column. */
static void put_right(struct buf *b, const char *text)
{
	buf_pad(b, NUMBER_WIDTH - (int)strlen(text));
	buf_puts(b, text);
	buf_putc(b, ' ');
}

/* A number of sockets, or of bytes as people read them. */
static void put_amount(struct buf *b, uint64_t amount, bool is_bytes)
{
	struct buf text = { 0 };

	if (is_bytes)
		bytes_put(&text, amount);
	else
		buf_put_u64(&text, amount);
	buf_putc(&text, '\0');
	put_right(b, buf_failed(&text) ? "" : text.data);
	buf_free(&text);
}

/* "+12", "-3"; nothing when it is as it was. */
static void put_growth(struct buf *b, const struct summary_line *line)
{
	bool less = line->value < line->before;
	struct buf text = { 0 };

	if (line->has_before && line->value != line->before) {
		buf_putc(&text, less ? '-' : '+');
		if (line->is_bytes)
			bytes_put(&text,
				  less ? line->before - line->value : line->value - line->before);
		else
			buf_put_u64(&text,
				    less ? line->before - line->value : line->value - line->before);
	}
	buf_putc(&text, '\0');
	put_right(b, buf_failed(&text) ? "" : text.data);
	buf_free(&text);
}

static void put_title(const struct render_summary *r, struct buf *b, const char *what,
		      const char *first, const char *second, const char *third)
{
	if (!r->header)
		return;
	buf_puts(b, r->color ? COLOR_HEAD : "");
	cell_put(b, what, NAME_WIDTH);
	put_right(b, first);
	if (r->repeated)
		put_right(b, "Growth");
	put_right(b, second);
	buf_pad(b, NUMBER_WIDTH - (int)strlen(third));
	buf_puts(b, third);
	buf_puts(b, r->color ? COLOR_END "\n" : "\n");
}

/* A state is told below its protocol. */
static void put_sockets(const struct render_summary *r, struct buf *b,
			const struct summary_line *line)
{
	size_t start = b->len;
	bool total = !strcmp(line->name, "total");

	buf_puts(b, total ? "" : "  ");
	buf_puts(b, total ? line->group : line->name);
	cell_end(b, start, NAME_WIDTH);
	put_amount(b, line->value, false);
	if (r->repeated)
		put_growth(b, line);
	if (line->ipv4 || line->ipv6) {
		put_amount(b, line->ipv4, false);
		put_amount(b, line->ipv6, false);
	}
	while (b->len && b->data[b->len - 1] == ' ')
		b->len--;
}

/* "!" behind what is at its limit, or where the kernel begins to spare. */
static void put_kernel(const struct render_summary *r, struct buf *b,
		       const struct summary_line *line)
{
	bool full = line->limit && line->value >= line->limit;
	bool spare = line->pressure && line->value >= line->pressure;
	size_t start = b->len;

	buf_puts(b, line->group);
	buf_putc(b, ' ');
	buf_puts(b, line->name);
	buf_puts(b, line->is_here ? " here" : "");
	cell_end(b, start, NAME_WIDTH);
	put_amount(b, line->value, line->is_bytes);
	if (r->repeated)
		put_growth(b, line);
	if (line->limit)
		put_amount(b, line->limit, line->is_bytes);
	if (line->pressure)
		put_amount(b, line->pressure, line->is_bytes);
	while (b->len && b->data[b->len - 1] == ' ')
		b->len--;
	if (full || spare) {
		buf_puts(b, r->color ? " " COLOR_BAD : " ");
		buf_puts(b, full ? "! at the limit" : "! under pressure");
		buf_puts(b, r->color ? COLOR_END : "");
	}
}

void render_summary_text(const struct render_summary *r, struct buf *b)
{
	bool kernel = false;

	put_title(r, b, "Sockets", "Count", "IPv4", "IPv6");
	for (size_t i = 0; i < r->summary->n; i++) {
		const struct summary_line *line = &r->summary->lines[i];

		if (line->is_kernel && !kernel) {
			buf_putc(b, '\n');
			put_title(r, b, "Kernel", "Now", "Limit", "Pressure");
			kernel = true;
		}
		if (kernel)
			put_kernel(r, b, line);
		else
			put_sockets(r, b, line);
		buf_putc(b, '\n');
	}
}

/* --- JSON and CSV ----------------------------------------------------------------------------- */

struct told_line {
	const struct summary_line *line; /* borrowed; the fields follow it */
	uint64_t wall_ns;
};

static const struct summary_line *line_of(const void *told)
{
	return ((const struct told_line *)told)->line;
}

static bool get_event(const void *told, struct field_value *v)
{
	return value_text(v, line_of(told)->is_kernel ? "kernel" : "summary");
}

static bool get_unit(const void *told, struct field_value *v)
{
	return value_text(v, line_of(told)->is_bytes ? "bytes" : NULL);
}

static bool get_scope(const void *told, struct field_value *v)
{
	const struct summary_line *l = line_of(told);

	return l->is_kernel && value_text(v, l->is_here ? "netns" : "machine");
}

static bool get_ipv4(const void *told, struct field_value *v)
{
	const struct summary_line *l = line_of(told);

	return value_number(v, !l->is_kernel && (l->ipv4 || l->ipv6), l->ipv4);
}

static bool get_ipv6(const void *told, struct field_value *v)
{
	const struct summary_line *l = line_of(told);

	return value_number(v, !l->is_kernel && (l->ipv4 || l->ipv6), l->ipv6);
}

static bool get_growth(const void *told, struct field_value *v)
{
	const struct summary_line *l = line_of(told);

	v->negative = l->value < l->before;
	v->num = v->negative ? l->before - l->value : l->value - l->before;
	return l->has_before;
}

#define IN(member) FIELD_IN(struct summary_line, member)

static const struct field fields[] = {
	{ KEY("time", TIME, field_member, "When: RFC 3339, UTC, nanoseconds"),
	  FIELD_AT(struct told_line, wall_ns) },
	{ KEY("event", WORD, get_event,
	      "summary of sockets that are listed, kernel of what the kernel counts") },
	{ KEY("group", WORD, field_text, "The protocol; also sockets, fragments, fragments6"),
	  IN(group) },
	{ KEY("name", WORD, field_text, "total, a state, or what the kernel counts"), IN(name) },
	{ KEY("value", NUMBER, field_member, "How many there are"), IN(value) },
	{ KEY("growth", SIGNED, get_growth, "By how many that is more than on the page before") },
	{ KEY("unit", WORD, get_unit, "bytes, where it is memory") },
	{ KEY("scope", WORD, get_scope,
	      "machine, or netns: the kernel counts it for our network namespace") },
	{ KEY("ipv4", NUMBER, get_ipv4, "How many of them are IPv4 sockets") },
	{ KEY("ipv6", NUMBER, get_ipv6, "How many of them are IPv6 sockets") },
	{ KEY("pressure", NUMBER, field_nonzero, "From here on the kernel spares memory"),
	  IN(pressure) },
	{ KEY("limit", NUMBER, field_nonzero, "What the kernel lets it be at most"), IN(limit) },
};

const struct schema summary_schema = { "Keys of the summary", fields, COUNT(fields) };

void render_summary_json(const struct render_summary *r, struct buf *b)
{
	struct stamp_cache stamp = { 0 };

	for (size_t i = 0; i < r->summary->n; i++) {
		struct told_line told = { &r->summary->lines[i], r->wall_ns };

		schema_put_json(&summary_schema, b, &told, &(struct field_times){ .time = &stamp });
	}
}

void render_summary_csv(const struct render_summary *r, struct buf *b)
{
	struct stamp_cache stamp = { 0 };

	if (r->header)
		schema_put_csv_header(&summary_schema, b);
	for (size_t i = 0; i < r->summary->n; i++) {
		struct told_line told = { &r->summary->lines[i], r->wall_ns };

		schema_put_csv(&summary_schema, b, &told,
			       &(struct field_times){ r->time, &stamp, NULL });
	}
}
