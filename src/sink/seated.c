// SPDX-License-Identifier: GPL-2.0-only
#include "sink/seated.h"

#include "base/log.h"
#include "base/output.h"
#include "core/record.h"

static struct seated *seated_of(struct sink *s)
{
	return (struct seated *)(void *)s;
}

static int seated_open(struct sink *s)
{
	return sink_open(seated_of(s)->inner);
}

static void seated_fit(struct sink *s, const struct record *rec)
{
	struct seated *of = seated_of(s);

	of->coming++;
	if (!of->sums || of->coming <= SEATED_ROWS)
		sink_fit(of->inner, rec);
}

/* The header stands behind the line, above what happens. */
static int seated_begin(struct sink *s)
{
	struct seated *of = seated_of(s);

	of->holds = of->sums && of->coming > SEATED_ROWS;
	of->coming = 0;
	return of->holds ? 0 : sink_begin(of->inner);
}

static int tell_rows(struct seated *of)
{
	struct buf *b = &of->out->buf;

	of->holds = false;
	digest_put_rows(&of->digest, b);
	buf_puts(b, "; `sockwatch list` shows them, and -a here\n");
	return sink_begin(of->inner);
}

static int seated_record(struct sink *s, const struct record *rec)
{
	struct seated *of = seated_of(s);
	int err = 0;

	if (rec->row) {
		digest_add_row(&of->digest, rec);
		return of->holds ? 0 : sink_record(of->inner, rec);
	}
	if (of->holds)
		err = tell_rows(of);
	digest_add(&of->digest, rec);
	if (of->advice && !of->advised && digest_is_busy(&of->digest)) {
		of->advised = true;
		log_note("%s", of->advice);
	}
	return err ? err : sink_record(of->inner, rec);
}

static int seated_flush(struct sink *s)
{
	struct seated *of = seated_of(s);
	int err = of->holds ? tell_rows(of) : 0;

	return err ? err : sink_flush(of->inner);
}

static void seated_close(struct sink *s)
{
	sink_close(seated_of(s)->inner);
}

void seated_init(struct seated *s, struct sink *inner, struct output *out, bool sums,
		 const char *advice)
{
	static const struct sink_ops ops = { .open = seated_open,
					     .fit = seated_fit,
					     .begin = seated_begin,
					     .record = seated_record,
					     .flush = seated_flush,
					     .close = seated_close };

	*s = (struct seated){
		.sink.ops = &ops, .inner = inner, .out = out, .sums = sums, .advice = advice
	};
}
