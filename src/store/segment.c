// SPDX-License-Identifier: GPL-2.0-only
#include "store/segment.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/log.h"
#include "store/columns.h"
#include "store/db.h"
#include "store/segment_file.h"
#include "store/text_reader.h"

struct segment {
	char *path;
	struct sqlite3 *db;
	struct sqlite3_stmt *heads, *data;
	struct text_reader texts;
	uint64_t first_ns, last_ns;
	bool sealed;
	struct stored *records; /* of a block */
};

/* --- opening ---------------------------------------------------------------------------------- */

static int look_at_meta(struct segment *s)
{
	int64_t version = 0, sealed = 0;
	int err = db_number(s->db, "SELECT value FROM meta WHERE key = 'version'", &version);

	if (!err && version != SEGMENT_VERSION)
		return -EPROTO;
	if (!err)
		err = db_number(s->db, "SELECT value FROM meta WHERE key = 'sealed'", &sealed);
	s->sealed = sealed;
	return err == -ENOENT ? -EBADMSG : err;
}

static int look_at_span(struct segment *s)
{
	int64_t first = 0, last = 0;
	int err = db_number(s->db, "SELECT coalesce(min(first_ns), 0) FROM block", &first);

	if (!err)
		err = db_number(s->db, "SELECT coalesce(max(last_ns), 0) FROM block", &last);
	s->first_ns = (uint64_t)first;
	s->last_ns = (uint64_t)last;
	return err;
}

static int prepare(struct segment *s)
{
	int err = look_at_meta(s);

	if (!err)
		err = look_at_span(s);
	if (!err)
		err = db_prepare(s->db,
				 "SELECT id, first_ns, last_ns FROM block WHERE id > ? ORDER BY id",
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

int segment_open(const char *path, struct segment **ret)
{
	struct segment *s = calloc(1, sizeof(*s));
	int err = -ENOMEM;

	if (s) {
		s->path = strdup(path);
		s->records = malloc(COLUMNS_MAX * sizeof(*s->records));
	}
	if (s && s->path && s->records)
		err = db_open(path, false, &s->db);
	if (!err)
		err = prepare(s);
	if (err) {
		complain(s, path, err);
		segment_close(s);
		return err;
	}
	*ret = s;
	return 0;
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
	free(s->path);
	free(s);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* The blocks that are to be read. */
struct found {
	int64_t *ids; /* owned */
	size_t n, cap;
};

static bool is_asked(const struct segment_query *q, uint64_t first_ns, uint64_t last_ns)
{
	return last_ns >= q->since_ns && first_ns < q->until_ns;
}

/*
 * All before the first is read: what takes long with the records must not keep the writer's log
 * from being folded in.
 */
static int find_blocks(struct segment *s, const struct segment_query *q, struct found *ret)
{
	int err;

	sqlite3_bind_int64(s->heads, 1, q->after_block);
	while ((err = db_step(s->db, s->heads)) == 1) {
		int64_t id = sqlite3_column_int64(s->heads, 0);
		uint64_t first = (uint64_t)sqlite3_column_int64(s->heads, 1);
		uint64_t last = (uint64_t)sqlite3_column_int64(s->heads, 2);

		if (is_asked(q, first, last) && ARRAY_ADD(ret->ids, ret->n, ret->cap, &id)) {
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

int segment_read(struct segment *s, const struct segment_query *q, segment_fn fn, void *arg,
		 int64_t *ret_block)
{
	struct found found = { 0 };
	int err = find_blocks(s, q, &found);

	if (err) {
		complain(s, s->path, err);
		free(found.ids);
		return err;
	}
	for (size_t i = 0; !err && i < found.n; i++) {
		int64_t id = found.ids[q->newest_first ? found.n - 1 - i : i];
		int n = read_block(s, id);

		if (n < 0)
			err = complain(s, s->path, n);
		else
			err = tell_block(s, q, (size_t)n, fn, arg);
		if (!err && ret_block)
			*ret_block = id;
	}
	free(found.ids);
	return err;
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

bool segment_is_sealed(const struct segment *s)
{
	return s->sealed;
}
