// SPDX-License-Identifier: GPL-2.0-only
#include "words/page.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"

struct pages {
	struct loop *loop; /* owned */
	struct loop_timer next;
	uint64_t step_ns; /* from one to the next; 0: there is one */
	uint64_t count;	  /* 0: no limit */
	uint64_t due_ns;  /* the next one */
	uint64_t n;	  /* printed */
	struct output out;
	page_fn fn;
	void *arg; /* borrowed */
};

static int put_page(struct pages *p)
{
	int err = p->fn(p->arg, &p->out, p->n++);

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
			   .arg = arg };
	int err = out_loop(&p.loop);

	/* the first one is printed even if we are asked to end by now */
	if (!err)
		err = put_next_page(&p);
	if (!err)
		err = loop_run(p.loop);
	loop_free(p.loop);
	return out_end(&p.out, err);
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
