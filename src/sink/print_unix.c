// SPDX-License-Identifier: GPL-2.0-only
#include "sink/print_unix.h"

#include "base/clock.h"
#include "base/output.h"
#include "core/opts.h"
#include "core/unix_socket.h"
#include "render/color.h"
#include "render/columns.h"
#include "render/unix.h"
#include "sink/print.h"

/* One page in the making. */
struct page {
	struct print *p; /* borrowed, as the next */
	const struct print_unix_job *job;
	struct screen screen; /* the terminal, where the header stays */
	struct unix_widths widths;
	struct chosen chosen; /* with --fields */
	uint64_t wall_ns;
};

static struct unix_row row_of(const struct page *page, const struct unix_socket *s)
{
	return (struct unix_row){ .socket = s,
				  .peer = unix_list_find(page->job->list, s->peer_inode),
				  .holders = page->job->holders,
				  .wall_ns = page->wall_ns };
}

static bool chooses(const struct page *page)
{
	return page->p->opts->n_fields;
}

static struct field_times times_of(const struct page *page)
{
	struct render *r = &page->p->render;

	return (struct field_times){ r->time, &r->stamp, &r->start_stamp };
}

static void fit(struct page *page, const struct unix_row *row)
{
	const struct field_times times = times_of(page);

	if (chooses(page))
		chosen_fit(&page->chosen, row, &times);
	else
		render_unix_fit(&page->widths, row);
}

static void put_header(struct page *page, struct buf *b)
{
	if (!chooses(page)) {
		render_unix_text_header(b, &page->widths);
		return;
	}
	buf_puts(b, page->widths.color ? COLOR_HEAD : "");
	chosen_put_titles(&page->chosen, b);
	buf_puts(b, page->widths.color ? COLOR_END "\n" : "\n");
}

static bool is_wanted(const struct page *page, const struct unix_socket *s)
{
	return unix_selected(page->job->filter, s, page->job->holders);
}

static void begin_text(struct page *page)
{
	struct output *out = page->p->out;
	struct screen terminal;
	size_t start;

	page->widths.color = page->p->render.color;
	screen_measure(&terminal, out->fd);
	chosen_fit_terminal(&page->chosen, page->p->opts->wide ? 0 : terminal.columns,
			    page->p->render.time);
	for (size_t i = 0; i < page->job->list->n; i++) {
		struct unix_row row = row_of(page, &page->job->list->all[i]);

		if (is_wanted(page, row.socket))
			fit(page, &row);
	}
	render_unix_fit_terminal(&page->widths, page->p->opts->wide ? 0 : terminal.columns);
	if (page->job->apart)
		buf_putc(&out->buf, '\n');
	if (page->p->opts->no_header)
		return;
	if (!page->p->opts->in_place)
		page->screen = terminal;
	start = out->buf.len;
	put_header(page, &out->buf);
	screen_take(&page->screen, &out->buf, start);
}

static void put_text(struct page *page, struct buf *b, const struct unix_row *row)
{
	const struct field_times times = times_of(page);
	struct buf title = { 0 };
	size_t start = b->len;

	if (chooses(page))
		chosen_put_text(&page->chosen, b, row, &times);
	else
		render_unix_text(b, &page->widths, row, page->p->opts->extended);
	if (!page->screen.lines || screen_take(&page->screen, b, start))
		return;
	put_header(page, &title);
	screen_put_header(&page->screen, b, start, &title);
	buf_free(&title);
}

static void put_row(struct page *page, struct buf *b, const struct unix_row *row)
{
	const struct field_times times = times_of(page);

	switch (page->p->opts->format) {
	case OUTPUT_JSON:
		if (chooses(page))
			chosen_put_json(&page->chosen, b, row, &times);
		else
			render_unix_json(&page->p->render, b, row);
		break;
	case OUTPUT_CSV:
		if (chooses(page))
			chosen_put_csv(&page->chosen, b, row, &times);
		else
			render_unix_csv(&page->p->render, b, row);
		break;
	case OUTPUT_TEXT:
		put_text(page, b, row);
		break;
	}
}

static void put_csv_header(const struct page *page, struct buf *b)
{
	if (chooses(page))
		chosen_put_csv_header(&page->chosen, b);
	else
		render_unix_csv_header(b);
}

void print_unix(struct print *p, const struct print_unix_job *job)
{
	struct page page = { .p = p, .job = job, .wall_ns = clock_wall_now() };
	struct output *out = p->out;

	chosen_init(&page.chosen, &unix_schema, p->opts->fields, p->opts->n_fields);
	if (p->opts->format == OUTPUT_TEXT)
		begin_text(&page);
	else if (p->opts->format == OUTPUT_CSV && !job->again && !p->opts->no_header)
		put_csv_header(&page, &out->buf);
	for (size_t i = 0; i < job->list->n && !out->err; i++) {
		struct unix_row row = row_of(&page, &job->list->all[i]);

		if (!is_wanted(&page, row.socket))
			continue;
		put_row(&page, &out->buf, &row);
		if (out->buf.len >= OUTPUT_CHUNK)
			output_flush(out);
	}
}
