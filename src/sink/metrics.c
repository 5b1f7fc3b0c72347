// SPDX-License-Identifier: GPL-2.0-only
#include "sink/metrics.h"

#include "base/clock.h"
#include "base/log.h"

static struct metrics_sink *of(struct sink *s)
{
	return (struct metrics_sink *)(void *)s;
}

static int metrics_open(struct sink *s)
{
	struct metrics_sink *m = of(s);
	int err = meter_init(&m->meter, &m->opts);

	if (err)
		log_error("out of memory");
	m->is_open = !err;
	return err;
}

static int metrics_begin(struct sink *s)
{
	meter_begin(&of(s)->meter, clock_wall_now());
	return 0;
}

static int metrics_end(struct sink *s)
{
	struct metrics_sink *m = of(s);

	meter_end(&m->meter);
	if (m->looked)
		m->looked(m->arg, &m->meter);
	m->is_new = true;
	return 0;
}

static int metrics_record(struct sink *s, const struct record *rec)
{
	return meter_record(&of(s)->meter, rec);
}

static int metrics_flush(struct sink *s)
{
	struct metrics_sink *m = of(s);

	if (!m->is_new || !m->page)
		return 0;
	m->is_new = false;
	return m->page(m->arg, &m->meter);
}

static void metrics_close(struct sink *s)
{
	struct metrics_sink *m = of(s);

	if (!m->is_open)
		return;
	m->is_open = false;
	if (m->closed)
		m->closed(m->arg);
	meter_free(&m->meter);
}

void metrics_sink_init(struct metrics_sink *s, const struct meter_opts *opts)
{
	static const struct sink_ops ops = { .open = metrics_open,
					     .begin = metrics_begin,
					     .end = metrics_end,
					     .record = metrics_record,
					     .flush = metrics_flush,
					     .close = metrics_close };

	*s = (struct metrics_sink){ .sink.ops = &ops, .opts = *opts };
}
