// SPDX-License-Identifier: GPL-2.0-only
#include "sink/store.h"

#include <errno.h>
#include <stddef.h>

#include "core/opts.h"
#include "store/writer.h"

#define NS_IN_MS 1000000u

static struct store_sink *of(struct sink *s)
{
	return (struct store_sink *)(void *)s;
}

static int store_open(struct sink *s)
{
	struct store_sink *store = of(s);
	int err = writer_open(store->opts, &store->writer);

	if (!err && store->opened)
		store->opened(store->arg);
	return err;
}

static int store_record(struct sink *s, const struct record *rec)
{
	struct store_sink *store = of(s);
	int err = writer_record(store->writer, rec);

	if (!err && store->took)
		store->took(store->arg, rec);
	return err == -ENOSPC ? 1 : err;
}

static int store_flush(struct sink *s)
{
	struct store_sink *store = of(s);
	int err = writer_tick(store->writer);

	if (store->flushed)
		store->flushed(store->arg);
	return err == -ENOSPC ? 0 : err;
}

static int store_keep(struct sink *s, const struct keep_opts *keep)
{
	struct store_sink *store = of(s);
	struct writer_opts limits = { .max_size = keep->max_size,
				      .max_age_ns = keep->max_age_ms * NS_IN_MS,
				      .keep_free = keep->keep_free,
				      .segment_size = keep->segment_size };

	writer_limit(store->writer, &limits);
	if (store->limited)
		store->limited(store->arg, keep);
	return 0;
}

static uint64_t store_lost(const struct sink *s)
{
	return writer_lost(((const struct store_sink *)(const void *)s)->writer);
}

static void store_close(struct sink *s)
{
	writer_close(of(s)->writer);
	of(s)->writer = NULL;
}

void store_sink_init(struct store_sink *s, const struct writer_opts *opts)
{
	static const struct sink_ops ops = { .open = store_open,
					     .record = store_record,
					     .flush = store_flush,
					     .keep = store_keep,
					     .lost = store_lost,
					     .close = store_close };

	*s = (struct store_sink){ .sink.ops = &ops, .opts = opts };
}
