// SPDX-License-Identifier: GPL-2.0-only
#include <curses.h>
#include <stdio.h>
#include <string.h>

#include "screen/ui.h"
#include "top/columns.h"

#define CTRL(c) ((c)&31)
#define ESC 27
#define WHEEL 3 /* rows */

/* --- the filter ------------------------------------------------------------------------------- */

/* What is typed so far counts at once, as soon as it means something. */
static bool take_filter(struct screen_ui *s)
{
	char why[MESSAGE_MAX];
	struct wants wants;

	if (s->opts.parse(s->opts.arg, s->typed, &wants, why, sizeof(why))) {
		ui_say(s, true, "%s", why);
		s->message_until_ns = 0;
		return false;
	}
	s->view.opts.wants = wants;
	memcpy(s->shown, s->typed, sizeof(s->shown));
	s->view.filter = s->typed[0] ? s->shown : s->opts.filter;
	s->view.message = NULL;
	return true;
}

static void edit_begin(struct screen_ui *s)
{
	s->edits = true;
	s->view.pane = PANE_ROWS;
	memcpy(s->before, s->typed, sizeof(s->before));
	s->view.message = NULL;
}

static void edit_cancel(struct screen_ui *s)
{
	memcpy(s->typed, s->before, sizeof(s->typed));
	s->n_typed = strlen(s->typed);
	take_filter(s);
	s->view.message = NULL;
	s->edits = false;
}

/* The bytes of the last character of UTF-8. */
static void edit_erase(struct screen_ui *s)
{
	while (s->n_typed && ((unsigned char)s->typed[s->n_typed - 1] & 0xc0) == 0x80)
		s->n_typed--;
	s->n_typed -= s->n_typed > 0;
	s->typed[s->n_typed] = '\0';
	take_filter(s);
}

static void edit_key(struct screen_ui *s, int key)
{
	switch (key) {
	case '\r':
	case '\n':
	case KEY_ENTER:
		if (take_filter(s))
			s->edits = false;
		return;
	case ESC:
		edit_cancel(s);
		return;
	case KEY_BACKSPACE:
	case 127:
	case CTRL('h'):
		edit_erase(s);
		return;
	case CTRL('u'):
		s->n_typed = 0;
		s->typed[0] = '\0';
		take_filter(s);
		return;
	default:
		break;
	}
	if (key < ' ' || key > 255 || s->n_typed >= FILTER_MAX)
		return;
	s->typed[s->n_typed++] = (char)key;
	s->typed[s->n_typed] = '\0';
	take_filter(s);
}

/* --- the mouse -------------------------------------------------------------------------------- */

static void click(struct screen_ui *s, const MEVENT *m, uint64_t now_ns)
{
	size_t y = (size_t)m->y, column;

	if (y == s->page.head) {
		column = view_column_at(&s->view, m->x, s->width);
		if (column != SIZE_MAX)
			view_sort(&s->view, column);
	} else if (s->view.pane == PANE_ROWS && s->page.n_rows && y >= s->page.first_row &&
		   y < s->page.first_row + s->page.n_rows) {
		size_t at = s->view.top + y - s->page.first_row;

		if (s->view.follows && at == s->view.cursor_at)
			s->view.pane = PANE_DETAILS;
		view_select(&s->view, at, now_ns);
	}
}

static void mouse_key(struct screen_ui *s, uint64_t now_ns)
{
	MEVENT m;

	if (getmouse(&m) != OK)
		return;
	if (m.bstate & BUTTON4_PRESSED)
		view_move(&s->view, -WHEEL, now_ns);
	else if (m.bstate & BUTTON5_PRESSED)
		view_move(&s->view, WHEEL, now_ns);
	else if (m.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED))
		click(s, &m, now_ns);
}

/* --- keys ------------------------------------------------------------------------------------- */

static void toggle_pause(struct screen_ui *s)
{
	if (ui_is_past(s))
		ui_say(s, false, "the past stands still: [ and ] step through it");
	else
		ui_pause(s, !s->view.paused);
}

/* One pane back; from the rows, the filter goes, and then the past. */
static void back(struct screen_ui *s)
{
	if (s->view.pane != PANE_ROWS) {
		s->view.pane = PANE_ROWS;
		s->view.scrolled = 0;
	} else if (s->n_typed) {
		s->n_typed = 0;
		s->typed[0] = '\0';
		take_filter(s);
	} else {
		ui_past_leave(s);
	}
}

