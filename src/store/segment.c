// SPDX-License-Identifier: GPL-2.0-only
#include "store/segment.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/log.h"
#include "store/columns.h"
#include "store/db.h"
#include "store/dir.h"
#include "store/keys.h"
#include "store/layout.h"
#include "store/text_reader.h"

struct segment {
	char *path;
	struct sqlite3 *db;
	struct sqlite3_stmt *heads, *keys, *data;
	struct text_reader texts;
	uint64_t first_ns, last_ns, begun_ns;
	uint64_t bad_first_ns, bad_last_ns; /* of blocks that cannot be read; 0, 0: all can */
	char *host, *boot;		    /* owned */
	int64_t version;
	bool sealed;
	struct columns *columns; /* owned, as these: to unpack a block, */
	struct stored *records;	 /* its records, */
	uint16_t *wanted;	 /* and which of them are told */
};

/* --- opening ---------------------------------------------------------------------------------- */

/* s->... of one row of meta; false: without memory. */
static bool take_meta(struct segment *s, const char *key, struct sqlite3_stmt *row)
{
	const char *text = (const char *)sqlite3_column_text(row, 1);
	int64_t number = sqlite3_column_int64(row, 1);

	if (!strcmp(key, "version"))
		s->version = number;
	else if (!strcmp(key, "sealed"))
		s->sealed = number;
	else if (!strcmp(key, "first_ns"))
		s->first_ns = (uint64_t)number;
	else if (!strcmp(key, "last_ns"))
		s->last_ns = (uint64_t)number;
	else if (!strcmp(key, "begun_ns"))
		s->begun_ns = (uint64_t)number;
	else if (!strcmp(key, "host") && text && !s->host)
		return (s->host = strdup(text));
	else if (!strcmp(key, "boot") && text && !s->boot)
		return (s->boot = strdup(text));
	return true;
}

static int look_at_meta(struct segment *s)
{
	struct sqlite3_stmt *rows;
	int err = db_prepare(s->db, "SELECT key, value FROM meta", &rows);

	if (err)
		return err;
	while ((err = db_step(s->db, rows)) == 1) {
		const char *key = (const char *)sqlite3_column_text(rows, 0);

		if (key && !take_meta(s, key, rows)) {
			err = -ENOMEM;
			break;
		}
	}
	sqlite3_finalize(rows);
	if (!err && !s->version)
		return -EBADMSG;
	return !err && s->version != STORE_LAYOUT ? -EPROTO : err;
}

/*
 * Who may read only cannot make the file that SQLite shares between processes (-shm): just after a
 * segment was begun it is not there for a moment.
 */
static int open_db(const char *path, struct sqlite3 **ret)
{
	int err = -ENOENT;

	for (int tries = 0; tries < DB_TRIES && !access(path, F_OK); tries++) {
		int64_t blocks;

		err = db_open(path, false, ret);
		if (!err)
			err = db_number(*ret, "SELECT count(*) FROM meta", &blocks);
		if (err != -ENOENT && err != -EBUSY && err != -EROFS)
			return err;
		sqlite3_close(*ret);
		*ret = NULL;
		nanosleep(&(struct timespec){ 0, DB_TRY_AGAIN_NS }, NULL);
	}
	return access(path, F_OK) ? -ENOENT : err == -ENOENT ? -EAGAIN : err;
}

static int prepare(struct segment *s)
{
	int err = look_at_meta(s);

	if (!err)
		err = db_prepare(s->db,
				 "SELECT id, first_ns, last_ns, n FROM head WHERE id > ?"
				 " AND id <= ? ORDER BY id",
				 &s->heads);
	if (!err)
		err = db_prepare(s->db, "SELECT data FROM keys WHERE id = ?", &s->keys);
	if (!err)
		err = db_prepare(s->db, "SELECT data, rest FROM block WHERE id = ?", &s->data);
	if (!err)
		err = text_reader_begin(&s->texts, s->db);
	return err;
}

