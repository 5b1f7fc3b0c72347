// SPDX-License-Identifier: GPL-2.0-only
#include <curses.h>
#include <stdlib.h>

#include "screen/ui.h"

#define GRAY 244 /* of 256 */

enum pair { PAIR_GREEN = 1, PAIR_YELLOW, PAIR_RED, PAIR_CYAN, PAIR_GRAY, PAIR_BAR };

static bool colors_on; /* one terminal, as ncurses has it */

static bool are_wanted(enum color_when when)
{
	const char *no = getenv("NO_COLOR");

	if (when != COLOR_AUTO)
		return when == COLOR_ALWAYS;
	return !(no && *no);
}

void ui_colors_begin(enum color_when when)
{
	colors_on = are_wanted(when) && has_colors() && start_color() == OK;
	if (!colors_on)
		return;
	use_default_colors();
	init_pair(PAIR_GREEN, COLOR_GREEN, -1);
	init_pair(PAIR_YELLOW, COLOR_YELLOW, -1);
	init_pair(PAIR_RED, COLOR_RED, -1);
	init_pair(PAIR_CYAN, COLOR_CYAN, -1);
	init_pair(PAIR_GRAY, COLORS >= 256 ? GRAY : COLOR_WHITE, -1);
	init_pair(PAIR_BAR, COLOR_BLACK, COLOR_CYAN);
}

static chtype with_color(enum view_style style)
{
	switch (style) {
	case STYLE_HEAD:
		return A_REVERSE;
	case STYLE_TITLE:
		return A_BOLD;
	case STYLE_NEW:
		return (chtype)COLOR_PAIR(PAIR_GREEN);
	case STYLE_CHANGED:
		return (chtype)COLOR_PAIR(PAIR_YELLOW);
	case STYLE_BAD:
		return (chtype)COLOR_PAIR(PAIR_RED) | A_BOLD;
	case STYLE_ENDED:
	case STYLE_DIM:
		return (chtype)COLOR_PAIR(PAIR_GRAY) | (COLORS >= 256 ? 0 : A_DIM);
	case STYLE_BAR:
		return (chtype)COLOR_PAIR(PAIR_BAR);
	default:
		return A_NORMAL;
	}
}

static chtype without_color(enum view_style style)
{
	switch (style) {
	case STYLE_HEAD:
	case STYLE_BAR:
		return A_REVERSE;
	case STYLE_TITLE:
	case STYLE_NEW:
	case STYLE_BAD:
		return A_BOLD;
	case STYLE_ENDED:
	case STYLE_DIM:
		return A_DIM;
	default:
		return A_NORMAL;
	}
}

unsigned long ui_attribute(enum view_style style, bool cursor)
{
	chtype a = colors_on ? with_color(style) : without_color(style);

	return cursor ? (a & ~(chtype)A_DIM) | A_REVERSE : a;
}