static void show_pane(struct screen_ui *s, enum view_pane pane)
{
	s->view.pane = s->view.pane == pane ? PANE_ROWS : pane;
	s->view.scrolled = 0;
}

static void details(struct screen_ui *s, uint64_t now_ns)
{
	if (s->view.pane == PANE_ROWS && !s->view.list.n)
		return;
	if (s->view.pane == PANE_ROWS)
		view_select(&s->view, s->view.cursor_at, now_ns);
	show_pane(s, PANE_DETAILS);
}

/* Whether it moves the cursor. */
static bool move_key(struct screen_ui *s, int key, uint64_t now_ns)
{
	long page = s->view.room > 1 ? (long)s->view.room - 1 : 1;

	switch (key) {
	case KEY_UP:
	case 'k':
		view_move(&s->view, -1, now_ns);
		return true;
	case KEY_DOWN:
	case 'j':
		view_move(&s->view, 1, now_ns);
		return true;
	case KEY_PPAGE:
	case CTRL('b'):
		view_move(&s->view, -page, now_ns);
		return true;
	case KEY_NPAGE:
	case CTRL('f'):
		view_move(&s->view, page, now_ns);
		return true;
	case KEY_HOME:
	case 'g':
		view_to(&s->view, false, now_ns);
		return true;
	case KEY_END:
	case 'G':
		view_to(&s->view, true, now_ns);
		return true;
	default:
		return false;
	}
}

/* Whether it is for a process or a socket. What k does where nothing may be done is "up". */
static bool act_key(struct screen_ui *s, int key)
{
	if ((key == 'k' && s->view.acts) || key == KEY_F(9))
		ui_ask(s, CONTROL_SIGNAL);
	else if (key == 'K')
		ui_ask(s, CONTROL_CLOSE);
	else
		return false;
	return true;
}

/* Whether it changes what is shown, and how. */
static bool show_key(struct screen_ui *s, int key)
{
	struct view *v = &s->view;

	if (key == 't' || key == KEY_F(5))
		key = '0' + TOP_TREE;
	if (key >= '1' && key < '0' + TOP_KINDS) {
		view_show(v, (enum top_kind)(key - '0'));
		return true;
	}
	switch (key) {
	case 's':
	case '>':
	case KEY_F(6):
		view_sort_step(v, 1);
		return true;
	case '<':
		view_sort_step(v, -1);
		return true;
	case 'S':
	case 'r':
		view_turn(v);
		return true;
	case 'x':
		v->hides_ended = !v->hides_ended;
		return true;
	case 'a':
		v->time_waits = !v->time_waits;
		return true;
	case 'e':
		v->events = !v->events;
		return true;
	case 'n':
		v->names = !v->names;
		if (v->names && !s->opts.names)
			ui_say(s, false, "names of hosts are looked up with --resolve only");
		return true;
	default:
		return false;
	}
}

static void other_key(struct screen_ui *s, int key, uint64_t now_ns)
{
	switch (key) {
	case '/':
	case KEY_F(3):
	case KEY_F(4):
		edit_begin(s);
		return;
	case ' ':
		toggle_pause(s);
		return;
	case '\r':
	case '\n':
	case KEY_ENTER:
		details(s, now_ns);
		return;
	case '?':
	case 'h':
	case KEY_F(1):
		show_pane(s, PANE_HELP);
		return;
	case 'y':
		ui_copy(s);
		return;
	case 'w':
		ui_write(s);
		return;
	case ESC:
		back(s);
		return;
	case 'q':
	case KEY_F(10):
		s->quits = true;
		return;
	case CTRL('l'):
		clearok(curscr, TRUE);
		return;
	case KEY_MOUSE:
		mouse_key(s, now_ns);
		return;
	default:
		return;
	}
}

void ui_key(struct screen_ui *s, int key, uint64_t now_ns)
{
	if (s->edits && key != KEY_RESIZE && key != KEY_MOUSE) {
		edit_key(s, key);
		return;
	}
	if (s->view.pane == PANE_ASK && key != KEY_RESIZE) {
		ui_ask_key(s, key);
		return;
	}
	if (!ui_past_key(s, key) && !act_key(s, key) && !move_key(s, key, now_ns) &&
	    !show_key(s, key))
		other_key(s, key, now_ns);
}
