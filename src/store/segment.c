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
#include "store/segment_file.h"
#include "store/text_reader.h"

#define OPEN_TRIES 20
#define OPEN_AGAIN_NS 20000000

struct segment {
	char *path;
	struct sqlite3 *db;
	struct sqlite3_stmt *heads, *data;
	struct text_reader texts;
	uint64_t first_ns, last_ns;
	char *host, *boot; /* owned */
	bool sealed;
	struct stored *records; /* of a block */
};

/* --- opening ---------------------------------------------------------------------------------- */

/* Owned; NULL: it is not there. */
static char *meta_text(struct segment *s, const char *key)
{
	struct sqlite3_stmt *get;
	char *text = NULL;

	if (db_prepare(s->db, "SELECT value FROM meta WHERE key = ?", &get))
		return NULL;
	sqlite3_bind_text(get, 1, key, -1, SQLITE_STATIC);
	if (db_step(s->db, get) == 1 && sqlite3_column_text(get, 0))
		text = strdup((const char *)sqlite3_column_text(get, 0));
	sqlite3_finalize(get);
	return text;
}

static int look_at_meta(struct segment *s)
{
	int64_t version = 0, sealed = 0;
	int err = db_number(s->db, "SELECT value FROM meta WHERE key = 'version'", &version);

	if (!err && version != SEGMENT_VERSION)
		return -EPROTO;
	if (!err)
		err = db_number(s->db, "SELECT value FROM meta WHERE key = 'sealed'", &sealed);
	s->sealed = sealed;
	s->host = meta_text(s, "host");
	s->boot = meta_text(s, "boot");
	return err == -ENOENT ? -EBADMSG : err;
}

/* Who sealed it has said it; of one that is written the blocks tell. */
static int look_at_span(struct segment *s)
{
	static const char *const sealed[] = { "SELECT value FROM meta WHERE key = 'first_ns'",
					      "SELECT value FROM meta WHERE key = 'last_ns'" };
	static const char *const live[] = { "SELECT coalesce(min(first_ns), 0) FROM block",
					    "SELECT coalesce(max(last_ns), 0) FROM block" };
	const char *const *ask = s->sealed ? sealed : live;
	int64_t first = 0, last = 0;
	int err = db_number(s->db, ask[0], &first);

	if (!err)
		err = db_number(s->db, ask[1], &last);
	s->first_ns = (uint64_t)first;
	s->last_ns = (uint64_t)last;
	return err;
}

/*
 * Who may read only cannot make the file that SQLite shares between processes (-shm): just after a
 * segment was begun it is not there for a moment.
 */
static int open_db(const char *path, struct sqlite3 **ret)
{
	int err = -ENOENT;

	for (int tries = 0; tries < OPEN_TRIES && !access(path, F_OK); tries++) {
		int64_t blocks;

		err = db_open(path, false, ret);
		if (!err)
			err = db_number(*ret, "SELECT count(*) FROM meta", &blocks);
		if (err != -ENOENT && err != -EBUSY && err != -EROFS)
			return err;
		sqlite3_close(*ret);
		*ret = NULL;
		nanosleep(&(struct timespec){ 0, OPEN_AGAIN_NS }, NULL);
	}
	return access(path, F_OK) ? -ENOENT : err == -ENOENT ? -EAGAIN : err;
}

static int prepare(struct segment *s)
{
	int err = look_at_meta(s);

	if (!err)
		err = look_at_span(s);
	if (!err)
		err = db_prepare(s->db,
				 "SELECT id, first_ns, last_ns, n, keys FROM block WHERE id > ?"
				 " AND id <= ? ORDER BY id",
				 &s->heads);
	if (!err)
		err = db_prepare(s->db, "SELECT n, data FROM block WHERE id = ?", &s->data);
	if (!err)
		err = text_reader_begin(&s->texts, s->db);
	return err;
}

