/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where records go: a page of text, a store, a screen. What makes records knows no more of it than
 * this; a sink knows nothing of where they come from.
 *
 * A concrete sink has a struct sink as its first member. The order of the calls: open, then fit for
 * each row that will come, begin, record for each row and event, flush whenever nothing more is
 * waiting, close. Functions that may be missing say so.
 */
#ifndef SOCKWATCH_CORE_SINK_H
#define SOCKWATCH_CORE_SINK_H

#include <stdbool.h>
#include <stdint.h>

struct keep_opts;
struct record;
struct sink;

struct sink_ops {
	/* Opens what it needs, while rights are still there. 0, or -errno after a message. */
	int (*open)(struct sink *s);
	/* Makes room for a row that will come (columns that line up). May be NULL. */
	void (*fit)(struct sink *s, const struct record *rec);
	/* Before the first record, and before each further page of rows. 0 or -errno. May be NULL.
	 */
	int (*begin)(struct sink *s);
	/*
	 * Behind the last row of a page, where rows are told again and again: it is complete. 0, or
	 * the -errno for which it takes no more. May be NULL.
	 */
	int (*end)(struct sink *s);
	/*
	 * Takes a record, complete and borrowed for the call. 0; 1 when it leaves it out, and it
	 * does not count; or the -errno for which it takes no more: the stream then ends (-EPIPE:
	 * nobody reads it any more).
	 */
	int (*record)(struct sink *s, const struct record *rec);
	/* Passes on what it keeps back. 0 or -errno, as record(). May be NULL. */
	int (*flush)(struct sink *s);
	/* Other limits for what it keeps, from now on. 0 or -errno, as record(). May be NULL. */
	int (*keep)(struct sink *s, const struct keep_opts *keep);
	/*
	 * How many of the records that it took, and counted, it could not keep after all. NULL: it
	 * keeps what it takes.
	 */
	uint64_t (*lost)(const struct sink *s);
	/* Passes on nothing, frees what it owns; one that was never opened is fine. */
	void (*close)(struct sink *s);
};

struct sink {
	const struct sink_ops *ops; /* static */
	bool fits_whole;	    /* fit needs complete records, as they will be told */
};

static inline int sink_open(struct sink *s)
{
	return s->ops->open(s);
}

static inline void sink_fit(struct sink *s, const struct record *rec)
{
	if (s->ops->fit)
		s->ops->fit(s, rec);
}

static inline int sink_begin(struct sink *s)
{
	return s->ops->begin ? s->ops->begin(s) : 0;
}

static inline int sink_end(struct sink *s)
{
	return s->ops->end ? s->ops->end(s) : 0;
}

static inline int sink_record(struct sink *s, const struct record *rec)
{
	return s->ops->record(s, rec);
}

static inline int sink_flush(struct sink *s)
{
	return s->ops->flush ? s->ops->flush(s) : 0;
}

static inline int sink_keep(struct sink *s, const struct keep_opts *keep)
{
	return s->ops->keep ? s->ops->keep(s, keep) : 0;
}

static inline void sink_close(struct sink *s)
{
	s->ops->close(s);
}

#endif
