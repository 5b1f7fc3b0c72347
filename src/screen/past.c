// SPDX-License-Identifier: GPL-2.0-only
/* The past on the screen: a moment of it, and steps to others. Another process reads the store. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "core/opts.h"
#include "core/record.h"
#include "core/wire.h"
#include "screen/ui.h"

#define MINUTE_NS 60000000000ull
#define HOUR_NS (60 * MINUTE_NS)
#define RECEIVED 262144 /* bytes at a time, at most */
#define ENDED "who reads the store has ended: start top again"

static void say_moment(struct screen_ui *s, const char *what)
{
	time_t second = (time_t)(s->at_ns / 1000000000);
	char text[32] = "";
	struct tm tm;

	if (localtime_r(&second, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(s->past_text, sizeof(s->past_text), "THE PAST: %s%s%s   [ ] a minute  { } an hour",
		 text, what, s->opts.past_only ? "" : "   Esc now");
}

/* Another board is shown, or all of it is of another moment. */
static void show(struct screen_ui *s, struct board *board, uint64_t at_ns)
{
	s->board = board;
	s->at_ns = at_ns;
	s->view.past = board == &s->past;
	view_show(&s->view, s->view.kind);
	s->dirty = true;
}

static void begin(struct screen_ui *s, uint64_t at_ns)
{
	s->in_answer = true;
	s->passes_over = at_ns != s->wanted_ns && (s->wanted_ns || !s->opts.past_only);
	if (s->passes_over)
		return;
	ui_pause(s, false);
	board_free(&s->past);
	s->past.traced = true;
	show(s, &s->past, at_ns);
	s->view.message = NULL;
	if (s->view.opts.wants.select && s->view.opts.wants.select->filter.on & SW_F_STATE)
		ui_say(s, true,
		       "the states that connections were in then are not known: no row has "
		       "the one that is asked for");
	say_moment(s, "");
}

int ui_past_record(struct screen_ui *s, const struct record *rec)
{
	if (rec->ev->kind == SW_EV_RECORDER && rec->recorder == RECORDER_ALIVE)
		begin(s, rec->wall_ns);
	if (s->passes_over)
		return 0;
	if (rec->ev->kind != SW_EV_RECORDER)
		return board_take(&s->past, rec);
	if (recorder_is_gap(rec->recorder))
		say_moment(s, rec->wall_ns > s->at_ns ? "   NOT KNOWN: nothing was recorded then"
						      : "   some of the minute before is missing");
	return 0;
}

/* --- who reads the store beside it ------------------------------------------------------------ */

int ui_past_fd(const struct screen_ui *s)
{
	return s->opts.past_only ? -1 : s->opts.past_fd;
}

/* It is whole; or there is none, and a message told why. */
static void end(struct screen_ui *s)
{
	if (!s->in_answer)
		s->wanted_ns = s->at_ns;
	else if (!s->passes_over && s->past.in_page)
		board_end(&s->past, s->at_ns);
	s->in_answer = s->passes_over = false;
}

static int tell(struct screen_ui *s, const struct wire_frame *f)
{
	switch (f->kind) {
	case WIRE_RECORD:
		return ui_past_record(s, &f->rec);
	case WIRE_BEGIN:
		if (!s->passes_over)
			board_begin(&s->past);
		return 0;
	case WIRE_END:
		end(s);
		return 0;
	default:
		return 0;
	}
}

static int tell_all(struct screen_ui *s)
{
	struct buf *b = &s->answer;
	struct wire_frame f;
	size_t at = 0;
	ssize_t n;
	int err = 0;

	while (!err && (n = wire_unpack(b->data + at, b->len - at, &f)) > 0) {
		err = tell(s, &f);
		at += (size_t)n;
	}
	b->len -= at;
	memmove(b->data, b->data + at, b->len);
	return err ? err : n < 0 ? (int)n : 0;
}

int ui_past_read(struct screen_ui *s)
{
	char *room;
	ssize_t n;

	if (ui_past_fd(s) < 0)
		return 0;
	room = buf_room(&s->answer, RECEIVED);
	if (!room)
		return -ENOMEM;
	n = recv(s->opts.past_fd, room, RECEIVED, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		s->opts.past_fd = -1;
		s->wanted_ns = s->at_ns;
		ui_say(s, true, ENDED);
		return 0;
	}
	s->answer.len += (size_t)n;
	return tell_all(s);
}

/* --- steps ------------------------------------------------------------------------------------ */

void ui_past_leave(struct screen_ui *s)
{
	if (s->opts.past_only || (!ui_is_past(s) && !s->wanted_ns))
		return;
	s->wanted_ns = 0;
	s->passes_over = s->in_answer;
	s->view.message = NULL;
	s->dirty = true;
	if (!ui_is_past(s))
		return;
	show(s, &s->now, 0);
	board_free(&s->past);
}

/* Into the last minute, of which what is now tells more; or beyond. */
static void step_over(struct screen_ui *s)
{
	if (s->opts.past_only)
		ui_say(s, true,
		       "that is still to come: sockwatch top without --at shows what is now");
	else if (ui_is_past(s) || s->wanted_ns)
		ui_past_leave(s);
	else
		ui_say(s, false, "this is now: [ steps into the past");
}

/* Nobody reads the store. */
static void say_why_not(struct screen_ui *s)
{
	if (access(s->opts.store, F_OK))
		ui_say(s, true, "there is no past: no store in %s (sockwatch record keeps one)",
		       s->opts.store);
	else
		ui_say(s, true, "nobody reads the store in %s: start top again", s->opts.store);
}

static void ask(struct screen_ui *s, uint64_t at_ns)
{
	struct screen_moment m = { .at_ns = at_ns };

	if (send(s->opts.past_fd, &m, sizeof(m), MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof(m)) {
		s->wanted_ns = at_ns;
		ui_say(s, false, "the store is being read ...");
		s->message_until_ns = 0;
	} else if (errno != EAGAIN) {
		ui_say(s, true, ENDED);
	}
}

static void step(struct screen_ui *s, bool back, uint64_t by_ns)
{
	uint64_t now_ns = clock_wall_now();
	uint64_t from_ns = s->wanted_ns ? s->wanted_ns : s->at_ns ? s->at_ns : now_ns;

	if (!back && from_ns + by_ns > now_ns - (s->opts.past_only ? 0 : MINUTE_NS))
		step_over(s);
	else if (s->opts.past_fd < 0)
		say_why_not(s);
	else
		ask(s, !back ? from_ns + by_ns : from_ns > by_ns ? from_ns - by_ns : 1);
}

bool ui_past_key(struct screen_ui *s, int key)
{
	if (!key || key > 255 || !strchr("[]{}", key))
		return false;
	if (!s->opts.past_only || s->at_ns)
		step(s, key == '[' || key == '{', key == '[' || key == ']' ? MINUTE_NS : HOUR_NS);
	return true;
}
