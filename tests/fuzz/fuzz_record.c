// SPDX-License-Identifier: GPL-2.0-only
/* The input is a scene: its events and rows are merged and go through every formatter. */
#include <string.h>

#include <jansson.h>

#include "base/buf.h"
#include "core/merge.h"
#include "core/record.h"
#include "core/select.h"
#include "fuzz.h"
#include "names/container.h"
#include "render/fields.h"
#include "render/render.h"
#include "render/schema.h"
#include "scene.h"

/* --- what a line is ------------------------------------------------------------------------- */

/*
 * One character of RFC 3629's table, by the ranges of its bytes; not a control character, a line
 * separator or a mark that turns the text around. Its length, 0: none.
 */
static size_t good_character(const unsigned char *s, size_t len)
{
	static const struct {
		unsigned char first, last, low, high;
		size_t n;
	} table[] = {
		{ 0x20, 0x7e, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	static const char *const bad[] = { "\u061c", "\u200e", "\u200f", "\u2028", "\u2029",
					   "\u202a", "\u202b", "\u202c", "\u202d", "\u202e",
					   "\u2066", "\u2067", "\u2068", "\u2069", "\ufeff" };
	size_t i = 0, n;

	while (i < sizeof(table) / sizeof(table[0]) && s[0] > table[i].last)
		i++;
	if (i == sizeof(table) / sizeof(table[0]) || s[0] < table[i].first || table[i].n > len)
		return 0;
	n = table[i].n;
	if (n > 1 && (s[1] < table[i].low || s[1] > table[i].high))
		return 0;
	for (size_t k = 2; k < n; k++)
		if (s[k] < 0x80 || s[k] > 0xbf)
			return 0;
	if (s[0] == 0xc2 && s[1] < 0xa0) /* C1 */
		return 0;
	for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++)
		if (n == strlen(bad[k]) && !memcmp(s, bad[k], n))
			return 0;
	return n;
}

static void check_line(const struct buf *b)
{
	const unsigned char *s = (const unsigned char *)b->data;
	size_t left = b->len, n;

	FUZZ_CHECK(!b->failed && left > 1 && s[left - 1] == '\n');
	for (left--; left; left -= n, s += n) {
		n = good_character(s, left);
		FUZZ_CHECK(n);
	}
}

static bool is_utf8(const char *text)
{
	json_t *string = json_string(text);
	bool valid = string != NULL;

	json_decref(string);
	return valid;
}

/* What is UTF-8 comes out of the JSON as it went in. */
static void check_json_text(const json_t *object, const char *key, const char *text)
{
	const json_t *value = json_object_get(object, key);

	FUZZ_CHECK(!text == !value);
	if (text && is_utf8(text))
		FUZZ_CHECK(!strcmp(json_string_value(value), text));
}

static void check_json(const struct buf *b, const struct record *rec)
{
	json_error_t error;
	json_t *object;

	FUZZ_CHECK(!b->failed && b->len > 1 && b->data[b->len - 1] == '\n');
	FUZZ_CHECK(!memchr(b->data, '\n', b->len - 1));
	/* numbers may be larger than jansson's integers */
	object = json_loadb(b->data, b->len, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL,
			    &error);
	FUZZ_CHECK(json_is_object(object));
	check_json_text(object, "exe", rec->exe);
	check_json_text(object, "cmdline", rec->cmdline);
	check_json_text(object, "cgroup", rec->cgroup);
	check_json_text(object, "container", rec->container);
	check_json_text(object, "unit", rec->unit);
	check_json_text(object, "netns_name", rec->netns_name);
	FUZZ_CHECK(json_array_size(json_object_get(object, "owners")) == rec->n_holders);
	json_decref(object);
}

/* The end of the field at `at`: at a comma or at the newline; NULL: not a field of RFC 4180. */
static const char *csv_field_end(const char *at, const char *end)
{
	if (*at != '"') {
		while (at < end && *at != ',' && *at != '"')
			at++;
		return at < end && *at == '"' ? NULL : at;
	}
	for (at++; at < end; at++) {
		if (*at != '"')
			continue;
		if (at + 1 == end || at[1] != '"')
			return at + 1;
		at++;
	}
	return NULL;
}

static void check_csv(const struct buf *b)
{
	const char *at = b->data, *end = b->data + b->len - 1;
	size_t n = 1;

	check_line(b);
	for (;; n++) {
		at = csv_field_end(at, end);
		FUZZ_CHECK(at && (at == end || *at == ','));
		if (at++ == end)
			break;
	}
	FUZZ_CHECK(n == record_schema.n);
}

/* --- what is told --------------------------------------------------------------------------- */

/* Puts one record into a buffer of its own; the caller frees it. */
static struct buf rendered(const struct formatter *f, struct render *r, const struct record *rec)
{
	struct buf b = { 0 };

	f->record(r, &b, rec);
	return b;
}

static void tell(struct render *r, const struct record *rec)
{
	struct buf b = rendered(&render_text, r, rec);

	check_line(&b);
	buf_free(&b);
	b = rendered(&render_csv, r, rec);
	check_csv(&b);
	buf_free(&b);
}

static void check_container(const char *path)
{
	struct container c;
	bool any = container_parse(path, &c);

	FUZZ_CHECK(any == (c.id[0] || c.pod[0] || c.unit[0]));
	FUZZ_CHECK(!c.runtime || c.id[0]);
	FUZZ_CHECK(!c.pod[0] || strlen(c.pod) == 36 || strlen(c.pod) == 32 || strlen(c.pod) == 64);
	FUZZ_CHECK(!c.user_unit[0] || !strncmp(c.unit, "user@", 5));
	FUZZ_CHECK(!c.all[0] || (c.id[0] && strchr(c.all, '/')));
	FUZZ_CHECK(strlen(c.all) < sizeof(c.all) && strlen(c.user_unit) < sizeof(c.user_unit));
	FUZZ_CHECK(strlen(c.id) < sizeof(c.id) && strlen(c.unit) < sizeof(c.unit));
}

/* The cache of a formatter is its own: each has one style of time. */
static void tell_all(struct render text[2], const struct scene *s, struct record *rec)
{
	struct record_names names;
	struct buf b;

	rec->wall_ns = rec->ev->time_ns + s->settings.wall_offset;
	rec->lost = s->settings.lost;
	rec->exe = s->settings.exe[0] ? s->settings.exe : NULL;
	rec->cmdline = s->settings.cmdline[0] ? s->settings.cmdline : NULL;
	check_container(s->settings.cmdline);
	rec->cgroup = rec->unit = rec->parent_comm = rec->exe;
	rec->user_unit = rec->containers = rec->socket_cgroup = rec->exe;
	rec->container = rec->netns_name = rec->cmdline;
	rec->container_name = rec->container_image = rec->cmdline;
	rec->pod_name = rec->pod_namespace = rec->exe;
	names = (struct record_names){ .local_host = rec->exe,
				       .local_service = rec->cmdline,
				       .remote_host = rec->cmdline,
				       .remote_service = rec->exe,
				       .user = rec->exe };
	rec->names = text[0].names ? &names : NULL;
	if (rec->names)
		render_text_fit(&text[0], rec);
	rec->start_wall_ns = rec->wall_ns;
	tell(&text[0], rec);
	b = rendered(&render_json, &text[1], rec);
	check_json(&b, rec);
	buf_free(&b);
}

static void tell_scene(const struct scene *s)
{
	struct render r[2] = { { .time = (enum stamp_style)(s->settings.style % 4),
				 .extended = s->settings.extended & 1,
				 .names = s->settings.extended & 2,
				 .wide = s->settings.extended & 4 } };

	for (size_t i = 0; i < s->snap.n_rows; i++) {
		const struct sw_row *row = &s->snap.rows[i];
		struct sw_event e;
		struct record rec = { .ev = &e, .row = row, .n_holders = row->n_holders };

		if (row->n_holders)
			rec.holders = s->snap.holders + row->first_holder;
		row_to_event(row, 1, &e);
		render_text_fit(&r[0], &rec);
		tell_all(r, s, &rec);
	}
	for (size_t i = 0; i < s->n_events; i++) {
		struct record rec = { .ev = &s->events[i] };

		tell_all(r, s, &rec);
	}
}

static void check_rows(const struct snapshot *s)
{
	for (size_t i = 0; i < s->n_rows; i++) {
		const struct sw_row *row = &s->rows[i];

		FUZZ_CHECK(row->first_holder <= s->n_holders &&
			   row->n_holders <= s->n_holders - row->first_holder);
	}
}

static void check_merge(struct scene *s)
{
	size_t n = s->snap.n_rows;

	FUZZ_CHECK(!merge_snapshot(&s->snap, s->events, s->n_events));
	FUZZ_CHECK(s->snap.n_rows <= n + s->n_events);
	check_rows(&s->snap);
	rows_sort(&s->snap);
	rows_inherit(&s->snap);
	check_rows(&s->snap);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scene s;

	scene_read(data, size, &s);
	tell_scene(&s);
	check_merge(&s);
	tell_scene(&s);
	scene_free(&s);
	return 0;
}
