// SPDX-License-Identifier: GPL-2.0-only
#include "cli/times.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/fleet.h"
#include "cli/options.h"
#include "cli/suggest.h"
#include "core/when.h"

#define TEXT_MAX 64

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

/* text: as it was given, which is no time. */
static void explain(const char *option, const char *text, int err, char *why, size_t size)
{
	const char *near = suggest(text, when_words, when_n_words);

	if (err == -EDOM)
		snprintf(why, size,
			 "--%s: there is no such time as '%s': hours go to 23, minutes and seconds "
			 "to 59, and the day must be one of the calendar, since 1970",
			 option, text);
	else if (near)
		snprintf(why, size, "--%s: '%s' is not a time: did you mean %s?", option, text,
			 near);
	else if (is_number(text) && strlen(text) <= 4)
		snprintf(why, size,
			 "--%s: '%s' is not a time: did you mean %sm (minutes ago), %sh or %s:00?",
			 option, text, text, text, text);
	else if (is_number(text))
		snprintf(why, size, "--%s: '%s' is not a time: did you mean @%s?", option, text,
			 text);
	else
		snprintf(why, size, "--%s: '%s' is not " WHEN_WANTS, option, text);
}

static int read_time(const struct options *o, const char *option, const char *text, uint64_t *ret,
		     char *why, size_t size)
{
	int err = text ? when_parse(text, o->past.now_ns, ret) : 0;

	if (err)
		explain(option, text, err, why, size);
	return err ? -EINVAL : 0;
}

/* Who asks for 14:00 in the morning means that of yesterday. */
static int explain_future(const struct options *o, const char *option, const char *text, char *why,
			  size_t size)
{
	char yesterday[TEXT_MAX];
	uint64_t ns;

	snprintf(yesterday, sizeof(yesterday), "yesterday %s", text);
	if (strlen(text) < TEXT_MAX / 2 && !when_parse(yesterday, o->past.now_ns, &ns))
		snprintf(why, size, "--%s %s: that is still to come: did you mean '%s'?", option,
			 text, yesterday);
	else if (*text == '+')
		snprintf(why, size, "--%s %s: that is still to come: did you mean %s?", option,
			 text, text + 1);
	else
		snprintf(why, size, "--%s %s: that is still to come", option, text);
	return -EINVAL;
}

/* A moment has neither begin nor end, and its sockets no order of time. */
static int check_at(const struct options *o, char *why, size_t size)
{
	const struct past_opts *p = &o->past;
	const char *other = p->since	      ? "since"
			    : p->until	      ? "until"
			    : o->follow	      ? "follow"
			    : p->newest_first ? "reverse"
			    : o->page.count   ? "lines"
			    : o->count.n_keys ? "by"
					      : NULL;

	if (p->at_ns > p->now_ns)
		return explain_future(o, "at", p->at, why, size);
	if (!other)
		return 0;
	snprintf(why, size, "--at is a moment: leave --%s out", other);
	return -EINVAL;
}

static int read_all(struct options *o, char *why, size_t size)
{
	struct past_opts *p = &o->past;

	p->now_ns = clock_wall_now();
	p->until_ns = UINT64_MAX;
	return read_time(o, "since", p->since, &p->since_ns, why, size) ||
			       read_time(o, "until", p->until, &p->until_ns, why, size) ||
			       read_time(o, "at", p->at, &p->at_ns, why, size)
		       ? -EINVAL
		       : 0;
}

static int check_span(const struct past_opts *p, char *why, size_t size)
{
	if (!p->since || !p->until || p->until_ns > p->since_ns)
		return 0;
	snprintf(why, size, "--until %s is not after --since %s: nothing is between them", p->until,
		 p->since);
	return -EINVAL;
}

/* What the statement says itself. */
static int check_sql(const struct options *o, char *why, size_t size)
{
	const struct past_opts *p = &o->past;
	const char *other = p->at	      ? "at"
			    : p->verify	      ? "verify"
			    : o->follow	      ? "follow"
			    : o->count.n_keys ? "by"
			    : p->newest_first ? "reverse"
			    : o->page.count   ? "lines"
					      : NULL;

	if (!p->sql && p->timeout_ms && !o->fleet.from)
		snprintf(why, size, "--timeout is for --sql and --from");
	else if (p->sql && other && (p->newest_first || o->page.count || o->count.n_keys))
		snprintf(why, size,
			 "--sql: what is told and in which order says the statement (ORDER BY, "
			 "LIMIT, GROUP BY): leave --%s out",
			 other);
	else if (p->sql && other)
		snprintf(why, size, "--sql is a question by itself: leave --%s out", other);
	else
		return 0;
	return -EINVAL;
}

/* Each record is told by itself, when the other end can be there. */
static int check_peers(const struct options *o, char *why, size_t size)
{
	const struct past_opts *p = &o->past;
	const char *other = p->at	      ? "at"
			    : p->sql	      ? "sql"
			    : p->verify	      ? "verify"
			    : p->report	      ? "report"
			    : o->print.plot   ? "plot"
			    : o->follow	      ? "follow"
			    : o->count.n_keys ? "by"
					      : NULL;

	if (!p->peers || !other)
		return 0;
	snprintf(why, size,
		 "--peer is for the records of the past, one by one: leave it or --%s out", other);
	return -EINVAL;
}

int times_check(struct options *o, char *why, size_t size)
{
	struct past_opts *p = &o->past;

	if (fleet_check_log(o, why, size) || check_sql(o, why, size) || check_peers(o, why, size))
		return -EINVAL;
	if (p->verify && (o->print.format != OUTPUT_TEXT || o->follow || o->n_args)) {
		snprintf(why, size,
			 "--verify looks at all of the store, and is told as text: leave "
			 "ports, -f, -j and --csv out");
		return -EINVAL;
	}
	if (read_all(o, why, size))
		return -EINVAL;
	if (p->at && check_at(o, why, size))
		return -EINVAL;
	if (p->since && p->since_ns > p->now_ns)
		return explain_future(o, "since", p->since, why, size);
	if (o->follow && (p->until || p->newest_first || o->count.n_keys)) {
		snprintf(why, size, "-f goes on with what comes: leave --%s out",
			 p->until	   ? "until"
			 : p->newest_first ? "reverse"
					   : "by");
		return -EINVAL;
	}
	return check_span(p, why, size);
}

bool times_ask_past(const struct options *o)
{
	return o->past.since || o->past.until || o->past.at || o->past.dir;
}

int times_check_who(struct options *o, char *why, size_t size)
{
	struct past_opts *p = &o->past;

	if (o->follow || o->page.count || o->watch.duration_ms)
		snprintf(why, size, "-f goes on with what comes: it knows no past: leave it out");
	else if (o->pids_only)
		snprintf(why, size,
			 "-t names processes for kill: who had a port then may be another now: "
			 "leave it out");
	else if (o->print.resolve)
		snprintf(why, size,
			 "--resolve: names of now need not be those of then: leave it out");
	else if (p->at && (p->since || p->until))
		snprintf(why, size, "--at is a moment: leave --%s out",
			 p->since ? "since" : "until");
	else if (read_all(o, why, size))
		return -EINVAL;
	else if (p->at && p->at_ns > p->now_ns)
		return explain_future(o, "at", p->at, why, size);
	else if (p->since && p->since_ns > p->now_ns)
		return explain_future(o, "since", p->since, why, size);
	else if (check_span(p, why, size))
		return -EINVAL;
	else
		return 0;
	return -EINVAL;
}
