// SPDX-License-Identifier: GPL-2.0-only
/*
 * `log --from`: what log asks of the store, asked of a fleet's server. It leaves out what it can;
 * which of the rows that come are meant is decided here, by the rule that the store has.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/privilege.h"
#include "cli/options.h"
#include "core/record.h"
#include "core/where.h"
#include "render/fleet.h"
#include "render/fleet_ask.h"
#include "render/fleet_read.h"
#include "words/fleet_gaps.h"
#include "words/fleet_server.h"
#include "words/log_job.h"
#include "words/words.h"

#define ENDS_AT_A_TIME 1000 /* what a statement has room for: 256 KiB of a server's own limit */

struct fleet_log {
	struct log_job job; /* first: it is asked by it */
	struct fleet_server server;
	struct fleet_server ends; /* with --peer: in the midst of an answer */
	struct fleet_row end_row;
	log_fn end_fn;
	void *end_arg;
	struct fleet_gaps gaps;
	struct fleet_row row;
	log_fn fn; /* of the question at hand */
	void *arg;
	bool newest_first;
	uint64_t unread; /* rows that this sockwatch cannot read */
	bool explained;	 /* of a question in the midst of another: both end with it */
};

static struct fleet_log *log_of(struct log_job *job)
{
	return (struct fleet_log *)(void *)job;
}

static const struct options *options_of(const struct fleet_log *l)
{
	return l->job.answer.options;
}

/* --- what comes ------------------------------------------------------------------------------- */

static bool host_asked(const struct fleet_log *l, const char *host)
{
	return where_matches(&options_of(l)->fleet.hosts, host ? host : "");
}

static bool has_exception(const char *line, size_t len)
{
	return memmem(line, len, "DB::Exception", 13);
}

/* What broke off says so in a line of the answer. A row is counted as one that is told itself. */
static int take_unread(struct fleet_log *l, struct fleet_server *server, const char *line,
		       size_t len)
{
	if (has_exception(line, len)) {
		fleet_server_explain(server, line, len);
		return -EIO;
	}
	l->unread += server == &l->server;
	return 0;
}

/* 1: *ret is it; 0: it cannot be read; -EIO: the answer broke off. */
static int read_row(struct fleet_log *l, struct fleet_server *server, char *line, size_t len,
		    struct fleet_row *ret)
{
	bool broken = has_exception(line, len) && !memchr(line, '\t', len);

	if (!broken && !fleet_read_row(line, len, ret))
		return 1;
	return take_unread(l, server, line, len);
}

/* As fleet_line_fn. */
static int take_row(void *arg, char *line, size_t len)
{
	struct fleet_log *l = arg;
	const struct record *rec = &l->row.rec;
	int err = read_row(l, &l->server, line, len, &l->row);

	if (err <= 0)
		return err;
	if (!host_asked(l, rec->host))
		return 0;
	err = fleet_gaps_tell(&l->gaps, rec->wall_ns, l->newest_first, l->fn, l->arg);
	return err ? err : l->fn(l->arg, rec);
}

/* As fleet_line_fn. */
static int take_run(void *arg, char *line, size_t len)
{
	struct fleet_log *l = arg;
	struct fleet_run run;

	if (fleet_read_run(line, len, &run))
		return take_unread(l, &l->server, line, len);
	return host_asked(l, run.host) ? fleet_gaps_take(&l->gaps, &run) : 0;
}

/* --- asking ----------------------------------------------------------------------------------- */

static struct fleet_question question_of(const struct fleet_log *l)
{
	const struct options *o = options_of(l);
	const struct asked *asked = &l->job.answer.asked;

	return (struct fleet_question){ .db = o->fleet.db,
					.select = asked->select,
					.targets = asked->targets,
					.n_targets = asked->n_targets,
					.hosts = &o->fleet.hosts,
					.since_ns = o->past.since_ns,
					.until_ns = o->past.until_ns,
					.newest_first = l->newest_first };
}

/* As fleet_line_fn. */
static int take_end(void *arg, char *line, size_t len)
{
	struct fleet_log *l = arg;
	int n = read_row(l, &l->ends, line, len, &l->end_row);

	return n > 0 ? l->end_fn(l->end_arg, &l->end_row.rec) : n;
}

/* What to do about it. */
static const char *way_out(const char *why, int err)
{
	bool none = strstr(why, "exist") || strstr(why, "Unknown table") ||
		    strstr(why, "UNKNOWN_TABLE");

	if (strstr(why, FLEET_TABLE) && none)
		return " (export --to makes the table with --create)";
	return err == -ETIMEDOUT ? " (--timeout has for how long it is waited for)" : "";
}

