// SPDX-License-Identifier: GPL-2.0-only
/* Text (a page as netstat -s prints it, then tables of what changed), JSON and CSV. */
#include "render/stats.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "render/color.h"
#include "render/escape.h"

#define CHANGE_WIDTH 20
#define RATE_WIDTH 11
#define NAME_WIDTH 32

static void put_foreign(struct buf *b, const char *s)
{
	escape_text(b, s, strlen(s));
}

static void put_number(struct buf *b, uint64_t value, bool negative)
{
	if (negative)
		buf_putc(b, '-');
	buf_put_u64(b, value);
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
		put_number(b, rec->now->value, rec->now->negative);
		buf_puts(b, hash + 1);
	} else {
		put_foreign(b, rec->now->name);
		buf_puts(b, ": ");
		put_number(b, rec->now->value, rec->now->negative);
	}
	buf_putc(b, '\n');
}

/* "+12", or "3 -> 5" of what has no rate */
static void put_change(struct buf *b, const struct counter_record *rec)
{
	const struct counter_step *change = rec->change;
	struct buf field = { 0 };

	if (flags_of(rec) & COUNTER_GAUGE) {
		put_number(&field, change->old, change->old_negative);
		buf_puts(&field, " -> ");
		put_number(&field, rec->now->value, rec->now->negative);
	} else {
		buf_putc(&field, '+');
		buf_put_u64(&field, change->delta);
	}
	put_right(b, &field, CHANGE_WIDTH);
}

static void put_rate(struct buf *b, const struct counter_record *rec)
{
	struct buf field = { 0 };
	char number[64];

	if (flags_of(rec) & COUNTER_GAUGE)
		snprintf(number, sizeof(number), "-");
	else
		snprintf(number, sizeof(number), "%.1f", rec->change->rate);
	buf_puts(&field, number);
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

/* --- JSON --------------------------------------------------------------------------------------
 */

static void put_string(struct buf *b, const char *key, const char *value)
{
	buf_puts(b, ",\"");
	buf_puts(b, key);
	buf_puts(b, "\":\"");
	escape_json(b, value, strlen(value));
	buf_putc(b, '"');
}

static void put_key(struct buf *b, const char *key)
{
	buf_puts(b, ",\"");
	buf_puts(b, key);
	buf_puts(b, "\":");
}

static void put_real(struct buf *b, double v)
{
	char text[64];

	snprintf(text, sizeof(text), "%.3f", v);
	buf_puts(b, text);
}

static void json_begin(struct stats_render *r, struct buf *b)
{
	buf_puts(b, "{\"time\":\"");
	stamp_put(b, &r->stamp, STAMP_ISO, r->wall_ns);
	buf_putc(b, '"');
}

static void json_change(struct buf *b, const struct counter_record *rec)
{
	if (flags_of(rec) & COUNTER_GAUGE) {
		put_key(b, "old");
		put_number(b, rec->change->old, rec->change->old_negative);
		return;
	}
	put_key(b, "delta");
	buf_put_u64(b, rec->change->delta);
	put_key(b, "rate");
	put_real(b, rec->change->rate);
	if (rec->change->reset) {
		put_key(b, "reset");
		buf_puts(b, "true");
	}
}

/* It should not rise, and did. */
static bool is_trouble(const struct counter_record *rec)
{
	return flags_of(rec) & COUNTER_TROUBLE && rec->now->value;
}

static void json_counter(struct stats_render *r, struct buf *b, const struct counter_record *rec)
{
	json_begin(r, b);
	put_string(b, "section", rec->now->section);
	put_string(b, "name", rec->now->name);
	put_key(b, "value");
	put_number(b, rec->now->value, rec->now->negative);
	if (rec->change)
		json_change(b, rec);
	if (is_trouble(rec)) {
		put_key(b, "trouble");
		buf_puts(b, "true");
	}
	if (rec->word && rec->word->words) {
		buf_puts(b, ",\"meaning\":\"");
		put_meaning(b, rec->word->words);
		buf_putc(b, '"');
	}
	buf_puts(b, "}\n");
}

static void json_faults(struct stats_render *r, struct buf *b, const struct counter_fault *faults,
			size_t n)
{
	for (size_t i = 0; i < n; i++) {
		json_begin(r, b);
		put_string(b, "section", faults[i].section);
		put_key(b, "trouble");
		buf_puts(b, "true");
		put_string(b, "finding", faults[i].name);
		put_key(b, "count");
		buf_put_u64(b, faults[i].count);
		if (faults[i].of) {
			put_key(b, "of");
			buf_put_u64(b, faults[i].of);
		}
		put_string(b, "text", faults[i].text);
		buf_puts(b, "}\n");
	}
}

const struct stats_formatter render_stats_json = { .counter = json_counter, .faults = json_faults };

/* --- CSV ---------------------------------------------------------------------------------------
 */

static void csv_header(struct stats_render *r, struct buf *b)
{
	(void)r;
	buf_puts(b, "time,section,name,value,old,delta,rate,reset,trouble,meaning\n");
}

/* "old,delta,rate,reset" */
static void csv_change(struct buf *b, const struct counter_record *rec)
{
	const struct counter_step *change = rec->change;
	bool gauge = flags_of(rec) & COUNTER_GAUGE;

	if (change && gauge)
		put_number(b, change->old, change->old_negative);
	buf_putc(b, ',');
	if (change && !gauge)
		buf_put_u64(b, change->delta);
	buf_putc(b, ',');
	if (change && !gauge)
		put_real(b, change->rate);
	buf_putc(b, ',');
	if (change && change->reset)
		buf_puts(b, "true");
}

/* Our words have commas and no quotes. */
static void csv_meaning(struct buf *b, const struct counter_record *rec)
{
	struct buf text = { 0 };

	if (!rec->word || !rec->word->words)
		return;
	put_meaning(&text, rec->word->words);
	if (text.failed)
		b->failed = true;
	else
		escape_csv(b, text.data, text.len);
	buf_free(&text);
}

static void csv_counter(struct stats_render *r, struct buf *b, const struct counter_record *rec)
{
	stamp_put(b, &r->stamp, r->time, r->wall_ns);
	buf_putc(b, ',');
	escape_csv(b, rec->now->section, strlen(rec->now->section));
	buf_putc(b, ',');
	escape_csv(b, rec->now->name, strlen(rec->now->name));
	buf_putc(b, ',');
	put_number(b, rec->now->value, rec->now->negative);
	buf_putc(b, ',');
	csv_change(b, rec);
	buf_putc(b, ',');
	if (is_trouble(rec))
		buf_puts(b, "true");
	buf_putc(b, ',');
	csv_meaning(b, rec);
	buf_putc(b, '\n');
}

const struct stats_formatter render_stats_csv = { .header = csv_header, .counter = csv_counter };
