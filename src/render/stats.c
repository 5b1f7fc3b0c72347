// SPDX-License-Identifier: GPL-2.0-only
/* Text (a page as netstat -s prints it, then tables of what changed), JSON and CSV. */
#include "render/stats.h"

#include <string.h>

#include "base/buf.h"
#include "render/color.h"
#include "render/escape.h"
#include "render/number.h"
#include "render/schema.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define CHANGE_WIDTH 20
#define RATE_WIDTH 11
#define NAME_WIDTH 32

static void put_foreign(struct buf *b, const char *s)
{
	escape_text(b, s, strlen(s));
}

/* Pads what stands in `field` to `width`, on the left, and appends it. */
static void put_right(struct buf *b, struct buf *field, int width)
{
	if (field->failed)
		b->failed = true;
	buf_pad(b, width - (int)field->len);
	buf_put(b, field->data, field->len);
	buf_free(field);
}

/* netstat has a sentence for it. */
static const char *sentence_of(const struct counter_record *rec)
{
	const char *words = rec->word ? rec->word->words : NULL;

	return words && strchr(words, '#') ? words : NULL;
}

static uint8_t flags_of(const struct counter_record *rec)
{
	return rec->word ? rec->word->flags : 0;
}

static void begin_section(struct stats_render *r, struct buf *b, const struct counter *c)
{
	if (!strcmp(r->section, c->section))
		return;
	put_foreign(b, c->section);
	buf_puts(b, ":\n");
	memcpy(r->section, c->section, sizeof(r->section));
	r->histogram = 0;
}

/* Lines of a histogram stand below its title. */
static void begin_line(struct stats_render *r, struct buf *b, const struct counter_record *rec)
{
	uint8_t histogram = flags_of(rec) & (COUNTER_IN | COUNTER_OUT);

	begin_section(r, b, rec->now);
	if (histogram && histogram != r->histogram)
		buf_puts(b, histogram == COUNTER_IN ? "    ICMP input histogram:\n"
						    : "    ICMP output histogram:\n");
	r->histogram = histogram;
	buf_pad(b, histogram ? 8 : 4);
}

static void text_total(struct stats_render *r, struct buf *b, const struct counter_record *rec)
{
	const char *sentence = sentence_of(rec), *hash;

	if (!rec->now->value && !r->all && !(flags_of(rec) & COUNTER_BASIC))
		return;
	begin_line(r, b, rec);
	if (sentence) {
		hash = strchr(sentence, '#');
		buf_put(b, sentence, (size_t)(hash - sentence));
		signed_put(b, rec->now->value, rec->now->negative);
		buf_puts(b, hash + 1);
	} else {
		put_foreign(b, rec->now->name);
		buf_puts(b, ": ");
		signed_put(b, rec->now->value, rec->now->negative);
	}
	buf_putc(b, '\n');
}

/* "+12", or "3 -> 5" of what has no rate */
static void put_change(struct buf *b, const struct counter_record *rec)
{
	const struct counter_step *change = rec->change;
	struct buf field = { 0 };

	if (flags_of(rec) & COUNTER_GAUGE) {
		signed_put(&field, change->old, change->old_negative);
		buf_puts(&field, " -> ");
		signed_put(&field, rec->now->value, rec->now->negative);
	} else {
		buf_putc(&field, '+');
		buf_put_u64(&field, change->delta);
	}
	put_right(b, &field, CHANGE_WIDTH);
}

static void put_rate(struct buf *b, const struct counter_record *rec)
{
	struct buf field = { 0 };

	if (flags_of(rec) & COUNTER_GAUGE)
		buf_putc(&field, '-');
	else
		real_put(&field, rec->change->rate, 1);
	put_right(b, &field, RATE_WIDTH);
}

/* The sentence without its number. */
static void put_meaning(struct buf *b, const char *words)
{
	const char *hash = strchr(words, '#');
	size_t before = hash ? (size_t)(hash - words) : strlen(words);

	if (hash == words) { /* "# resets sent" */
		buf_puts(b, words + 2);
		return;
	}
	if (hash && !hash[1] && before > 2) { /* "redirects: #" */
		buf_put(b, words, before - 2);
		return;
	}
	buf_put(b, words, before);
	if (hash) { /* "Detected reordering # times" */
		buf_putc(b, 'N');
		buf_puts(b, hash + 1);
	}
}

static void begin_color(const struct stats_render *r, struct buf *b, const char *color)
{
	if (r->color)
		buf_puts(b, color);
}

