// SPDX-License-Identifier: GPL-2.0-only
/* The input is a scene: its words are a command line, whose filter meets its events and rows. */
#include <string.h>

#include "cli/options.h"
#include "core/select.h"
#include "filter.h"
#include "fuzz.h"
#include "scene.h"
#include "words/words.h"

/* Too large for a stack. */
static struct options options;
static struct sw_filter fewer;
static const struct sw_filter empty;

/* Whether `more` options let through at most what `less` of them do. */
static bool is_stricter(enum sw_verdict more, enum sw_verdict less)
{
	static const int rank[] = { [SW_DROP] = 0, [SW_LATER] = 1, [SW_PASS] = 2 };

	return rank[more] <= rank[less];
}

static void check_empty(const struct scene *s)
{
	for (size_t i = 0; i < s->n_events; i++) {
		const struct sw_event *e = &s->events[i];

		FUZZ_CHECK(sw_filter_socket(&empty, &e->sock) == SW_PASS);
		FUZZ_CHECK(sw_filter_change(&empty, e) == SW_PASS);
	}
	for (size_t i = 0; i < s->snap.n_rows; i++)
		FUZZ_CHECK(row_selected(&empty, &s->snap, &s->snap.rows[i]));
}

/* What is not decided before the port is chosen or the owner known, is decided then. */
static void check_later(const struct sw_filter *f, const struct sw_event *event)
{
	struct sw_event e = *event;

	if (!e.sock.tuple.local_port)
		e.sock.tuple.local_port = 1;
	if (e.sock.owner_source == SW_OWNER_UNKNOWN)
		e.sock.owner_source = SW_OWNER_CONNECT;
	FUZZ_CHECK(sw_filter_socket(f, &e.sock) != SW_LATER);
	FUZZ_CHECK(sw_filter_change(f, &e) != SW_LATER);
	if (sw_filter_socket(f, &event->sock) != SW_LATER)
		FUZZ_CHECK(sw_filter_socket(f, &e.sock) == sw_filter_socket(f, &event->sock));
	if (sw_filter_change(f, event) != SW_LATER)
		FUZZ_CHECK(sw_filter_change(f, &e) == sw_filter_change(f, event));
}

/* `f` has one option more than `less`. */
static void check_stricter(const struct sw_filter *f, const struct sw_filter *less,
			   const struct scene *s)
{
	for (size_t i = 0; i < s->n_events; i++) {
		const struct sw_event *e = &s->events[i];

		FUZZ_CHECK(is_stricter(sw_filter_socket(f, &e->sock),
				       sw_filter_socket(less, &e->sock)));
		FUZZ_CHECK(is_stricter(sw_filter_change(f, e), sw_filter_change(less, e)));
	}
	for (size_t i = 0; i < s->snap.n_rows; i++)
		FUZZ_CHECK(!row_selected(f, &s->snap, &s->snap.rows[i]) ||
			   row_selected(less, &s->snap, &s->snap.rows[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[] = "sockwatch", why[512];
	char *argv[SCENE_WORDS + 2] = { name };
	const struct sw_filter *f = &options.select.filter;
	struct scene s;

	scene_read(data, size, &s);
	memcpy(argv + 1, s.words, sizeof(s.words));
	if (options_parse(&all_words, s.n_words + 1, argv, &options, why, sizeof(why))) {
		scene_free(&s);
		return 0;
	}
	check_empty(&s);
	for (size_t i = 0; i < s.n_events; i++)
		check_later(f, &s.events[i]);
	fewer = *f;
	for (uint32_t bit = 1; bit && bit <= f->on; bit <<= 1) {
		fewer.on = f->on & ~bit;
		if (f->on & bit)
			check_stricter(f, &fewer, &s);
	}
	scene_free(&s);
	return 0;
}
