// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is a scene: its records come back from the wire as they were. Then its words damage
 * what was packed ("word OFFSET VALUE": a byte; "word cut SIZE"), and nothing is read that is not
 * there. The input itself is taken for frames, too.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/select.h"
#include "core/wire.h"
#include "fuzz.h"
#include "scene.h"

/* What is unpacked can be packed; and from then on it stays the same. */
static void check_frame(const struct wire_frame *f)
{
	struct buf once = { 0 }, twice = { 0 };
	struct wire_frame again;

	if (f->kind == WIRE_KEEP)
		FUZZ_CHECK(!wire_pack_keep(&once, &f->keep));
	else
		FUZZ_CHECK(!wire_pack(&once, f->kind, &f->rec));
	FUZZ_CHECK(wire_unpack(once.data, once.len, &again) == (ssize_t)once.len);
	FUZZ_CHECK(again.kind == f->kind);
	if (again.kind == WIRE_KEEP)
		FUZZ_CHECK(!wire_pack_keep(&twice, &again.keep));
	else
		FUZZ_CHECK(!wire_pack(&twice, again.kind, &again.rec));
	FUZZ_CHECK(once.len == twice.len && !memcmp(once.data, twice.data, once.len));
	buf_free(&once);
	buf_free(&twice);
}

/* As a process would that gets these bytes. Returns how many frames there are. */
static size_t unpack_all(const char *data, size_t size)
{
	struct wire_frame f;
	size_t frames = 0;
	ssize_t n;

	while ((n = wire_unpack(data, size, &f)) > 0) {
		FUZZ_CHECK((size_t)n <= size && n % WIRE_ALIGN == 0);
		FUZZ_CHECK(f.kind >= WIRE_BEGIN || f.rec.ev);
		check_frame(&f);
		data += n;
		size -= (size_t)n;
		frames++;
	}
	return frames;
}

/* In memory of its own, so that a read behind it is seen. */
static size_t unpack_copy(const void *data, size_t size)
{
	char *copy = malloc(size ? size : 1);
	size_t frames;

	FUZZ_CHECK(copy);
	if (size)
		memcpy(copy, data, size);
	frames = unpack_all(copy, size);
	free(copy);
	return frames;
}

static struct record record_of(const struct scene *s, const struct sw_event *e,
			       const struct record_names *names)
{
	const char *exe = s->settings.exe[0] ? s->settings.exe : NULL;

	return (struct record){ .ev = e,
				.wall_ns = e->time_ns + s->settings.wall_offset,
				.names = s->settings.extended & 1 ? names : NULL,
				.exe = exe,
				.unit = exe,
				.cmdline = s->settings.cmdline,
				.parent_comm = s->settings.cmdline,
				.ppid = s->settings.style,
				.blocked_ms = s->settings.style,
				.lost = s->settings.lost };
}

static size_t pack_scene(const struct scene *s, struct buf *b)
{
	const struct record_names names = { .local_host = s->settings.exe,
					    .user = s->settings.cmdline };

	for (size_t i = 0; i < s->snap.n_rows; i++) {
		const struct sw_row *row = &s->snap.rows[i];
		struct sw_event e;
		struct record rec;

		row_to_event(row, 1, &e);
		rec = record_of(s, &e, &names);
		rec.row = row;
		rec.n_holders = rec.n_held_by = row->n_holders;
		if (row->n_holders)
			rec.holders = rec.held_by = s->snap.holders + row->first_holder;
		FUZZ_CHECK(!wire_pack(b, WIRE_FIT, &rec));
	}
	FUZZ_CHECK(!wire_pack(b, WIRE_BEGIN, NULL));
	for (size_t i = 0; i < s->n_events; i++) {
		struct record rec = record_of(s, &s->events[i], &names);

		FUZZ_CHECK(!wire_pack(b, WIRE_RECORD, &rec));
	}
	FUZZ_CHECK(!wire_pack(b, WIRE_END, NULL));
	return s->snap.n_rows + 2 + s->n_events;
}

static void damage(struct buf *b, char *word)
{
	const char *first = input_word(&word);
	size_t number = strtoull(word, NULL, 0);

	if (!strcmp(first, "cut"))
		b->len = number < b->len ? number : b->len;
	else if (b->len)
		b->data[strtoull(first, NULL, 0) % b->len] = (char)number;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf b = { 0 };
	struct scene s;
	size_t frames;

	unpack_copy(data, size);
	scene_read(data, size, &s);
	frames = pack_scene(&s, &b);
	FUZZ_CHECK(unpack_copy(b.data, b.len) == frames);
	for (int i = 0; i < s.n_words; i++)
		damage(&b, s.words[i]);
	unpack_copy(b.data, b.len);
	buf_free(&b);
	scene_free(&s);
	return 0;
}