static void end_line(const struct stats_render *r, struct buf *b, bool colored)
{
	if (colored && r->color)
		buf_puts(b, COLOR_END);
	buf_putc(b, '\n');
}

static void text_change(struct stats_render *r, struct buf *b, const struct counter_record *rec)
{
	bool trouble = flags_of(rec) & COUNTER_TROUBLE;
	size_t start;

	if (trouble)
		begin_color(r, b, COLOR_BAD);
	stamp_put(b, &r->stamp, r->time, r->wall_ns);
	buf_puts(b, trouble ? " ! " : "   ");
	put_change(b, rec);
	buf_putc(b, ' ');
	put_rate(b, rec);
	buf_puts(b, "  ");
	start = b->len;
	put_foreign(b, rec->now->section);
	buf_putc(b, ' ');
	put_foreign(b, rec->now->name);
	if (rec->change->reset)
		buf_puts(b, " (began anew)");
	if (rec->word && rec->word->words) {
		buf_pad(b, NAME_WIDTH - (int)(b->len - start));
		buf_puts(b, "  ");
		put_meaning(b, rec->word->words);
	}
	end_line(r, b, trouble);
}

static void text_counter(struct stats_render *r, struct buf *b, const struct counter_record *rec)
{
	if (rec->change)
		text_change(r, b, rec);
	else
		text_total(r, b, rec);
}

static void text_changes(struct stats_render *r, struct buf *b)
{
	int time_width = stamp_width(r->time);

	begin_color(r, b, COLOR_HEAD);
	buf_puts(b, "TIME");
	buf_pad(b, time_width - 4);
	buf_puts(b, " ! ");
	buf_pad(b, CHANGE_WIDTH - 6);
	buf_puts(b, "CHANGE");
	buf_pad(b, RATE_WIDTH - 7);
	buf_puts(b, "A SECOND  COUNTER");
	buf_pad(b, NAME_WIDTH - 7);
	buf_puts(b, "  MEANING");
	end_line(r, b, true);
}

static void text_faults(struct stats_render *r, struct buf *b, const struct counter_fault *faults,
			size_t n)
{
	buf_puts(b, "Trouble:\n");
	for (size_t i = 0; i < n; i++) {
		begin_color(r, b, COLOR_BAD);
		buf_puts(b, "    ");
		buf_puts(b, faults[i].section);
		buf_puts(b, ": ");
		buf_puts(b, faults[i].text);
		end_line(r, b, true);
	}
	if (!n)
		buf_puts(b, "    none that these counters show\n");
}

static void text_unchanged(struct stats_render *r, struct buf *b)
{
	stamp_put(b, &r->stamp, r->time, r->wall_ns);
	buf_puts(b, "   no counter changed\n");
}

const struct stats_formatter render_stats_text = { .changes = text_changes,
						   .counter = text_counter,
						   .faults = text_faults,
						   .unchanged = text_unchanged };

/* --- JSON and CSV ----------------------------------------------------------------------------- */

/* The counter comes first: fields follow it. */
struct counter_line {
	const struct counter *now;
	const struct counter_record *rec;
	uint64_t wall_ns;
	struct buf meaning;
};

static const struct counter_line *line_of(const void *line)
{
	return line;
}

static bool is_gauge(const struct counter_record *rec)
{
	return flags_of(rec) & COUNTER_GAUGE;
}

static bool get_value(const void *line, struct field_value *v)
{
	v->negative = line_of(line)->now->negative;
	return value_number(v, true, line_of(line)->now->value);
}

static bool get_old(const void *line, struct field_value *v)
{
	const struct counter_step *change = line_of(line)->rec->change;

	if (!change || !is_gauge(line_of(line)->rec))
		return false;
	v->negative = change->old_negative;
	return value_number(v, true, change->old);
}

/* NULL: there is none that has a rate. */
static const struct counter_step *growth_of(const void *line)
{
	const struct counter_record *rec = line_of(line)->rec;

	return is_gauge(rec) ? NULL : rec->change;
}

static bool get_delta(const void *line, struct field_value *v)
{
	return growth_of(line) && value_number(v, true, growth_of(line)->delta);
}

static bool get_rate(const void *line, struct field_value *v)
{
	if (!growth_of(line))
		return false;
	v->real = growth_of(line)->rate;
	return true;
}

static bool get_reset(const void *line, struct field_value *v)
{
	return growth_of(line) && value_number(v, growth_of(line)->reset, true);
}