static int complain(struct segment *s, const char *path, int err)
{
	if (!log_is_news(path)) /* an answer may read it more than once */
		return err;
	if (err != -EPROTO)
		return db_complain(s ? s->db : NULL, "read", path, err);
	log_error(
		"%s is of layout %lld, this sockwatch reads %d: ask the one that wrote it (record "
		"goes on beside it)",
		path, s ? (long long)s->version : 0, STORE_LAYOUT);
	return err;
}

/* The path of the sealed one that has the same number; owned; NULL: there is none. */
static char *find_sealed(const char *path)
{
	const char *name = strrchr(path, '/');
	struct store_files all;
	struct store_file live;
	char *dir, *found = NULL;

	if (!store_name_parse(name ? name + 1 : path, &live) || live.sealed)
		return NULL;
	dir = name ? strndup(path, (size_t)(name - path)) : strdup(".");
	if (dir && !store_list(*dir ? dir : "/", &all)) {
		for (size_t i = 0; i < all.n && !found; i++)
			if (all.files[i].sealed && all.files[i].number == live.number)
				found = strdup(all.files[i].path);
		store_files_free(&all);
	}
	free(dir);
	return found;
}

/* Takes path, which is owned. As segment_open(). */
static int open_at(char *path, struct segment **ret)
{
	struct segment *s = calloc(1, sizeof(*s));
	int err = -ENOMEM;

	if (!s) {
		free(path);
		return err;
	}
	s->path = path;
	s->columns = columns_new();
	s->records = malloc(COLUMNS_MAX * sizeof(*s->records));
	s->wanted = malloc(COLUMNS_MAX * sizeof(*s->wanted));
	if (s->columns && s->records && s->wanted)
		err = open_db(path, &s->db);
	if (!err)
		err = prepare(s);
	if (err) {
		if (err != -ENOENT)
			complain(s, path, err);
		segment_close(s);
		return err;
	}
	*ret = s;
	return 0;
}

int segment_open(const char *path, struct segment **ret)
{
	char *copy = strdup(path);
	int err = copy ? open_at(copy, ret) : -ENOMEM;

	if (err != -ENOENT)
		return err;
	copy = find_sealed(path);
	return copy ? open_at(copy, ret) : err;
}