static int explain(struct fleet_log *l, const struct fleet_server *server, enum fleet_result result,
		   int err)
{
	const char *why = server->why;
	bool told = l->job.begun && l->job.found;

	if (err > 0 || l->job.out.err || err == -EINTR || l->explained)
		return err;
	if (result == FLEET_STOPPED && err == -ECANCELED)
		return -EINTR;
	l->explained = true;
	if (err == -ENOMEM)
		log_error("out of memory");
	else
		log_error("--from %s: %s%s%s", options_of(l)->fleet.from,
			  *why ? why : strerror(-err), way_out(why, err),
			  told ? ": what was told is not the whole answer" : "");
	return err;
}

/* Without its columns, which are always the same. */
static void tell_statement(const struct buf *statement)
{
	const char *from = memmem(statement->data, statement->len, " FROM ", 6);
	size_t skipped = from ? (size_t)(from - statement->data) : 0;

	log_verbose("asks%.*s", (int)(statement->len - skipped), statement->data + skipped);
}

/* Takes the statement. */
static int ask_lines(struct fleet_log *l, struct fleet_server *server, struct buf *statement,
		     fleet_line_fn fn)
{
	enum fleet_result result = FLEET_AGAIN;
	int err = -ENOMEM;

	if (!buf_failed(statement)) {
		tell_statement(statement);
		result = fleet_server_lines(server, statement, fn, l, &err);
	}
	buf_free(statement);
	return err ? explain(l, server, result, err) : 0;
}

/* As log_ask. */
static int ask(struct log_job *job, bool newest_first, log_fn fn, void *arg)
{
	struct fleet_log *l = log_of(job);
	struct fleet_question q;
	struct buf statement = { 0 };
	int err;

	l->fn = fn;
	l->arg = arg;
	l->newest_first = newest_first;
	q = question_of(l);
	fleet_put_runs(&statement, &q);
	err = ask_lines(l, &l->server, &statement, take_run);
	if (!err)
		err = fleet_gaps_end(&l->gaps);
	if (err)
		return err;
	fleet_put_question(&statement, &q);
	err = ask_lines(l, &l->server, &statement, take_row);
	return err ? err : fleet_gaps_tell_rest(&l->gaps, newest_first, fn, arg);
}

/* As log_ask_ends. */
static int ask_ends(struct log_job *job, const struct log_ends_question *asked, log_fn fn,
		    void *arg)
{
	struct fleet_log *l = log_of(job);
	const struct fleet_question q = { .db = options_of(l)->fleet.db,
					  .since_ns = asked->since_ns,
					  .until_ns = asked->until_ns };
	struct buf statement = { 0 };

	l->end_fn = fn;
	l->end_arg = arg;
	fleet_put_ends(&statement, &q, asked->ends, asked->first, asked->end);
	return ask_lines(l, &l->ends, &statement, take_end);
}

/* --- the word --------------------------------------------------------------------------------- */

static int open_server(struct fleet_log *l, const struct options *o)
{
	char text[256];
	int err = fleet_server_open(&l->server, o);

	if (!err && o->past.peers)
		err = fleet_server_open(&l->ends, o);
	if (err)
		return err;
	err = privilege_drop_rights(text, sizeof(text));
	if (err)
		log_error("cannot give up rights: %s", text);
	fleet_gaps_init(&l->gaps, o->past.since_ns, o->past.until_ns, o->past.now_ns);
	return err;
}

static int tell(struct fleet_log *l)
{
	int err = log_job_tell(&l->job, false);

	if (!err || err == -EINTR)
		sink_flush(&l->job.print.sink);
	if (err == -EINTR && !l->job.out.err)
		return 0;
	if (!err && l->unread)
		log_note("%" PRIu64 " %s not as this sockwatch writes them: left out", l->unread,
			 l->unread == 1 ? "row is" : "rows are");
	if (!err && !l->job.found)
		log_note("nothing of that was recorded, as far as it was sent to that server");
	return err;
}

static enum exit_status run(const struct options *o)
{
	static struct fleet_log l; /* a filter is large */
	static const struct log_ends ends = { ask_ends, ENDS_AT_A_TIME };
	enum exit_status status;
	int err;

	if (!o->fleet.from) {
		log_error("sockwatch-fleet answers log where it has --from; sockwatch log asks the "
			  "store");
		return EXIT_USAGE;
	}
	err = log_job_open(&l.job, o, ask, &ends);
	if (!err)
		err = open_server(&l, o);
	if (!err)
		err = tell(&l);
	status = log_job_close(&l.job, err, false);
	fleet_server_close(&l.server);
	fleet_server_close(&l.ends);
	fleet_gaps_free(&l.gaps);
	return status;
}

const struct word word_fleet_log = {
	.id = WORD_LOG,
	.name = "log",
	.arg = "[PORT...]",
	.summary = "what was recorded, of all machines",
	.examples = "",
	.run = run,
};
