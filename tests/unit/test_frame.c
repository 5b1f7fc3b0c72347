// SPDX-License-Identifier: GPL-2.0-only
/* A page in place of the one before: what is shown of it, and what is marked. */
#include "unit.h"

#include <string.h>

#include "base/buf.h"
#include "base/frame.h"

#define BEGIN "\x1b[?7l\x1b[H"
#define END "\x1b[J\x1b[?7h"
#define EOL "\x1b[K\n"

static void assert_drawn(struct frame *f, const char *page, const struct frame_opts *opts,
			 const char *want)
{
	struct buf out = { 0 };

	assert_int_equal(frame_draw(f, page, strlen(page), opts, &out), 0);
	buf_putc(&out, '\0');
	assert_string_equal(out.data, want);
	buf_free(&out);
}

TEST(frame__first_page_moves_what_was_there_out_of_sight)
{
	struct frame_opts opts = { .columns = 10, .lines = 4 };
	struct frame f = { 0 };

	assert_drawn(&f, "one\ntwo\n", &opts,
		     "\x1b[?7l\n\n\n\n\x1b[H"
		     "one" EOL "two" EOL END);
	assert_drawn(&f, "one\n", &opts, BEGIN "one" EOL END);
	assert_drawn(&f, "", &opts, BEGIN END);
	frame_free(&f);
}

TEST(frame__what_has_no_room_is_counted)
{
	struct frame_opts opts = { .columns = 5, .lines = 4 };
	struct frame f = { .drawn = true };

	assert_drawn(&f, "1\n2\n3\n", &opts, BEGIN "1" EOL "2" EOL "3" EOL END);
	assert_drawn(&f, "1\n2\n3\n4\n", &opts,
		     BEGIN "1" EOL "2" EOL "... and 2 more lines" EOL END);
	assert_drawn(&f, "1\n2\n3\n4\n5\n", &opts,
		     BEGIN "1" EOL "2" EOL "... and 3 more lines" EOL END);
	opts.lines = 2;
	assert_drawn(&f, "1\n2\n", &opts, BEGIN "... and 2 more lines" EOL END);
	frame_free(&f);
}

/* Colours take no room, and end where the line is cut; a character of UTF-8 is cut whole. */
TEST(frame__lines_are_cut_at_the_edge)
{
	struct frame_opts opts = { .columns = 5, .lines = 9 };
	struct frame f = { .drawn = true };

	assert_drawn(&f, "12345\n123456\n", &opts, BEGIN "12345" EOL "1234>" EOL END);
	assert_drawn(&f, "\x1b[32m1234567\x1b[0m8\n", &opts, BEGIN "\x1b[32m1234>\x1b[0m" EOL END);
	assert_drawn(&f, "123\xc3\xa4\xc3\xa4\n", &opts, BEGIN "123\xc3\xa4\xc3\xa4" EOL END);
	assert_drawn(&f, "123\xc3\xa4\xc3\xa4\xc3\xa4\n", &opts, BEGIN "123\xc3\xa4>" EOL END);
	opts.columns = 0;
	assert_drawn(&f, "123456789\n", &opts, BEGIN "123456789" EOL END);
	frame_free(&f);
}

TEST(frame__what_was_not_there_before_is_marked)
{
	struct frame_opts opts = { .columns = 20, .lines = 9, .mark = true };
	struct frame f = { .drawn = true };
	struct buf out = { 0 };

	assert_int_equal(frame_draw(&f, "a\nb\n", 4, &opts, &out), 0);
	buf_free(&out);
	assert_drawn(&f, "b\nc\na\n", &opts, BEGIN "b" EOL "\x1b[1mc\x1b[0m" EOL "a" EOL END);
	/* the mark goes on behind a colour */
	assert_drawn(&f, "a\nx \x1b[32mUP\x1b[0m y\n", &opts,
		     BEGIN "a" EOL "\x1b[1mx \x1b[32mUP\x1b[0m\x1b[1m y\x1b[0m" EOL END);
	assert_drawn(&f, "b\n", &opts, BEGIN "\x1b[1mb\x1b[0m" EOL END);
	frame_free(&f);
}
