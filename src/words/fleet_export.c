// SPDX-License-Identifier: GPL-2.0-only
/*
 * `export --to`: what the recorder keeps goes to a server of ClickHouse. The store is all that
 * waits: rows that are not sent stay there, and a file says how far it came. A batch is sent until
 * the server says that it has it; one that it gets twice has the same keys, and counts once.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/privilege.h"
#include "cli/options.h"
#include "core/record.h"
#include "remote/gzip.h"
#include "render/fleet.h"
#include "store/dir.h"
#include "store/spool.h"
#include "words/fleet_create.h"
#include "words/fleet_cursor.h"
#include "words/fleet_server.h"
#include "words/out.h"
#include "words/words.h"

#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)
#define ROWS 10000
#define BYTES_MOST (32u << 20) /* of a batch, before it is packed */
#define WAIT_NS (5 * SECOND)   /* for a batch to be full */
#define LOOK_NS SECOND	       /* between two looks at the store: it has something new as often */
#define AGAIN_LEAST_NS (SECOND / 4) /* after a failure; twice that after the next */
#define AGAIN_MOST_NS (60 * SECOND)
#define ONCE_TRIES 3

struct batch {
	struct buf rows; /* owned, as JSON */
	uint64_t n;	 /* records, and gaps */
	uint64_t lost;	 /* of the gaps */
	bool uncounted;	 /* there is one of which nobody knows how much */
	uint64_t due_ns; /* when it is sent, full or not; CLOCK_MONOTONIC */
};

struct exporting {
	const struct options *options; /* borrowed */
	const char *dir;
	struct loop *loop; /* owned, as all below */
	struct fleet_server server;
	struct fleet_cursor cursor;
	struct spool *spool;
	struct buf statement;
	struct fleet_columns columns;
	struct batch batch;
	struct spool_place sent; /* behind what the server has */
	size_t told_ahead;	 /* how many of it the cursor knows */
	unsigned int tries;	 /* of this batch, that failed */
	uint64_t rows, batches, lost;
	bool uncounted;
	bool failing; /* which was told */
	bool unsaved; /* likewise, of the cursor */
};

/* From three quarters to five quarters of it: many machines are not to come at the same time. */
static uint64_t jitter(uint64_t ns)
{
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
		random = (uint32_t)clock_now();
	return ns * 3 / 4 + ns / 2 / 1024 * (random % 1024);
}

static bool is_stopped(const struct exporting *x)
{
	return loop_is_stopped(x->loop);
}

static int pause_for(struct exporting *x, uint64_t ns)
{
	uint64_t until = clock_now() + ns, now;
	int err = 0;

	while (!err && !is_stopped(x) && (now = clock_now()) < until)
		err = loop_run_once(x->loop, until - now);
	return err;
}

/* --- the cursor ------------------------------------------------------------------------------- */

/* Where that fails it is told, and tried again with the next batch: what is sent twice counts once.
 */
static void save(struct exporting *x)
{
	size_t n;
	const struct spool_ahead *ahead = spool_ahead(x->spool, &n);
	int err = fleet_cursor_save(&x->cursor, &x->sent, ahead, n);

	x->told_ahead = n;
	if (err && !x->unsaved)
		log_error("%s: what was sent is not noted: %s: the next start would send it again",
			  x->cursor.path, strerror(-err));
	else if (!err && x->unsaved)
		log_note("%s: what was sent is noted again", x->cursor.path);
	x->unsaved = err;
}

/* What is there to be sent, so that it is counted should it go. */
static int look_ahead(struct exporting *x)
{
	int err = spool_look_ahead(x->spool);
	size_t n;

	spool_ahead(x->spool, &n);
	if (!err && n != x->told_ahead)
		save(x);
	return err;
}

/* --- a batch ---------------------------------------------------------------------------------- */

static void put(struct exporting *x, const struct spool_item *item)
{
	struct batch *b = &x->batch;
	uint64_t wait_ms = x->options->fleet.wait_ms;
	struct fleet_key key = { item->host, item->boot, item->begun_ns, item->number };
	struct fleet_gap gap = { item->from_ns, item->to_ns, item->lost, item->counted };

	if (!b->n++)
		b->due_ns = clock_now() + jitter(wait_ms ? wait_ms * MS : WAIT_NS);
	if (item->rec) {
		fleet_put_row(&b->rows, &x->columns, &key, item->rec);
		return;
	}
	fleet_put_gap(&b->rows, &key, &gap);
	b->lost += item->lost;
	b->uncounted = b->uncounted || !item->counted;
}

