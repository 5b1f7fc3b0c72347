// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "screen/ui.h"
#include "top/fields.h"

static void put_base64(struct buf *b, const char *data, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		unsigned int v = (unsigned int)(unsigned char)data[i] << 16;

		v |= i + 1 < len ? (unsigned int)(unsigned char)data[i + 1] << 8 : 0;
		v |= i + 2 < len ? (unsigned char)data[i + 2] : 0;
		buf_putc(b, digits[v >> 18]);
		buf_putc(b, digits[v >> 12 & 63]);
		buf_putc(b, i + 1 < len ? digits[v >> 6 & 63] : '=');
		buf_putc(b, i + 2 < len ? digits[v & 63] : '=');
	}
}

static const struct view_line *cursor_line(const struct screen_ui *s)
{
	for (size_t i = 0; i < s->page.n; i++)
		if (s->page.lines[i].cursor)
			return &s->page.lines[i];
	return NULL;
}

static int write_all(int fd, const struct buf *b)
{
	size_t at = 0;

	while (at < b->len) {
		ssize_t n = write(fd, b->data + at, b->len - at);

		if (n < 0 && errno != EINTR)
			return -errno;
		at += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

void ui_copy(struct screen_ui *s)
{
	const struct view_line *line = cursor_line(s);
	struct buf b = { 0 };
	size_t len;

	if (!line) {
		ui_say(s, true, "there is no row to copy");
		return;
	}
	for (len = line->len; len && s->page.text.data[line->start + len - 1] == ' '; len--)
		;
	buf_puts(&b, "\033]52;c;");
	put_base64(&b, s->page.text.data + line->start, len);
	buf_putc(&b, '\a');
	fflush(stdout);
	if (buf_failed(&b) || write_all(STDOUT_FILENO, &b))
		ui_say(s, true, "the row could not be copied");
	else
		ui_say(s, false, "copied, if this terminal takes it (OSC 52)");
	buf_free(&b);
}

/* Where anybody may write: without rights there is nowhere else. */
static int open_new(char *path, size_t size)
{
	const char *dir = getenv("TMPDIR");
	char stamp[32];
	time_t now = time(NULL);
	struct tm tm;

	if (!localtime_r(&now, &tm) || !strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm))
		return -EINVAL;
	snprintf(path, size, "%s/sockwatch-top-%s" FIELDS_SUFFIX, dir && *dir == '/' ? dir : "/tmp",
		 stamp);
	return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

void ui_write(struct screen_ui *s)
{
	struct buf b = { 0 };
	char path[256];
	uint64_t now_ns = ui_is_past(s) ? s->at_ns : clock_now();
	int err, fd = open_new(path, sizeof(path));

	if (fd < 0) {
		ui_say(s, true, "%s: %s", path, strerror(errno));
		return;
	}
	err = view_refresh(&s->view, s->board, now_ns); /* what was drawn may be gone */
	if (!err)
		fields_put_frame(&b, s->board, &s->view.list, s->view.kind, now_ns);
	if (!err)
		err = buf_failed(&b) ? -ENOMEM : write_all(fd, &b);
	if (close(fd) && !err)
		err = -errno;
	buf_free(&b);
	if (err)
		ui_say(s, true, "%s: %s", path, strerror(-err));
	else
		ui_say(s, false, "%zu rows are in %s", s->view.list.n, path);
}
