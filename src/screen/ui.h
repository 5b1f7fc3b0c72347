/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the screen share. */
#ifndef SOCKWATCH_SCREEN_UI_H
#define SOCKWATCH_SCREEN_UI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/sink.h"
#include "screen/screen.h"
#include "top/board.h"
#include "top/view.h"

#define FILTER_MAX 240
#define MESSAGE_MAX 400
#define PAST_MAX 160

struct screen_ui {
	struct sink sink;
	struct screen_opts opts;
	struct board now, past; /* owned, as all below */
	struct board *board;	/* of them, the one that is shown */
	struct view view;
	struct view_page page;
	struct buf held; /* records that came while it is paused, as core/wire.h has them */
	uint64_t n_held;
	bool open; /* the terminal is ours */
	bool quits;
	bool dirty;		    /* to be drawn */
	uint64_t drawn_ns, next_ns; /* the last time; not before */
	uint64_t version;	    /* of the board that was drawn */
	bool edits;		    /* the filter is being typed */
	char typed[FILTER_MAX + 1];
	size_t n_typed;
	char shown[FILTER_MAX + 1];  /* what is asked for: of that, what made sense last */
	char before[FILTER_MAX + 1]; /* what Esc brings back */
	char message[MESSAGE_MAX];
	uint64_t message_until_ns; /* 0: until something else is said */
	uint64_t at_ns;		   /* the moment of the past that is shown; 0: none is */
	uint64_t wanted_ns;	   /* that was asked for last */
	char past_text[PAST_MAX];  /* what is said of it */
	bool in_answer;		   /* a moment of the past is being told, which ... */
	bool passes_over;	   /* ... is not shown: another was asked for since */
	struct buf answer;	   /* of who reads the store, what is not told yet */
	bool awaits;		   /* an answer about: */
	struct view_ask asked;
	int64_t told; /* bytes of messages of ours (stderr) that were shown */
	int width, height;
};

/* --- screen.c --------------------------------------------------------------------------------- */

/* Says something in the last line, for a while. */
void ui_say(struct screen_ui *s, bool bad, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* --- keys.c ----------------------------------------------------------------------------------- */

/* Does what a key (as getch() has it) is for. */
void ui_key(struct screen_ui *s, int key, uint64_t now_ns);

/* --- acting.c --------------------------------------------------------------------------------- */

/* Asks whether the row's owner is to get a signal, or its socket to be closed; or says why not. */
void ui_ask(struct screen_ui *s, enum control_what what);

/* A key while that is asked. */
void ui_ask_key(struct screen_ui *s, int key);

/* What is to be waited for; -1: there is nothing. When it is ready: says what became of it. */
int ui_answer_fd(const struct screen_ui *s);
void ui_answer(struct screen_ui *s);

/* --- past.c ----------------------------------------------------------------------------------- */

static inline bool ui_is_past(const struct screen_ui *s)
{
	return s->board == &s->past;
}

/* What is told of the past. 0 or -ENOMEM. */
int ui_past_record(struct screen_ui *s, const struct record *rec);

/* Of who reads the store beside a table of what is now: what is to be waited for (-1: nothing), and
 * what it has told. 0 or -ENOMEM. */
int ui_past_fd(const struct screen_ui *s);
int ui_past_read(struct screen_ui *s);

/* Back to what is now, where there is such. */
void ui_past_leave(struct screen_ui *s);

/* Whether it is a key for that; it steps. */
bool ui_past_key(struct screen_ui *s, int key);

/* --- hold.c ----------------------------------------------------------------------------------- */

/* While it is paused: keeps what happened; rows come again anyway. 0 or -ENOMEM. */
int ui_hold(struct screen_ui *s, const struct record *rec);

/* What was kept happens now. */
void ui_release(struct screen_ui *s);

/* All stays as it is, or goes on. */
void ui_pause(struct screen_ui *s, bool paused);

/* --- colors.c --------------------------------------------------------------------------------- */

void ui_colors_begin(enum color_when when);

/* As attrset() takes it. */
unsigned long ui_attribute(enum view_style style, bool cursor);

/* --- copy.c ----------------------------------------------------------------------------------- */

/* Gives the row under the cursor to the terminal's clipboard (OSC 52). */
void ui_copy(struct screen_ui *s);

/* Writes what is seen into a new file, and says which. */
void ui_write(struct screen_ui *s);

#endif