void segment_close(struct segment *s)
{
	if (!s)
		return;
	text_reader_end(&s->texts);
	sqlite3_finalize(s->heads);
	sqlite3_finalize(s->keys);
	sqlite3_finalize(s->data);
	sqlite3_close(s->db);
	columns_free(s->columns);
	free(s->records);
	free(s->wanted);
	free(s->host);
	free(s->boot);
	free(s->path);
	free(s);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* The blocks that are to be read. */
struct found {
	struct segment_block *blocks; /* owned */
	size_t n, cap;
};

/* The keys of a block, valid until s->keys is reset; NULL: it has none, or they are damaged. */
static const void *find_keys(struct segment *s, int64_t id, const struct keys_span *span,
			     size_t *ret_size)
{
	const void *keys;

	sqlite3_bind_int64(s->keys, 1, id);
	if (db_step(s->db, s->keys) != 1)
		return NULL;
	keys = sqlite3_column_blob(s->keys, 0);
	*ret_size = (size_t)sqlite3_column_bytes(s->keys, 0);
	return keys && keys_are_good(keys, *ret_size, span) ? keys : NULL;
}

static struct keys_span span_at(struct segment *s)
{
	return (struct keys_span){ (uint64_t)sqlite3_column_int64(s->heads, 1),
				   (uint64_t)sqlite3_column_int64(s->heads, 2),
				   (uint64_t)sqlite3_column_int64(s->heads, 3) };
}

/* Whether to read the block that s->heads is at. */
static bool is_asked(struct segment *s, const struct segment_query *q)
{
	struct keys_span span = span_at(s);
	const void *keys;
	size_t size;
	bool asked;

	if (span.last_ns < q->since_ns || span.first_ns >= q->until_ns)
		return false;
	if (!q->filter)
		return true;
	keys = find_keys(s, sqlite3_column_int64(s->heads, 0), &span, &size);
	/* what is damaged is not to be trusted: look at the records */
	asked = !keys || keys_may_have(keys, size, q->filter);
	sqlite3_reset(s->keys);
	return asked;
}

/*
 * All before the first is read: what takes long with the records must not keep the writer's log
 * from being folded in.
 */
static int find_blocks(struct segment *s, const struct segment_query *q, struct found *ret)
{
	int err;

	sqlite3_bind_int64(s->heads, 1, q->after_block);
	sqlite3_bind_int64(s->heads, 2, q->until_block ? q->until_block : INT64_MAX);
	while ((err = db_step(s->db, s->heads)) == 1) {
		struct segment_block block = { sqlite3_column_int64(s->heads, 0),
					       (size_t)sqlite3_column_int64(s->heads, 3),
					       (uint64_t)sqlite3_column_int64(s->heads, 1),
					       (uint64_t)sqlite3_column_int64(s->heads, 2) };

		if (is_asked(s, q) && ARRAY_ADD(ret->blocks, ret->n, ret->cap, &block)) {
			err = -ENOMEM;
			break;
		}
	}
	sqlite3_reset(s->heads);
	return err;
}

int segment_ran_at(struct segment *s, uint64_t ns)
{
	int err, ran = 0;

	sqlite3_bind_int64(s->heads, 1, 0);
	sqlite3_bind_int64(s->heads, 2, INT64_MAX);
	while (!ran && (err = db_step(s->db, s->heads)) == 1) {
		struct keys_span span = span_at(s);
		const void *keys;
		size_t size;

		if (span.first_ns >= ns || span.last_ns < ns)
			continue;
		keys = find_keys(s, sqlite3_column_int64(s->heads, 0), &span, &size);
		ran = keys && !keys_may_have_acts(keys, size);
		sqlite3_reset(s->keys);
	}
	sqlite3_reset(s->heads);
	return ran ? ran : err;
}

/* Which records are in the asked time and may pass the filter: into s->wanted, how many. */
static size_t find_wanted(struct segment *s, const struct segment_query *q, size_t n)
{
	size_t wanted = 0;

	for (size_t i = 0; i < n; i++) {
		const struct stored *r = &s->records[i];

		if (r->wall_ns >= q->since_ns && r->wall_ns < q->until_ns &&
		    (!q->filter || keys_pass(r, q->filter)))
			s->wanted[wanted++] = (uint16_t)i;
	}
	return wanted;
}

/* Of the row that s->data is at. As read_block(). */
static int unpack_block(struct segment *s, const struct segment_query *q, size_t want_n)
{
	const void *data = sqlite3_column_blob(s->data, 0);
	size_t size = (size_t)sqlite3_column_bytes(s->data, 0);
	int n = data ? columns_unpack_first(s->columns, data, size, s->records, COLUMNS_MAX)
		     : -EBADMSG;
	size_t wanted;
	int err;

	if (n < 0 || (size_t)n != want_n)
		return n < 0 ? n : -EBADMSG;
	wanted = find_wanted(s, q, (size_t)n);
	if (!wanted)
		return 0;
	data = sqlite3_column_blob(s->data, 1);
	if (!data)
		return -EBADMSG;
	err = columns_unpack_rest(s->columns, data, (size_t)sqlite3_column_bytes(s->data, 1),
				  s->records, s->wanted, wanted);
	return err ? err : (int)wanted;
}

/* How many records are asked for, in s->records by s->wanted; or -errno. */
static int read_block(struct segment *s, const struct segment_query *q,
		      const struct segment_block *block)
{
	int err;

	sqlite3_bind_int64(s->data, 1, block->id);
	err = db_step(s->db, s->data);
	err = err == 1 ? unpack_block(s, q, block->n) : err ? err : -EBADMSG;
	sqlite3_reset(s->data);
	return err;
}

static int tell_block(struct segment *s, const struct segment_query *q, size_t n, segment_fn fn,
		      void *arg)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		err = fn(arg, &s->records[s->wanted[q->newest_first ? n - 1 - i : i]],
			 &s->texts.api);
	return err;
}

