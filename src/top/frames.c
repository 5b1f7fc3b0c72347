// SPDX-License-Identifier: GPL-2.0-only
#include "top/frames.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/output.h"
#include "core/record.h"
#include "top/fields.h"

static struct frames *of(struct sink *s)
{
	return (struct frames *)s;
}

static void put_text(struct frames *f, uint64_t now_ns)
{
	struct buf *b = &f->out->buf;

	view_draw(&f->view, &f->board, f->width, 0, now_ns, clock_wall_now(), &f->page);
	if (f->told)
		buf_putc(b, '\n');
	for (size_t i = 0; i < f->page.n; i++) {
		const struct view_line *line = &f->page.lines[i];
		size_t len = line->len;

		while (len && f->page.text.data[line->start + len - 1] == ' ')
			len--;
		buf_put(b, f->page.text.data + line->start, len);
		buf_putc(b, '\n');
	}
}

/* What happened between two pages: so not for the first. */
static int put_frame(struct frames *f)
{
	uint64_t now_ns = clock_now();
	int err;

	if (!f->board.n_samples)
		return 0;
	board_age(&f->board, now_ns);
	err = view_refresh(&f->view, &f->board, now_ns);
	if (err)
		return err;
	if (f->objects)
		fields_put_frame(&f->out->buf, &f->board, &f->view.list, f->view.kind, now_ns);
	else
		put_text(f, now_ns);
	f->told++;
	if (f->count && f->told >= f->count)
		loop_stop(f->loop);
	return output_flush(f->out);
}

static int frames_open(struct sink *s)
{
	(void)s;
	return 0;
}

static int frames_begin(struct sink *s)
{
	board_begin(&of(s)->board);
	return 0;
}

static int frames_end(struct sink *s)
{
	struct frames *f = of(s);

	board_end(&f->board, clock_now());
	return f->count && f->told >= f->count ? 0 : put_frame(f);
}

static int frames_record(struct sink *s, const struct record *rec)
{
	return board_take(&of(s)->board, rec);
}

static void frames_close(struct sink *s)
{
	struct frames *f = of(s);

	board_free(&f->board);
	view_free(&f->view);
	view_page_free(&f->page);
}

static const struct sink_ops ops = { .open = frames_open,
				     .begin = frames_begin,
				     .end = frames_end,
				     .record = frames_record,
				     .close = frames_close };

void frames_init(struct frames *f, struct output *out, struct loop *loop)
{
	memset(f, 0, sizeof(*f));
	f->sink.ops = &ops;
	f->out = out;
	f->loop = loop;
	view_init(&f->view);
}