/* 1: it is full; 0: there is nothing more by now; or -errno after a message. */
static int fill(struct exporting *x)
{
	uint64_t most = x->options->fleet.batch ? x->options->fleet.batch : ROWS;
	struct batch *b = &x->batch;
	struct spool_item item;
	int err = 1;

	while (err > 0 && b->n < most && b->rows.len < BYTES_MOST) {
		err = spool_next(x->spool, &item);
		if (err > 0)
			put(x, &item);
	}
	if (buf_failed(&b->rows)) {
		log_error("out of memory");
		return -ENOMEM;
	}
	return err;
}

static void note_sent(struct exporting *x)
{
	struct batch *b = &x->batch;

	if (b->lost || b->uncounted)
		log_note("%s%" PRIu64 " records were gone before they were sent: --max-size and "
			 "--max-age of sockwatch record keep more",
			 b->uncounted ? "more than " : "", b->lost);
	x->rows += b->n;
	x->batches++;
	x->lost += b->lost;
	x->uncounted = x->uncounted || b->uncounted;
	x->sent = spool_place(x->spool);
	spool_forget(x->spool, x->sent.number);
	save(x);
	b->rows.len = 0;
	b->n = b->lost = 0;
	b->uncounted = false;
}

static void tell_failure(struct exporting *x)
{
	bool no_table = strstr(x->server.why, FLEET_TABLE);

	if (!x->failing)
		log_error("--to %s: %s: it is tried again%s", x->options->fleet.to, x->server.why,
			  no_table ? " (--create makes the table)" : "");
	else
		log_verbose("--to %s: %s", x->options->fleet.to, x->server.why);
	x->failing = true;
}

static void tell_success(struct exporting *x, size_t packed)
{
	uint64_t now = clock_wall_now(), last = spool_place(x->spool).last_ns;

	if (x->failing)
		log_note("--to %s: it takes rows again", x->options->fleet.to);
	x->failing = false;
	log_verbose("%" PRIu64 " rows sent, %zu bytes as JSON, %zu packed; the last is %" PRIu64
		    " ms old",
		    x->batch.n, x->batch.rows.len, packed, last < now ? (now - last) / MS : 0);
}

/* 0: the server has it; -EAGAIN: not yet; or another -errno. */
static int send_batch(struct exporting *x)
{
	struct buf packed = { 0 };
	enum fleet_result result = FLEET_AGAIN;
	size_t len;

	if (gzip_put(&packed, x->batch.rows.data, x->batch.rows.len)) {
		buf_free(&packed);
		log_error("out of memory");
		return -ENOMEM;
	}
	len = packed.len;
	result = fleet_server_insert(&x->server, &x->statement, &packed);
	buf_free(&packed);
	if (result == FLEET_STOPPED)
		return -EINTR;
	if (result != FLEET_DONE) {
		tell_failure(x);
		x->tries++;
		return x->options->fleet.once && (x->tries >= ONCE_TRIES || result == FLEET_REFUSED)
			       ? -EIO
			       : -EAGAIN;
	}
	tell_success(x, len);
	x->tries = 0;
	note_sent(x);
	return 0;
}

/* --- on and on -------------------------------------------------------------------------------- */

static uint64_t again_ns(unsigned int tries)
{
	uint64_t ns = AGAIN_LEAST_NS;

	while (--tries && ns < AGAIN_MOST_NS)
		ns *= 2;
	return jitter(ns < AGAIN_MOST_NS ? ns : AGAIN_MOST_NS);
}

/* Meanwhile the store is looked at: what goes is counted. 0 or -errno. */
static int wait_to_retry(struct exporting *x)
{
	uint64_t until = clock_now() + again_ns(x->tries), now;
	int err = 0;

	while (!err && !is_stopped(x) && (now = clock_now()) < until) {
		err = look_ahead(x);
		if (!err)
			err = pause_for(x, until - now < LOOK_NS ? until - now : LOOK_NS);
	}
	return err;
}

/* 0: the server has it; -EINTR: it is not to wait any more; or another -errno. */
static int deliver(struct exporting *x)
{
	int err = -EAGAIN;

	while (err == -EAGAIN && !is_stopped(x)) {
		err = send_batch(x);
		if (err == -EAGAIN && wait_to_retry(x))
			return -EIO;
	}
	return err == -EAGAIN ? -EINTR : err;
}

