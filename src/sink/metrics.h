/* SPDX-License-Identifier: GPL-2.0-only */
/* The sink for those who want numbers only: records are added up (metrics/meter.h). */
#ifndef SOCKWATCH_SINK_METRICS_H
#define SOCKWATCH_SINK_METRICS_H

#include <stdbool.h>

#include "core/sink.h"
#include "metrics/meter.h"

struct metrics_sink {
	struct sink sink; /* what others see of it */
	struct meter_opts opts;
	/* When a page of rows is complete and has been flushed; NULL: nobody is told. As flush().
	 */
	int (*page)(void *arg, struct meter *m);
	void (*looked)(void *arg, struct meter *m); /* before that; NULL likewise */
	void (*closed)(void *arg); /* at the end, where it was open; NULL likewise */
	void *arg;
	struct meter meter; /* owned; from open to close */
	bool is_open, is_new;
};

/* What it keeps is made when it is opened. */
void metrics_sink_init(struct metrics_sink *s, const struct meter_opts *opts);

#endif
