// SPDX-License-Identifier: GPL-2.0-only
#include "sink/summing.h"

#include "base/output.h"
#include "core/opts.h"
#include "core/record.h"
#include "core/unix_socket.h"
#include "render/summary.h"
#include "sink/print.h"

static int sum_open(struct sink *s)
{
	(void)s;
	return 0;
}

static int sum_record(struct sink *s, const struct record *rec)
{
	struct summing *summing = (struct summing *)(void *)s;

	return summary_count_row(&summing->summary, rec->ev);
}

static void sum_close(struct sink *s)
{
	(void)s;
}

void summing_init(struct summing *s, const struct print_opts *print, struct output *out,
		  bool repeated)
{
	static const struct sink_ops ops = { .open = sum_open,
					     .record = sum_record,
					     .close = sum_close };

	*s = (struct summing){ .sink.ops = &ops, .print = print, .out = out, .repeated = repeated };
}

int summing_add_unix(struct summing *s, const struct unix_list *l, const struct holder *holders,
		     const struct sw_filter *filter)
{
	int err = 0;

	for (size_t i = 0; i < l->n && !err; i++) {
		const char *state = unix_state_name(l->all[i].state);

		if (unix_selected(filter, &l->all[i], holders))
			err = summary_count(&s->summary, "unix", *state ? state : "UNCONNECTED",
					    l->all[i].state, FAMILY_OTHER);
	}
	return err;
}

void summing_put(struct summing *s, uint64_t wall_ns)
{
	struct buf *b = &s->out->buf;
	struct render_summary r = { .summary = &s->summary,
				    .repeated = s->repeated,
				    .color = print_in_color(s->print, s->out),
				    .header = !s->print->no_header,
				    .time = print_stamp(s->print),
				    .wall_ns = wall_ns };

	summary_end(&s->summary);
	switch (s->print->format) {
	case OUTPUT_JSON:
		render_summary_json(&r, b);
		break;
	case OUTPUT_CSV:
		r.header = r.header && s->summary.pages == 1;
		render_summary_csv(&r, b);
		break;
	case OUTPUT_TEXT:
		render_summary_text(&r, b);
		break;
	}
}
