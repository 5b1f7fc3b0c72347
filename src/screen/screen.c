// SPDX-License-Identifier: GPL-2.0-only
#include "screen/screen.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/record.h"
#include "screen/ui.h"
#include "top/columns.h"

#define FRAME_NS 100000000ull /* at least, between two frames */
#define REST 4		      /* times what a frame took, likewise */
#define SAID_NS 5000000000ull /* a message stays */
#define ESC_MS 25

static struct screen_ui *of(struct sink *s)
{
	return (struct screen_ui *)s;
}

void ui_say(struct screen_ui *s, bool bad, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(s->message, sizeof(s->message), format, args);
	va_end(args);
	s->view.message = s->message;
	s->view.message_is_bad = bad;
	s->message_until_ns = clock_now() + SAID_NS;
	s->dirty = true;
}

/* --- the terminal ----------------------------------------------------------------------------- */

static int ui_open(struct sink *sink)
{
	struct screen_ui *s = of(sink);

	setlocale(LC_CTYPE, "");
	s->view.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	set_escdelay(ESC_MS);
	if (!newterm(NULL, stdout, stdin)) {
		log_error("top: the terminal cannot be drawn on (TERM)");
		return -ENOTTY;
	}
	s->open = true;
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED | BUTTON4_PRESSED |
			  BUTTON5_PRESSED,
		  NULL);
	mouseinterval(0);
	ui_colors_begin(s->opts.color);
	s->dirty = true;
	return 0;
}

static void ui_close(struct sink *sink)
{
	struct screen_ui *s = of(sink);

	if (s->open)
		endwin();
	board_free(&s->now);
	board_free(&s->past);
	buf_free(&s->answer);
	view_free(&s->view);
	view_page_free(&s->page);
	buf_free(&s->held);
	free(s);
}

/* --- drawing ---------------------------------------------------------------------------------- */

/* What the tracer said meanwhile, where it is kept (a file without a name). */
static void take_messages(struct screen_ui *s)
{
	char text[MESSAGE_MAX];
	struct stat st;
	char *line;
	ssize_t n;

	if (fstat(STDERR_FILENO, &st) || !S_ISREG(st.st_mode) || st.st_nlink ||
	    st.st_size <= s->told)
		return;
	n = pread(STDERR_FILENO, text, sizeof(text) - 1, s->told);
	if (n <= 0)
		return;
	s->told = st.st_size;
	text[n] = '\0';
	line = strtok(text, "\n");
	if (line)
		ui_say(s, true, "%s", line);
}

static void put_line(const struct screen_ui *s, int y, const struct view_line *line)
{
	attrset((attr_t)ui_attribute(line->style, line->cursor));
	mvaddnstr(y, 0, s->page.text.data + line->start, (int)line->len);
}

/* What is typed, and where. */
static void put_typed(const struct screen_ui *s)
{
	int x;

	attrset(A_NORMAL);
	move(s->height - 1, 0);
	clrtoeol();
	addstr("/");
	addnstr(s->typed, s->width - 2);
	x = getcurx(stdscr);
	if (s->view.message && x + 3 < s->width) {
		attrset((attr_t)ui_attribute(STYLE_BAD, false));
		mvaddnstr(s->height - 1, x + 2, s->view.message, s->width - x - 3);
		move(s->height - 1, x);
	}
}

static void put_page(struct screen_ui *s)
{
	erase();
	for (size_t i = 0; i < s->page.n && (int)i < s->height; i++)
		put_line(s, (int)i, &s->page.lines[i]);
	if (s->edits)
		put_typed(s);
	curs_set(s->edits ? 1 : 0);
	refresh();
}

static const char *what_is_missing(const struct screen_ui *s)
{
	if (ui_is_past(s))
		return s->past_text;
	if (s->board->page && !s->board->traced)
		return "not traced (no rights): what ends between two looks is not seen";
	if (s->board->page && s->board->counts.established && !s->board->has_counters)
		return "this kernel tells no bytes here: there are no rates";
	return NULL;
}

/* The time that the board is of: in the past it stands still. */
static uint64_t board_now(const struct screen_ui *s, uint64_t now_ns)
{
	return ui_is_past(s) ? s->at_ns : now_ns;
}

/* When it has something to forget; 0: never. */
static uint64_t board_due(const struct screen_ui *s)
{
	return s->view.paused || ui_is_past(s) ? 0 : board_age_due(s->board);
}

