/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one sees of the board: lines of text, each with a style. Pure: what a key does is a call
 * that changes the view, what a screen shows is made by view_draw().
 */
#ifndef SOCKWATCH_TOP_VIEW_H
#define SOCKWATCH_TOP_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "top/ask.h"
#include "top/list.h"

struct board;

enum view_style {
	STYLE_PLAIN,
	STYLE_HEAD,  /* of the columns */
	STYLE_TITLE, /* what the whole is about */
	STYLE_NEW,   /* a row that came just now */
	STYLE_CHANGED,
	STYLE_ENDED,
	STYLE_BAD, /* it failed; or something was lost */
	STYLE_CURSOR,
	STYLE_BAR, /* of keys */
	STYLE_DIM,
	STYLES,
};

/* Lines of a screen. Starts as all zero. */
struct view_page {
	struct buf text; /* owned: of all lines */
	struct view_line {
		size_t start, len; /* of text; without a newline */
		enum view_style style;
		bool cursor;
	} * lines; /* owned */
	size_t n, cap;
	size_t head;	  /* index of the line of the columns' titles; SIZE_MAX: there is none */
	size_t first_row; /* of the first row below it */
	size_t n_rows;
};

enum view_pane { PANE_ROWS, PANE_DETAILS, PANE_HELP, PANE_ASK };

/* Starts as all zero, then view_init(). */
struct view {
	enum top_kind kind;
	size_t sorted[TOP_KINDS]; /* index of the column */
	bool turned[TOP_KINDS];	  /* against its own direction */
	bool hides_ended;
	bool time_waits;
	bool names;
	bool netns;  /* some are in another network namespace than we: told by who draws */
	bool events; /* the pane of what happened, below */
	bool ascii;
	bool bar;	     /* the last line tells the keys */
	bool acts;	     /* some keys do something to processes and sockets */
	struct view_ask ask; /* of PANE_ASK */
	bool past;	     /* of connections neither states nor rates are known */
	bool paused;	     /* the board stays as it is */
	uint64_t n_held;     /* what ended since then */
	enum view_pane pane;
	size_t scrolled; /* of a pane that is text */
	struct list_opts opts;
	struct top_list list; /* owned */
	uint64_t cursor;      /* the id of the row; 0: none yet */
	bool follows;	      /* the cursor, the row: since it was moved */
	size_t cursor_at;     /* where it was last */
	size_t top;	      /* index of the first row that is shown */
	size_t room;	      /* rows that the last page had room for */
	uint64_t moved_ns;    /* the cursor, by a key */
	const char *filter;   /* borrowed: text of what is asked for; NULL: nothing is */
	const char *message;  /* borrowed: in place of the keys; NULL: none */
	bool message_is_bad;
	const char *source; /* borrowed: what is missing, said in the first lines; NULL: nothing */
	uint64_t version;   /* of the board that the list is of */
};

void view_init(struct view *v);
void view_free(struct view *v);

/* Brings the list up to date, unless it is paused. 0 or -ENOMEM. */
int view_refresh(struct view *v, const struct board *b, uint64_t now_ns);

/* Rows up (below 0) or down; to the first, to the last. */
void view_move(struct view *v, long by, uint64_t now_ns);
void view_to(struct view *v, bool last, uint64_t now_ns);
void view_select(struct view *v, size_t index, uint64_t now_ns);

/* Another view; sorted by the next or the previous column, by one, or the other way round. */
void view_show(struct view *v, enum top_kind kind);
void view_sort_step(struct view *v, int step);
void view_sort(struct view *v, size_t column);
void view_turn(struct view *v);

/* At first: by the column of this name, where there is one; NULL: by the usual one. */
void view_sort_by(struct view *v, const char *name);

/* The column whose title stands at this place of the line of titles; SIZE_MAX: none. */
size_t view_column_at(const struct view *v, int x, int width);

/* The row under the cursor; NULL: there is none. */
const struct top_row *view_row(const struct view *v);

/*
 * Makes the lines of a screen so large (height 0: as many as there are rows; width 0: as wide as
 * they are). wall_ns: now, since 1970, as it is told.
 */
void view_draw(struct view *v, const struct board *b, int width, int height, uint64_t now_ns,
	       uint64_t wall_ns, struct view_page *page);

void view_page_free(struct view_page *page);

/* --- for those who draw parts ----------------------------------------------------------------- */

/* Ends the line that begins at `start` of the text: cut to the width (0: any), or filled. */
void page_end_line(struct view_page *page, size_t start, int width, enum view_style style,
		   bool ascii);

#endif
