// SPDX-License-Identifier: GPL-2.0-only
#include "store/segment_file.h"

#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "store/columns.h"
#include "store/db.h"
#include "store/files.h"
#include "store/keys.h"
#include "store/layout.h"
#include "store/texts.h"

/* A log beside the file, of which each commit is on the disk: readers and the writer do not wait
 * for each other, and power loss costs what was not committed. */
#define JOURNAL "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"

/* Keys of a packed one are written many together: who looks for something in all blocks reads them
 * in one go. */
#define KEYS_AT_ONCE (4u << 20)

static const char schema[] =
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	"CREATE TABLE text (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, data BLOB NOT NULL);"
	"CREATE TABLE head (id INTEGER PRIMARY KEY, first_ns INTEGER NOT NULL,"
	" last_ns INTEGER NOT NULL, n INTEGER NOT NULL);"
	"CREATE TABLE keys (id INTEGER PRIMARY KEY, data BLOB NOT NULL);"
	"CREATE TABLE block (id INTEGER PRIMARY KEY, data BLOB NOT NULL, rest BLOB NOT NULL);";

static int put_meta(struct sqlite3 *db, const char *key, const char *text, uint64_t value)
{
	struct sqlite3_stmt *s;
	int err = db_prepare(db, "INSERT INTO meta VALUES (?, ?)", &s);

	if (err)
		return err;
	sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
	if (text)
		sqlite3_bind_text(s, 2, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_int64(s, 2, (int64_t)value);
	err = db_step(db, s);
	sqlite3_finalize(s);
	return err;
}

static int put_facts(struct sqlite3 *db, const struct segment_facts *facts, bool sealed)
{
	int err = put_meta(db, "version", NULL, STORE_LAYOUT);

	if (!err && facts->host)
		err = put_meta(db, "host", facts->host, 0);
	if (!err && facts->boot)
		err = put_meta(db, "boot", facts->boot, 0);
	if (!err)
		err = put_meta(db, "begun_ns", NULL, facts->begun_ns);
	return err ? err : put_meta(db, "sealed", NULL, sealed);
}

static int fill(const char *path, const struct segment_facts *facts)
{
	struct sqlite3 *db;
	int err = db_open(path, true, &db);

	if (err)
		return err;
	err = db_run(db, JOURNAL "; BEGIN");
	if (!err)
		err = db_run(db, schema);
	if (!err)
		err = put_facts(db, facts, false);
	if (!err)
		err = db_run(db, "COMMIT");
	sqlite3_close(db);
	return err;
}

/* SQLite gives its own files beside it the same owner and rights. */
static int make_empty(const char *dir, const char *path)
{
	int fd;

	files_remove(path); /* what a crash left */
	fd = files_make(path, dir);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* Whole or not at all: under another name, until it is one. */
int segment_file_make(const char *dir, const char *path, const struct segment_facts *facts)
{
	char tmp[PATH_MAX];
	int err;

	if (snprintf(tmp, sizeof(tmp), "%s.tmp", path) >= (int)sizeof(tmp))
		return -ENAMETOOLONG;
	err = make_empty(dir, tmp);
	if (!err)
		err = fill(tmp, facts);
	if (!err && rename(tmp, path))
		err = -errno;
	if (err)
		files_remove(tmp);
	return err ? err : files_sync_dir(dir);
}

static int prepare_puts(struct segment_file *f)
{
	int err = db_prepare(f->db, "INSERT INTO head VALUES (NULL, ?, ?, ?)", &f->put_head);

	if (!err)
		err = db_prepare(f->db, "INSERT INTO keys VALUES (?, ?)", &f->put_keys);
	if (!err)
		err = db_prepare(f->db, "INSERT INTO block VALUES (?, ?, ?)", &f->put_block);
	return err ? err : db_prepare(f->db, "INSERT INTO text VALUES (?, ?, ?)", &f->put_text);
}

static int prepare(struct segment_file *f, uint32_t wal_pages, uint32_t *ret_next_text)
{
	char limits[192];
	int64_t next = 1;
	int err, stay = 1;

	snprintf(limits, sizeof(limits),
		 JOURNAL "; PRAGMA wal_autocheckpoint=%u; PRAGMA journal_size_limit=%u", wal_pages,
		 wal_pages * 4096);
	err = db_run(f->db, limits);
	/* who may not write to the directory cannot read without the files beside it, empty as they
	 * are */
	sqlite3_file_control(f->db, "main", SQLITE_FCNTL_PERSIST_WAL, &stay);
	if (!err)
		err = db_number(f->db, "SELECT coalesce(max(id + n), 1) FROM text", &next);
	if (!err && (next < 1 || next > UINT32_MAX))
		err = -EBADMSG;
	if (!err)
		err = prepare_puts(f);
	if (!err)
		*ret_next_text = (uint32_t)next;
	return err;
}

/* 0 or -errno. */
static int open_file(const char *path, struct segment_file **ret)
{
	struct segment_file *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		return -ENOMEM;
	err = db_open(path, true, &f->db);
	if (err)
		segment_file_close(f);
	else
		*ret = f;
	return err;
}

static int open_once(const char *path, uint32_t wal_pages, struct segment_file **ret,
		     uint32_t *ret_next_text)
{
	struct segment_file *f;
	int err = open_file(path, &f);

	if (err)
		return err;
	err = prepare(f, wal_pages, ret_next_text);
	if (err)
		segment_file_close(f);
	else
		*ret = f;
	return err;
}

/*
 * A reader who is root and was here first made the files beside it: they are root's until SQLite
 * gives them to the owner of the segment, the moment after.
 */
int segment_file_open(const char *path, uint32_t wal_pages, struct segment_file **ret,
		      uint32_t *ret_next_text)
{
	int err = open_once(path, wal_pages, ret, ret_next_text);

	for (int tries = 1; tries < DB_TRIES && (err == -EACCES || err == -EROFS); tries++) {
		nanosleep(&(struct timespec){ 0, DB_TRY_AGAIN_NS }, NULL);
		err = open_once(path, wal_pages, ret, ret_next_text);
	}
	return err;
}

int segment_file_make_packed(const char *dir, const char *path, struct segment_file **ret)
{
	struct segment_file *f = NULL;
	int err = make_empty(dir, path);

	if (!err)
		err = open_file(path, &f);
	if (!err)
		err = db_run(f->db, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
				    "PRAGMA locking_mode=EXCLUSIVE; BEGIN");
	if (!err)
		err = db_run(f->db, schema);
	if (!err)
		err = prepare_puts(f);
	if (err) {
		segment_file_close(f);
		return err;
	}
	f->open = f->is_packed = true;
	*ret = f;
	return 0;
}

static struct keys_span span_of(const struct stored *records, size_t n)
{
	struct keys_span s = { records[0].wall_ns, records[0].wall_ns, n };

	for (size_t i = 1; i < n; i++) {
		s.first_ns = records[i].wall_ns < s.first_ns ? records[i].wall_ns : s.first_ns;
		s.last_ns = records[i].wall_ns > s.last_ns ? records[i].wall_ns : s.last_ns;
	}
	return s;
}

/* A row of a table of blobs: its number, and one or two of them. */
static int put_blobs(struct segment_file *f, struct sqlite3_stmt *s, int64_t id, const char *data,
		     size_t size, size_t size_of_second)
{
	int err;

	sqlite3_bind_int64(s, 1, id);
	sqlite3_bind_blob64(s, 2, data, size, SQLITE_STATIC);
	if (size_of_second)
		sqlite3_bind_blob64(s, 3, data + size, size_of_second, SQLITE_STATIC);
	err = db_step(f->db, s);
	sqlite3_reset(s);
	return err;
}

static int put_waiting_keys(struct segment_file *f)
{
	const char *at = f->keys.data;
	int err = 0;

	for (size_t i = 0; i < f->n_keys && !err; at += f->key_sizes[i++])
		err = put_blobs(f, f->put_keys, f->first_key + (int64_t)i, at, f->key_sizes[i], 0);
	f->keys.len = f->n_keys = 0;
	return err;
}

static int put_keys(struct segment_file *f, int64_t id, size_t size)
{
	if (!f->is_packed)
		return put_blobs(f, f->put_keys, id, f->packed.data, size, 0);
	if (!f->n_keys)
		f->first_key = id;
	buf_put(&f->keys, f->packed.data, size);
	if (buf_failed(&f->keys) || ARRAY_ADD(f->key_sizes, f->n_keys, f->cap_keys, &size))
		return -ENOMEM;
	return f->keys.len < KEYS_AT_ONCE ? 0 : put_waiting_keys(f);
}

static int put_head(struct segment_file *f, const struct keys_span *span, int64_t *ret_id)
{
	int err;

	sqlite3_bind_int64(f->put_head, 1, (int64_t)span->first_ns);
	sqlite3_bind_int64(f->put_head, 2, (int64_t)span->last_ns);
	sqlite3_bind_int64(f->put_head, 3, (int64_t)span->n);
	err = db_step(f->db, f->put_head);
	sqlite3_reset(f->put_head);
	*ret_id = sqlite3_last_insert_rowid(f->db);
	return err;
}

static int put_block(struct segment_file *f, const struct stored *records, size_t n, int level)
{
	struct keys_span span = span_of(records, n);
	size_t first = 0;
	int64_t id;
	int err = put_head(f, &span, &id);

	f->packed.len = 0;
	if (!err)
		err = keys_make(&f->packed, records, n, &span);
	if (!err)
		err = put_keys(f, id, f->packed.len);
	f->packed.len = 0;
	if (!err)
		err = columns_pack(&f->packed, records, n, level, &first);
	return err ? err
		   : put_blobs(f, f->put_block, id, f->packed.data, first, f->packed.len - first);
}

int segment_file_end(struct segment_file *f, const struct segment_facts *facts,
		     const struct segment_sum *sum)
{
	int err = put_waiting_keys(f);

	if (!err)
		err = put_facts(f->db, facts, true);
	if (!err)
		err = put_meta(f->db, "first_ns", NULL, sum->first_ns);
	if (!err)
		err = put_meta(f->db, "last_ns", NULL, sum->last_ns);
	return err ? err : put_meta(f->db, "records", NULL, sum->records);
}

static int put_texts(struct segment_file *f, struct text_table *texts, int level)
{
	int err;

	f->packed.len = 0;
	err = text_table_pack(texts, &f->packed, level);
	if (err || !f->packed.len)
		return err;
	sqlite3_bind_int64(f->put_text, 1, texts->first_new);
	sqlite3_bind_int64(f->put_text, 2, texts->next - texts->first_new);
	sqlite3_bind_blob64(f->put_text, 3, f->packed.data, f->packed.len, SQLITE_STATIC);
	err = db_step(f->db, f->put_text);
	sqlite3_reset(f->put_text);
	if (!err)
		text_table_kept(texts);
	return err;
}

static void undo(struct segment_file *f)
{
	if (f->open && !sqlite3_get_autocommit(f->db))
		db_run(f->db, "ROLLBACK");
	f->open = false;
}

static int begin(struct segment_file *f)
{
	int err = f->open ? 0 : db_run(f->db, "BEGIN IMMEDIATE");

	f->open = !err;
	return err;
}

int segment_file_append_texts(struct segment_file *f, struct text_table *texts, int level)
{
	int err = begin(f);

	if (!err)
		err = put_texts(f, texts, level);
	if (err)
		undo(f);
	return err;
}

int segment_file_append(struct segment_file *f, const struct stored *records, size_t n,
			struct text_table *texts, int level)
{
	int err = segment_file_append_texts(f, texts, level);

	if (!err)
		err = put_block(f, records, n, level);
	if (err)
		undo(f);
	return err;
}

int segment_file_commit(struct segment_file *f)
{
	int err = f->open ? db_run(f->db, "COMMIT") : 0;

	if (err)
		undo(f);
	f->open = false;
	return err;
}

void segment_file_close(struct segment_file *f)
{
	if (!f)
		return;
	undo(f);
	sqlite3_finalize(f->put_head);
	sqlite3_finalize(f->put_keys);
	sqlite3_finalize(f->put_block);
	sqlite3_finalize(f->put_text);
	sqlite3_close(f->db);
	buf_free(&f->packed);
	buf_free(&f->keys);
	free(f->key_sizes);
	free(f);
}