static int draw(struct screen_ui *s, uint64_t now_ns)
{
	int err;

	getmaxyx(stdscr, s->height, s->width);
	if (!s->view.paused)
		board_age(s->board, board_now(s, now_ns));
	s->view.source = what_is_missing(s);
	s->view.n_held = s->n_held;
	err = view_refresh(&s->view, s->board, board_now(s, now_ns));
	view_draw(&s->view, s->board, s->width, s->height, board_now(s, now_ns),
		  ui_is_past(s) ? s->at_ns : clock_wall_now(), &s->page);
	put_page(s);
	s->version = s->board->version;
	s->dirty = false;
	s->drawn_ns = clock_now();
	s->next_ns = s->drawn_ns + (s->drawn_ns - now_ns) * REST;
	if (s->next_ns < now_ns + FRAME_NS)
		s->next_ns = now_ns + FRAME_NS;
	return err;
}

/* Whether something is to be drawn, now or soon. */
static bool is_due(struct screen_ui *s, uint64_t now_ns)
{
	uint64_t age_ns = board_due(s);

	if (s->view.message && s->message_until_ns && now_ns >= s->message_until_ns) {
		s->view.message = NULL;
		s->dirty = true;
	}
	return s->dirty || s->version != s->board->version || (age_ns && now_ns >= age_ns);
}

/* --- turns ------------------------------------------------------------------------------------ */

static void take_keys(struct screen_ui *s)
{
	int key;

	while (!s->quits && (key = getch()) != ERR) {
		ui_key(s, key, clock_now());
		s->dirty = true;
	}
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return !a || (b && b < a) ? b : a;
}

/* When the next thing happens by itself; 0: never. */
static uint64_t next_time(struct screen_ui *s, uint64_t now_ns)
{
	uint64_t at = board_due(s);

	if (s->view.message)
		at = earlier(at, s->message_until_ns);
	return is_due(s, now_ns) ? s->next_ns : at;
}

/* Until there is something to do. 1: records; 0: something else; -EPIPE: the terminal is gone. */
static int await(struct screen_ui *s, int fd)
{
	struct pollfd fds[4] = { { .fd = fd, .events = POLLIN },
				 { .fd = STDIN_FILENO, .events = POLLIN },
				 { .fd = ui_answer_fd(s), .events = POLLIN },
				 { .fd = ui_past_fd(s), .events = POLLIN } };
	uint64_t next_ns = next_time(s, clock_now());
	int n = poll(fds, 4, clock_ms_until(next_ns));

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[1].revents & (POLLHUP | POLLERR | POLLNVAL))
		return -EPIPE;
	return fds[0].revents != 0;
}

int screen_turn(void *arg, int fd, bool empty)
{
	struct screen_ui *s = arg;
	int n = 0;

	do {
		uint64_t now_ns;

		take_keys(s);
		ui_answer(s);
		n = ui_past_read(s);
		take_messages(s);
		if (s->quits)
			return -EPIPE;
		now_ns = clock_now();
		if (!n && is_due(s, now_ns) && now_ns >= s->next_ns)
			n = draw(s, now_ns);
		if (n < 0 || !empty)
			return n;
		n = await(s, fd);
	} while (!n);
	return n < 0 ? n : 0;
}

/* --- as a sink -------------------------------------------------------------------------------- */

static int ui_begin(struct sink *sink)
{
	struct screen_ui *s = of(sink);

	if (s->opts.past_only && !s->passes_over)
		board_begin(&s->past);
	else if (!s->opts.past_only && !s->view.paused)
		board_begin(&s->now);
	return 0;
}

static int ui_end(struct sink *sink)
{
	struct screen_ui *s = of(sink);

	if (s->opts.past_only && s->past.in_page)
		board_end(&s->past, s->at_ns);
	else if (!s->view.paused && s->now.in_page)
		board_end(&s->now, clock_now());
	if (!s->opts.past_only && ui_is_past(s)) /* nobody draws it, which would do so */
		board_age(&s->now, clock_now());
	return 0;
}

static int ui_record(struct sink *sink, const struct record *rec)
{
	struct screen_ui *s = of(sink);

	if (s->opts.past_only)
		return ui_past_record(s, rec);
	return s->view.paused ? ui_hold(s, rec) : board_take(&s->now, rec);
}

static const struct sink_ops ops = {
	.open = ui_open, .begin = ui_begin, .end = ui_end, .record = ui_record, .close = ui_close
};

struct screen_ui *screen_new(const struct screen_opts *opts)
{
	struct screen_ui *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->sink.ops = &ops;
	s->opts = *opts;
	s->board = opts->past_only ? &s->past : &s->now;
	view_init(&s->view);
	s->view.kind = opts->kind;
	s->view.bar = true;
	s->view.acts = opts->control_fd >= 0;
	s->view.past = ui_is_past(s);
	s->view.names = opts->names && !opts->numeric;
	s->view.time_waits = opts->time_waits;
	s->view.opts.wants = opts->wants;
	s->view.filter = opts->filter;
	view_sort_by(&s->view, opts->sort);
	return s;
}

struct sink *screen_sink(struct screen_ui *s)
{
	return &s->sink;
}
