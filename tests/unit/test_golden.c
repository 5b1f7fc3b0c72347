// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recorded events through the formatters, byte for byte against tests/golden/. To accept a change
 * of the output: SOCKWATCH_GOLDEN_UPDATE=1, then read the difference before it is committed.
 */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "golden.h"
#include "golden_scenes.h"
#include "render/fields.h"
#include "render/render.h"
#include "render/schema.h"

static void render_all(const struct formatter *f, struct render r, struct buf *b,
		       const struct scene *scene, size_t n)
{
	if (f->header)
		f->header(&r, b);
	for (; n; n--, scene++)
		put_scene(f, &r, b, scene, scene->time_ns);
	assert_false(buf_failed(b));
}

static void check_render(const char *name, const struct formatter *f, struct render r)
{
	struct buf got = { 0 };

	render_all(f, r, &got, scenes, n_scenes);
	golden_check(name, &got);
}

static void check(const char *name, const struct formatter *f, enum stamp_style style,
		  bool extended)
{
	check_render(name, f, (struct render){ .time = style, .extended = extended });
}

TEST(golden__text_for_a_narrow_terminal)
{
	struct render stream = { 0 }, rows = { .no_event = true };

	render_text_fit_terminal(&stream, 80);
	render_text_fit_terminal(&rows, 80);
	check_render("narrow.txt", &render_text, stream);
	check_render("narrow-rows.txt", &render_text, rows);
}

TEST(golden__text_in_colour)
{
	check_render("color.txt", &render_text, (struct render){ .color = true });
}

TEST(golden__text_with_the_clock)
{
	check("clock.txt", &render_text, STAMP_CLOCK, false);
}

TEST(golden__text_extended_with_iso_time)
{
	check("extended-iso.txt", &render_text, STAMP_ISO, true);
}

TEST(golden__text_with_seconds_since_1970)
{
	check("epoch.txt", &render_text, STAMP_EPOCH, false);
}

TEST(golden__text_with_time_since_the_line_before)
{
	check("delta.txt", &render_text, STAMP_DELTA, false);
}

TEST(golden__json)
{
	check("stream.json", &render_json, STAMP_ISO, false);
}

TEST(golden__json_extended)
{
	check("extended.json", &render_json, STAMP_ISO, true);
}

/* -T is for people: a program that reads JSON gets one kind of time. */
TEST(golden__json_has_the_same_time_in_every_style)
{
	static const enum stamp_style styles[] = { STAMP_CLOCK, STAMP_EPOCH, STAMP_DELTA };

	for (size_t i = 0; i < COUNT(styles); i++)
		check("stream.json", &render_json, styles[i], false);
}

TEST(golden__csv)
{
	check("stream.csv", &render_csv, STAMP_ISO, false);
}

TEST(golden__csv_extended)
{
	check("extended.csv", &render_csv, STAMP_ISO, true);
}

static void check_asked(const char *name, const struct formatter *f)
{
	struct render r = { .time = STAMP_ISO, .extended = true, .timers = true, .names = true };
	struct buf got = { 0 };

	render_all(f, r, &got, asked, n_asked);
	golden_check(name, &got);
}

TEST(golden__what_is_asked_for)
{
	check_asked("asked.txt", &render_text);
	check_asked("asked.json", &render_json);
	check_asked("asked.csv", &render_csv);
}

static void check_conns(const char *name, const struct formatter *f, struct render r, int columns)
{
	struct buf got = { 0 };

	if (f->fit_terminal)
		f->fit_terminal(&r, columns);
	render_all(f, r, &got, conns, n_conns);
	golden_check(name, &got);
}

TEST(golden__connections)
{
	const struct render iso = { .time = STAMP_ISO, .extended = true };

	check_conns("conns.txt", &render_conns, (struct render){ 0 }, 0);
	check_conns("conns-color.txt", &render_conns, (struct render){ .color = true }, 0);
	check_conns("conns-narrow.txt", &render_conns, (struct render){ 0 }, 80);
	check_conns("conns-days.txt", &render_conns, (struct render){ .days = true }, 0);
	check_conns("conns-extended.txt", &render_conns, iso, 0);
	check_conns("conns.json", &render_json, iso, 0);
	check_conns("conns.csv", &render_csv, iso, 0);
}

/* So that no field changes, or is forgotten, without a difference that somebody reads. */
TEST(golden__every_key_is_in_a_golden_file)
{
	struct buf b = { 0 };

	golden_read("extended.json", &b);
	golden_read("asked.json", &b);
	golden_read("conns.json", &b);
	buf_putc(&b, '\0');
	for (size_t i = 0; i < record_schema.n; i++) {
		char key[JSON_KEY_MAX + 4];

		snprintf(key, sizeof(key), "\"%s\":", record_schema.fields[i].key);
		if (!strstr(b.data, key))
			fail_msg("%s is in no golden JSON", record_schema.fields[i].key);
	}
	buf_free(&b);
}