/* 0, fn's, or -errno; -EBADMSG after the first message of `damaged`. */
static int read_and_tell(struct segment *s, const struct segment_query *q,
			 const struct segment_block *block, segment_fn fn, void *arg,
			 bool *ret_damaged)
{
	int n = read_block(s, q, block);

	if (n >= 0)
		return tell_block(s, q, (size_t)n, fn, arg);
	if (n != -EBADMSG)
		return complain(s, s->path, n);
	if (log_is_news(s->path))
		log_error("%s is damaged: a part of its records cannot be read", s->path);
	*ret_damaged = true;
	if (!s->bad_last_ns || block->first_ns < s->bad_first_ns)
		s->bad_first_ns = block->first_ns;
	if (block->last_ns > s->bad_last_ns)
		s->bad_last_ns = block->last_ns;
	return 0;
}

int segment_read(struct segment *s, const struct segment_query *q, segment_fn fn, void *arg,
		 int64_t *ret_block)
{
	struct found found = { 0 };
	bool damaged = false;
	int err = find_blocks(s, q, &found);

	if (err)
		complain(s, s->path, err);
	for (size_t i = 0; !err && i < found.n; i++) {
		const struct segment_block *b =
			&found.blocks[q->newest_first ? found.n - 1 - i : i];

		err = read_and_tell(s, q, b, fn, arg, &damaged);
		if (err >= 0 && ret_block && b->id > *ret_block)
			*ret_block = b->id;
	}
	free(found.blocks);
	return !err && damaged ? -EBADMSG : err;
}

int segment_blocks(struct segment *s, const struct segment_query *q, struct segment_block **ret,
		   size_t *ret_n)
{
	struct found found = { 0 };
	int err = find_blocks(s, q, &found);

	if (err) {
		free(found.blocks);
		return complain(s, s->path, err);
	}
	*ret = found.blocks;
	*ret_n = found.n;
	return 0;
}

int segment_count(struct segment *s, uint64_t *ret)
{
	int64_t n;
	int err = db_number(s->db, "SELECT coalesce(sum(n), 0) FROM head", &n);

	if (!err)
		*ret = (uint64_t)n;
	return err;
}

bool segment_is_passed_over(int err)
{
	return err == -EBADMSG || err == -EPROTO || err == -ENOENT;
}

struct stored_texts *segment_texts(struct segment *s)
{
	return &s->texts.api;
}

/* Who sealed it has said it; of one that is written the blocks tell. */
void segment_span(const struct segment *s, uint64_t *ret_first_ns, uint64_t *ret_last_ns)
{
	int64_t first = (int64_t)s->first_ns, last = (int64_t)s->last_ns;

	if (!s->sealed) {
		db_number(s->db, "SELECT coalesce(min(first_ns), 0) FROM head", &first);
		db_number(s->db, "SELECT coalesce(max(last_ns), 0) FROM head", &last);
	}
	*ret_first_ns = (uint64_t)first;
	*ret_last_ns = (uint64_t)last;
}

const char *segment_host(const struct segment *s)
{
	return s->host;
}

const char *segment_boot(const struct segment *s)
{
	return s->boot;
}

bool segment_damage(const struct segment *s, uint64_t *ret_first_ns, uint64_t *ret_last_ns)
{
	*ret_first_ns = s->bad_first_ns;
	*ret_last_ns = s->bad_last_ns;
	return s->bad_last_ns;
}

bool segment_is_sealed(const struct segment *s)
{
	return s->sealed;
}

uint64_t segment_begun(const struct segment *s)
{
	return s->begun_ns;
}
