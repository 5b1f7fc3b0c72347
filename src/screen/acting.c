// SPDX-License-Identifier: GPL-2.0-only
/* Signals and closed sockets: asked for here, done by another process. */
#include <curses.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/refuse.h"
#include "screen/ui.h"

#define ESC 27

/* Of the board as it is: what was drawn may be gone. */
static int ask(struct screen_ui *s, enum control_what what, char *why, size_t size)
{
	if (view_refresh(&s->view, s->board, clock_now()))
		return refuse(why, size, "out of memory");
	return ask_begin(&s->view, what, why, size);
}

void ui_ask(struct screen_ui *s, enum control_what what)
{
	char why[MESSAGE_MAX];

	if (ui_is_past(s) && s->view.acts)
		ui_say(s, true, "what is past cannot be ended: Esc goes back to what is now");
	else if (!s->view.acts)
		ui_say(s, true,
		       "that is off: top --allow-kill sends signals (k) and closes "
		       "sockets (K)");
	else if (s->opts.control_fd < 0)
		ui_say(s, true, "who acts has ended: start top again");
	else if (s->awaits)
		ui_say(s, true, "what was asked before is not done yet");
	else if (ask(s, what, why, sizeof(why)))
		ui_say(s, true, "%s", why);
	else
		s->view.message = NULL;
}

static void gone(struct screen_ui *s)
{
	s->opts.control_fd = -1;
	s->awaits = false;
	ui_say(s, true, "who acts has ended, nothing was done: start top again");
}

static void confirm(struct screen_ui *s)
{
	const struct control_request *r = &s->view.ask.request;

	s->asked = s->view.ask;
	ask_end(&s->view);
	s->awaits = send(s->opts.control_fd, r, sizeof(*r), MSG_NOSIGNAL | MSG_DONTWAIT) ==
		    sizeof(*r);
	if (!s->awaits)
		gone(s);
}

void ui_ask_key(struct screen_ui *s, int key)
{
	switch (key) {
	case '\r':
	case '\n':
	case KEY_ENTER:
	case 'y':
		confirm(s);
		return;
	case ESC:
	case 'n':
	case 'q':
		ask_end(&s->view);
		return;
	case KEY_UP:
	case KEY_LEFT:
	case 'k':
		ask_step(&s->view, -1);
		return;
	case KEY_DOWN:
	case KEY_RIGHT:
	case 'j':
		ask_step(&s->view, 1);
		return;
	default:
		return;
	}
}

int ui_answer_fd(const struct screen_ui *s)
{
	return s->awaits ? s->opts.control_fd : -1;
}

void ui_answer(struct screen_ui *s)
{
	struct control_answer answer;
	struct buf b = { 0 };
	ssize_t n;

	if (!s->awaits)
		return;
	n = recv(s->opts.control_fd, &answer, sizeof(answer), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != sizeof(answer)) {
		gone(s);
		return;
	}
	s->awaits = false;
	ask_put_answer(&b, &s->asked, answer.err);
	if (!buf_failed(&b))
		ui_say(s, answer.err != 0, "%.*s", (int)b.len, b.data);
	buf_free(&b);
}
