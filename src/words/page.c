// SPDX-License-Identifier: GPL-2.0-only
#include "words/page.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/terminal.h"
#include "sink/print.h"

#define LINES_MIN 3 /* a window of fewer is drawn as if it had these */

struct pages {
	struct loop *loop; /* owned */
	struct loop_timer next;
	uint64_t step_ns; /* from one to the next; 0: there is one */
	uint64_t count;	  /* 0: no limit */
	uint64_t due_ns;  /* the next one */
	uint64_t n;	  /* printed */
	struct frame frame;
	bool in_place, mark; /* as struct page_opts has them */
	struct output out;
	page_fn fn;
	void *arg; /* borrowed */
};

/* The page that was appended, over the one before; without the blank line between the two. */
static int draw(struct pages *p)
{
	struct terminal_size size = terminal_size(p->out.fd);
	struct buf page = p->out.buf;
	bool blank = page.len && page.data[0] == '\n';
	int err;

	p->out.buf = (struct buf){ 0 };
	err = buf_failed(&page)
		      ? -ENOMEM
		      : frame_draw(&p->frame, page.len ? page.data + blank : "", page.len - blank,
				   &(struct frame_opts){
					   .columns = size.columns,
					   .lines = size.lines < LINES_MIN ? LINES_MIN : size.lines,
					   .mark = p->mark },
				   &p->out.buf);
	buf_free(&page);
	if (err)
		log_error("out of memory");
	return err;
}

static int put_page(struct pages *p)
{
	int err;

	p->out.held = p->in_place;
	err = p->fn(p->arg, &p->out, p->n++);
	p->out.held = false;
	if (!err && p->in_place)
		err = draw(p);
	return err ? err : output_flush(&p->out);
}

/* As loop_fn. */
static int put_next_page(void *arg)
{
	struct pages *p = arg;
	int err = put_page(p);

	if (err)
		return err;
	if (!p->step_ns || p->n == p->count) {
		loop_stop(p->loop);
		return 0;
	}
	p->due_ns += p->step_ns;
	if (p->due_ns < clock_now()) /* a page took longer: no burst to make up for it */
		p->due_ns = clock_now();
	loop_set_timer(p->loop, &p->next, p->due_ns);
	return 0;
}

enum exit_status page_run(const struct page_opts *o, page_fn fn, void *arg)
{
	struct pages p = { .next = { .fn = put_next_page, .arg = &p },
			   .step_ns = o->repeat_ms * 1000000,
			   .count = o->count,
			   .due_ns = clock_now(),
			   .out = out_stdout(),
			   .fn = fn,
			   .arg = arg,
			   .in_place = o->in_place,
			   .mark = o->mark };
	int err = out_loop(&p.loop);

	/* the first one is printed even if we are asked to end by now */
	if (!err)
		err = put_next_page(&p);
	if (!err)
		err = loop_run(p.loop);
	loop_free(p.loop);
	frame_free(&p.frame);
	return out_end(&p.out, err);
}

struct page_opts page_in_place(const struct page_opts *opts, const struct print_opts *print,
			       bool mark)
{
	struct output out = { .fd = STDOUT_FILENO };
	struct page_opts o = *opts;

	o.in_place = o.repeat_ms && print->format == OUTPUT_TEXT &&
		     terminal_is_able(STDOUT_FILENO) && terminal_size(STDOUT_FILENO).lines;
	o.mark = o.in_place && mark && print_in_color(print, &out);
	return o;
}

enum exit_status page_follow(page_fn fn, follow_fn follow, void *arg)
{
	struct pages p = { .out = out_stdout(), .fn = fn, .arg = arg };
	int err = out_loop(&p.loop);

	if (!err)
		err = put_page(&p);
	if (!err)
		err = follow(arg, p.loop);
	if (!err)
		err = loop_run(p.loop);
	loop_free(p.loop);
	return out_end(&p.out, err);
}
