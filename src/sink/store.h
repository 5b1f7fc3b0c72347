/* SPDX-License-Identifier: GPL-2.0-only */
/* The sink for later: records into the store (store/writer.h). */
#ifndef SOCKWATCH_SINK_STORE_H
#define SOCKWATCH_SINK_STORE_H

#include "core/sink.h"

struct keep_opts;
struct writer;
struct writer_opts;

struct store_sink {
	struct sink sink;		/* what others see of it */
	const struct writer_opts *opts; /* borrowed */
	void (*opened)(void *arg);	/* once the store is open; NULL: nobody is told */
	/* it has other limits now; likewise */
	void (*limited)(void *arg, const struct keep_opts *keep);
	/* after each record that it took, and after each flush; likewise */
	void (*took)(void *arg, const struct record *rec);
	void (*flushed)(void *arg);
	void *arg;
	struct writer *writer; /* owned */
};

/*
 * A sink that needs no memory of its own; opts must outlive it. A record for which there is no room
 * is left out, and a record of SW_EV_LOST tells so as soon as there is. It is to be flushed at
 * least once a second, also when nothing comes: what was taken is durable a second later.
 */
void store_sink_init(struct store_sink *s, const struct writer_opts *opts);

#endif
