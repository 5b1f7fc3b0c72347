// SPDX-License-Identifier: GPL-2.0-only
#include "sink/print_unix.h"

#include "base/clock.h"
#include "base/output.h"
#include "core/opts.h"
#include "core/unix_socket.h"
#include "render/unix.h"
#include "sink/print.h"

/* One page in the making. */
struct page {
	struct print *p; /* borrowed, as the next */
	const struct print_unix_job *job;
	struct screen screen; /* the terminal, where the header stays */
	struct unix_widths widths;
	uint64_t wall_ns;
};

static struct unix_row row_of(const struct page *page, const struct unix_socket *s)
{
	return (struct unix_row){ .socket = s,
				  .peer = unix_list_find(page->job->list, s->peer_inode),
				  .holders = page->job->holders,
				  .wall_ns = page->wall_ns };
}

static bool is_wanted(const struct page *page, const struct unix_socket *s)
{
	return unix_selected(page->job->filter, s, page->job->holders);
}

static void begin_text(struct page *page)
{
	struct output *out = page->p->out;
	size_t start;

	page->widths.color = page->p->render.color;
	for (size_t i = 0; i < page->job->list->n; i++) {
		struct unix_row row = row_of(page, &page->job->list->all[i]);

		if (is_wanted(page, row.socket))
			render_unix_fit(&page->widths, &row);
	}
	if (page->job->apart)
		buf_putc(&out->buf, '\n');
	if (page->p->opts->no_header)
		return;
	if (!page->p->opts->in_place)
		screen_measure(&page->screen, out->fd);
	start = out->buf.len;
	render_unix_text_header(&out->buf, &page->widths);
	screen_take(&page->screen, &out->buf, start);
}

static void put_text(struct page *page, struct buf *b, const struct unix_row *row)
{
	struct buf title = { 0 };
	size_t start = b->len;

	render_unix_text(b, &page->widths, row, page->p->opts->extended);
	if (!page->screen.lines || screen_take(&page->screen, b, start))
		return;
	render_unix_text_header(&title, &page->widths);
	screen_put_header(&page->screen, b, start, &title);
	buf_free(&title);
}

static void put_row(struct page *page, struct buf *b, const struct unix_row *row)
{
	switch (page->p->opts->format) {
	case OUTPUT_JSON:
		render_unix_json(&page->p->render, b, row);
		break;
	case OUTPUT_CSV:
		render_unix_csv(&page->p->render, b, row);
		break;
	case OUTPUT_TEXT:
		put_text(page, b, row);
		break;
	}
}

void print_unix(struct print *p, const struct print_unix_job *job)
{
	struct page page = { .p = p, .job = job, .wall_ns = clock_wall_now() };
	struct output *out = p->out;

	if (p->opts->format == OUTPUT_TEXT)
		begin_text(&page);
	else if (p->opts->format == OUTPUT_CSV && !job->again && !p->opts->no_header)
		render_unix_csv_header(&out->buf);
	for (size_t i = 0; i < job->list->n && !out->err; i++) {
		struct unix_row row = row_of(&page, &job->list->all[i]);

		if (!is_wanted(&page, row.socket))
			continue;
		put_row(&page, &out->buf, &row);
		if (out->buf.len >= OUTPUT_CHUNK)
			output_flush(out);
	}
}
