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
#include "core/record.h"
#include "screen/ui.h"

#define MINUTE_NS 60000000000ull
#define HOUR_NS (60 * MINUTE_NS)

static void say_moment(struct screen_ui *s, const char *what)
{
	time_t second = (time_t)(s->at_ns / 1000000000);
	char text[32] = "";
	struct tm tm;

	if (localtime_r(&second, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(s->past, sizeof(s->past), "THE PAST: %s%s   [ ] a minute  { } an hour", text,
		 what);
}

/* All that was shown is of another moment. */
static void begin(struct screen_ui *s, uint64_t at_ns)
{
	board_free(&s->board);
	s->board.traced = true;
	s->at_ns = at_ns;
	s->view.cursor = 0;
	s->view.follows = false;
	s->dirty = true;
	say_moment(s, "");
}

int ui_past_record(struct screen_ui *s, const struct record *rec)
{
	if (rec->ev->kind != SW_EV_RECORDER)
		return board_take(&s->board, rec);
	if (rec->recorder == RECORDER_ALIVE)
		begin(s, rec->wall_ns);
	else if (rec->recorder == RECORDER_GAP)
		say_moment(s, rec->wall_ns > s->at_ns
				      ? "   NOT KNOWN: nothing was recorded then"
				      : "   not all of the minute before was recorded");
	return 0;
}

static void step(struct screen_ui *s, bool back, uint64_t by_ns)
{
	struct screen_moment m = { .at_ns = s->wanted_ns ? s->wanted_ns : s->at_ns };

	m.at_ns = !back ? m.at_ns + by_ns : m.at_ns > by_ns ? m.at_ns - by_ns : 0;
	if (m.at_ns > clock_wall_now()) {
		ui_say(s, true,
		       "that is still to come: sockwatch top without --at shows what is now");
		return;
	}
	if (send(s->opts.past_fd, &m, sizeof(m), MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof(m))
		s->wanted_ns = m.at_ns;
	else if (errno != EAGAIN)
		ui_say(s, true, "who reads the store has ended: start top again");
}

/* What is watched now goes on: the past is another screen. */
static void say_where(struct screen_ui *s)
{
	if (access(s->opts.store, F_OK))
		ui_say(s, true, "there is no past: no store in %s (sockwatch record keeps one)",
		       s->opts.store);
	else
		ui_say(s, false, "the past is in %s: sockwatch top --at 1m shows it",
		       s->opts.store);
}

bool ui_past_key(struct screen_ui *s, int key)
{
	if (!key || key > 255 || !strchr("[]{}", key))
		return false;
	if (!ui_is_past(s))
		say_where(s);
	else if (s->at_ns)
		step(s, key == '[' || key == '{', key == '[' || key == ']' ? MINUTE_NS : HOUR_NS);
	return true;
}