static int complain(struct segment *s, const char *path, int err)
{
	if (err != -EPROTO)
		return db_complain(s ? s->db : NULL, "read", path, err);
	log_error("%s was written by another version of sockwatch: it cannot be read by this one",
		  path);
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
	s->records = malloc(COLUMNS_MAX * sizeof(*s->records));
	if (s->records)
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
	sqlite3_finalize(s->data);
	sqlite3_close(s->db);
	free(s->records);
	free(s->host);
	free(s->boot);
	free(s->path);
	free(s);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* The blocks that are to be read. */
struct found {
	int64_t *ids; /* owned */
	size_t n, cap;
};

/* Whether to read the block that s->heads is at; -EBADMSG: its head is damaged. */
static int is_asked(struct segment *s, const struct segment_query *q)
{
	struct keys_span span = { (uint64_t)sqlite3_column_int64(s->heads, 1),
				  (uint64_t)sqlite3_column_int64(s->heads, 2),
				  (uint64_t)sqlite3_column_int64(s->heads, 3) };
	const void *keys;
	size_t size;

	if (span.last_ns < q->since_ns || span.first_ns >= q->until_ns)
		return 0;
	keys = sqlite3_column_blob(s->heads, 4);
	size = (size_t)sqlite3_column_bytes(s->heads, 4);
	if (!keys || !keys_are_good(keys, size, &span))
		return -EBADMSG;
	return !q->filter || keys_may_have(keys, size, q->filter);
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
		int64_t id = sqlite3_column_int64(s->heads, 0);
		int asked = is_asked(s, q);

		/* what its head says is not to be trusted: look at the records */
		if (asked && ARRAY_ADD(ret->ids, ret->n, ret->cap, &id)) {
			err = -ENOMEM;
			break;
		}
	}
	sqlite3_reset(s->heads);
	return err;
}

/* How many records, in s->records; or -errno. */
static int read_block(struct segment *s, int64_t id)
{
	int n, err;

	sqlite3_bind_int64(s->data, 1, id);
	err = db_step(s->db, s->data);
	if (err == 1) {
		n = columns_unpack(sqlite3_column_blob(s->data, 1),
				   (size_t)sqlite3_column_bytes(s->data, 1), s->records,
				   COLUMNS_MAX);
		err = n < 0 || n == sqlite3_column_int(s->data, 0) ? n : -EBADMSG;
	} else if (!err) {
		err = -EBADMSG;
	}
	sqlite3_reset(s->data);
	return err;
}

static int tell_block(struct segment *s, const struct segment_query *q, size_t n, segment_fn fn,
		      void *arg)
{
	for (size_t i = 0; i < n; i++) {
		const struct stored *r = &s->records[q->newest_first ? n - 1 - i : i];
		int err;

		if (r->wall_ns < q->since_ns || r->wall_ns >= q->until_ns)
			continue;
		err = fn(arg, r, &s->texts.api);
		if (err)
			return err;
	}
	return 0;
}

/* 0, fn's, or -errno; -EBADMSG after the first message of `damaged`. */
static int read_and_tell(struct segment *s, const struct segment_query *q, int64_t id,
			 segment_fn fn, void *arg, bool *damaged)
{
	int n = read_block(s, id);

	if (n >= 0)
		return tell_block(s, q, (size_t)n, fn, arg);
	if (n != -EBADMSG)
		return complain(s, s->path, n);
	if (!*damaged)
		log_error("%s is damaged: a part of its records cannot be read", s->path);
	*damaged = true;
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
		int64_t id = found.ids[q->newest_first ? found.n - 1 - i : i];

		err = read_and_tell(s, q, id, fn, arg, &damaged);
		if (err >= 0 && ret_block && id > *ret_block)
			*ret_block = id;
	}
	free(found.ids);
	return !err && damaged ? -EBADMSG : err;
}

struct stored_texts *segment_texts(struct segment *s)
{
	return &s->texts.api;
}

void segment_span(const struct segment *s, uint64_t *ret_first_ns, uint64_t *ret_last_ns)
{
	*ret_first_ns = s->first_ns;
	*ret_last_ns = s->last_ns;
}

const char *segment_host(const struct segment *s)
{
	return s->host;
}

const char *segment_boot(const struct segment *s)
{
	return s->boot;
}

bool segment_is_sealed(const struct segment *s)
{
	return s->sealed;
}