/* A second, or until the batch is due. */
static uint64_t until_look(const struct exporting *x)
{
	uint64_t now = clock_now(), due = x->batch.n ? x->batch.due_ns : UINT64_MAX;

	return due < now + LOOK_NS ? (due > now ? due - now : 1) : LOOK_NS;
}

static int go_on(struct exporting *x)
{
	bool once = x->options->fleet.once;
	int err = 0;

	while (!err && !is_stopped(x)) {
		int full = fill(x);

		if (full < 0)
			return full;
		if (full || (x->batch.n && (once || clock_now() >= x->batch.due_ns)))
			err = deliver(x);
		else if (once)
			break;
		else
			err = pause_for(x, until_look(x));
		if (!err)
			err = look_ahead(x);
	}
	return err == -EINTR ? 0 : err;
}

/* --- beginning and end ------------------------------------------------------------------------ */

static int drop_rights(void)
{
	char text[256];
	int err = privilege_drop_rights(text, sizeof(text));

	if (err)
		log_error("cannot give up rights: %s", text);
	else
		log_verbose("privileges: user %u, no capabilities, no new ones", geteuid());
	return err;
}

static int explain(const struct exporting *x, int err)
{
	if (err == -ENOENT || err == -ENOTDIR)
		log_error("%s: there is no store in it: sockwatch record makes one (another is "
			  "named by --dir)",
			  x->dir);
	else if (err == -EACCES)
		log_error("%s: user %u may not read the store: start it as root or as the user "
			  "that records",
			  x->dir, geteuid());
	else if (err)
		log_error("%s: the store cannot be read: %s", x->dir, strerror(-err));
	return err;
}

/* Before a file is made there. */
static int check_store(const struct exporting *x)
{
	struct store_files files = { 0 };
	int err = store_list(x->dir, &files);

	if (!err && !files.n)
		err = -ENOENT;
	store_files_free(&files);
	return explain(x, err);
}

static int open_spool(struct exporting *x)
{
	struct fleet_cursor *c = &x->cursor;
	int err = spool_new(x->dir, &c->place, c->ahead, c->n_ahead, &x->spool);

	if (err)
		return explain(x, err);
	x->sent = spool_place(x->spool);
	err = spool_look_ahead(x->spool);
	return err ? explain(x, err) : 0;
}

static int open_all(struct exporting *x, const struct options *o)
{
	int err = out_loop(&x->loop);

	if (!err)
		err = fleet_server_open(&x->server, o);
	if (!err)
		err = drop_rights();
	if (err || o->fleet.create)
		return err;
	err = check_store(x);
	if (!err)
		err = fleet_cursor_open(&x->cursor, o->fleet.cursor, x->dir, o->fleet.to);
	if (!err)
		err = open_spool(x);
	if (err)
		return err;
	save(x); /* so that it is said now where that cannot be done */
	fleet_columns_find(&x->columns);
	fleet_put_insert(&x->statement, o->fleet.db);
	return x->unsaved ? -EACCES : 0;
}

static void close_all(struct exporting *x)
{
	spool_free(x->spool);
	fleet_cursor_close(&x->cursor);
	fleet_server_close(&x->server);
	buf_free(&x->statement);
	buf_free(&x->batch.rows);
	loop_free(x->loop);
}

static void tell_sum(const struct exporting *x)
{
	log_info("%" PRIu64 " rows sent in %" PRIu64 " batches, %s%" PRIu64
		 " gone before they were sent",
		 x->rows, x->batches, x->uncounted ? "more than " : "", x->lost);
}

static enum exit_status run(const struct options *o)
{
	struct exporting x = { .options = o,
			       .dir = o->past.dir ? o->past.dir : STORE_DIR,
			       .cursor = { .lock = -1, .file.dir_fd = -1 } };
	int err = open_all(&x, o);

	if (!err && o->fleet.create) {
		err = fleet_create(&x.server, o);
	} else if (!err) {
		err = go_on(&x);
		tell_sum(&x);
	}
	close_all(&x);
	return err ? EXIT_FAULT : EXIT_DONE;
}

const struct word word_fleet_export = {
	.id = WORD_EXPORT,
	.name = "export",
	.summary = "sends what is recorded",
	.examples = "",
	.run = run,
};
