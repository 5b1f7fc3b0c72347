// SPDX-License-Identifier: GPL-2.0-only
#include "base/terminal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int number_of(const char *variable)
{
	const char *text = getenv(variable);
	long n = text ? strtol(text, NULL, 10) : 0;

	return n > 0 && n < INT_MAX ? (int)n : 0;
}

struct terminal_size terminal_size(int fd)
{
	struct winsize w = { 0 };

	if (!isatty(fd))
		return (struct terminal_size){ 0 };
	ioctl(fd, TIOCGWINSZ, &w);
	return (struct terminal_size){ .columns = w.ws_col ? w.ws_col : number_of("COLUMNS"),
				       .lines = w.ws_row ? w.ws_row : number_of("LINES") };
}

bool terminal_is_able(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && term[0] && strcmp(term, "dumb");
}

bool terminal_has_color(int fd)
{
	const char *refused = getenv("NO_COLOR");

	return terminal_is_able(fd) && !(refused && refused[0]);
}