/* It should not rise, and did. */
static bool get_trouble(const void *line, struct field_value *v)
{
	const struct counter_line *l = line_of(line);

	return value_number(v, flags_of(l->rec) & COUNTER_TROUBLE && l->now->value, true);
}

static bool get_meaning(const void *line, struct field_value *v)
{
	v->text = line_of(line)->meaning.data;
	v->len = line_of(line)->meaning.len;
	return v->len;
}

static const struct field counter_fields[] = {
	{ KEY("time", TIME, field_member, "When: RFC 3339, UTC, nanoseconds"),
	  FIELD_AT(struct counter_line, wall_ns) },
	{ KEY("event", WORD, field_word, "Always counter"), .word = "counter", JSON_ONLY },
	{ KEY("section", FOREIGN, field_chars, "The protocol, by the kernel's name"),
	  FIELD_IN(struct counter, section) },
	{ KEY("name", FOREIGN, field_chars, "The kernel's name of the counter"),
	  FIELD_IN(struct counter, name) },
	{ KEY("value", SIGNED, get_value, "What it is now") },
	{ KEY("old", SIGNED, get_old, "Of a gauge: what it was") },
	{ KEY("delta", NUMBER, get_delta, "What it grew by") },
	{ KEY("rate", REAL, get_rate, "What it grew by in a second") },
	{ KEY("reset", BOOL, get_reset, "True where it began anew") },
	{ KEY("trouble", BOOL, get_trouble, "True for one that means trouble and is not 0") },
	{ KEY("meaning", FOREIGN, get_meaning, "What it counts") },
};

const struct schema counter_schema = { "Keys of counters", counter_fields, COUNT(counter_fields) };

static struct counter_line line_for(const struct stats_render *r, const struct counter_record *rec)
{
	struct counter_line line = { .now = rec->now, .rec = rec, .wall_ns = r->wall_ns };

	if (rec->word && rec->word->words)
		put_meaning(&line.meaning, rec->word->words);
	return line;
}

static void end_of_line(struct buf *b, struct counter_line *line)
{
	if (buf_failed(&line->meaning))
		b->failed = true;
	buf_free(&line->meaning);
}

static void json_counter(struct stats_render *r, struct buf *b, const struct counter_record *rec)
{
	struct counter_line line = line_for(r, rec);

	schema_put_json(&counter_schema, b, &line, &(struct field_times){ .time = &r->stamp });
	end_of_line(b, &line);
}

static void csv_header(struct stats_render *r, struct buf *b)
{
	(void)r;
	schema_put_csv_header(&counter_schema, b);
}

static void csv_counter(struct stats_render *r, struct buf *b, const struct counter_record *rec)
{
	struct counter_line line = line_for(r, rec);

	schema_put_csv(&counter_schema, b, &line,
		       &(struct field_times){ r->time, &r->stamp, NULL });
	end_of_line(b, &line);
}

/* The fault comes first: fields follow it. */
struct fault_line {
	const struct counter_fault *fault;
	uint64_t wall_ns;
};

static bool get_true(const void *line, struct field_value *v)
{
	(void)line;
	return value_number(v, true, true);
}

#define IN(member) FIELD_IN(struct counter_fault, member)

static const struct field fault_fields[] = {
	{ KEY("time", TIME, field_member, "When: RFC 3339, UTC, nanoseconds"),
	  FIELD_AT(struct fault_line, wall_ns) },
	{ KEY("event", WORD, field_word, "Always trouble"), .word = "trouble", JSON_ONLY },
	{ KEY("section", FOREIGN, field_chars, "The protocol, by the kernel's name"), IN(section) },
	{ KEY("trouble", BOOL, get_true, "Always true") },
	{ KEY("finding", WORD, field_text, "Its name, of the list"), IN(name) },
	{ KEY("count", NUMBER, field_member, "How often it happened"), IN(count) },
	{ KEY("of", NUMBER, field_nonzero, "Of how many"), IN(of) },
	{ KEY("text", FOREIGN, field_chars, "What is wrong, in a sentence"), IN(text) },
};

const struct schema fault_schema = { "Keys of trouble", fault_fields, COUNT(fault_fields) };

static void json_faults(struct stats_render *r, struct buf *b, const struct counter_fault *faults,
			size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct fault_line line = { &faults[i], r->wall_ns };

		schema_put_json(&fault_schema, b, &line,
				&(struct field_times){ .time = &r->stamp });
	}
}

const struct stats_formatter render_stats_json = { .counter = json_counter, .faults = json_faults };
const struct stats_formatter render_stats_csv = { .header = csv_header, .counter = csv_counter };
