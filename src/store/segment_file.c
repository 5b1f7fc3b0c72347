// SPDX-License-Identifier: GPL-2.0-only
#include "store/segment_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "store/columns.h"
#include "store/db.h"
#include "store/dir.h"
#include "store/texts.h"

/* A log beside the file, of which each commit is on the disk: readers and the writer do not wait
 * for each other, and power loss costs what was not committed. */
#define JOURNAL "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"

static const char schema[] =
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	"CREATE TABLE text (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, data BLOB NOT NULL);"
	"CREATE TABLE block (id INTEGER PRIMARY KEY, first_ns INTEGER NOT NULL,"
	" last_ns INTEGER NOT NULL, n INTEGER NOT NULL, keys BLOB, data BLOB NOT NULL);";

static int put_facts(struct sqlite3 *db, const struct segment_facts *facts)
{
	struct sqlite3_stmt *s;
	int err = db_prepare(db,
			     "INSERT INTO meta VALUES ('version', ?1), ('host', ?2), ('boot', ?3),"
			     " ('begun_ns', ?4), ('sealed', 0)",
			     &s);

	if (err)
		return err;
	sqlite3_bind_int(s, 1, SEGMENT_VERSION);
	sqlite3_bind_text(s, 2, facts->host, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 3, facts->boot, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 4, (int64_t)facts->begun_ns);
	err = db_step(db, s);
	sqlite3_finalize(s);
	return err;
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
		err = put_facts(db, facts);
	if (!err)
		err = db_run(db, "COMMIT");
	sqlite3_close(db);
	return err;
}

/* SQLite gives its own files beside it the same owner and rights. */
static int make_empty(const char *path, gid_t group)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (fchmod(fd, 0640) || (fchown(fd, (uid_t)-1, group) && errno != EPERM))
		err = -errno;
	close(fd);
	return err;
}

/* Whole or not at all: under another name, until it is one. */
int segment_file_make(const char *path, const struct segment_facts *facts)
{
	char tmp[PATH_MAX];
	int err = -ENAMETOOLONG;

	if (snprintf(tmp, sizeof(tmp), "%s.tmp", path) < (int)sizeof(tmp)) {
		unlink(tmp);
		err = make_empty(tmp, facts->group);
		if (!err)
			err = fill(tmp, facts);
		if (!err && rename(tmp, path))
			err = -errno;
		if (err)
			unlink(tmp);
	}
	return err ? db_complain(NULL, "make", path, err) : 0;
}

static int prepare(struct segment_file *f, uint32_t wal_pages, uint32_t *ret_next_text)
{
	char limits[128];
	int64_t next = 1;
	int err;

	snprintf(limits, sizeof(limits),
		 JOURNAL "; PRAGMA wal_autocheckpoint=%u; PRAGMA journal_size_limit=%u", wal_pages,
		 wal_pages * 4096);
	err = db_run(f->db, limits);
	if (!err)
		err = db_number(f->db, "SELECT coalesce(max(id + n), 1) FROM text", &next);
	if (!err && (next < 1 || next > UINT32_MAX))
		err = -EBADMSG;
	if (!err)
		err = db_prepare(f->db, "INSERT INTO block VALUES (NULL, ?, ?, ?, ?, ?)",
				 &f->put_block);
	if (!err)
		err = db_prepare(f->db, "INSERT INTO text VALUES (?, ?, ?)", &f->put_text);
	if (!err)
		*ret_next_text = (uint32_t)next;
	return err;
}

int segment_file_open(const char *path, uint32_t wal_pages, struct segment_file **ret,
		      uint32_t *ret_next_text)
{
	struct segment_file *f = calloc(1, sizeof(*f));
	int err = -ENOMEM;

	if (f)
		f->path = strdup(path);
	if (f && f->path)
		err = db_open(path, true, &f->db);
	if (!err)
		err = prepare(f, wal_pages, ret_next_text);
	if (err) {
		db_complain(f ? f->db : NULL, "open", path, err);
		segment_file_close(f);
		return err;
	}
	*ret = f;
	return 0;
}

static int put_block(struct segment_file *f, const struct stored *records, size_t n, int level)
{
	uint64_t first = records[0].wall_ns, last = first;
	int err;

	f->packed.len = 0;
	err = columns_pack(&f->packed, records, n, level);
	if (err)
		return err;
	for (size_t i = 1; i < n; i++) {
		first = records[i].wall_ns < first ? records[i].wall_ns : first;
		last = records[i].wall_ns > last ? records[i].wall_ns : last;
	}
	sqlite3_bind_int64(f->put_block, 1, (int64_t)first);
	sqlite3_bind_int64(f->put_block, 2, (int64_t)last);
	sqlite3_bind_int64(f->put_block, 3, (int64_t)n);
	sqlite3_bind_null(f->put_block, 4);
	sqlite3_bind_blob64(f->put_block, 5, f->packed.data, f->packed.len, SQLITE_STATIC);
	err = db_step(f->db, f->put_block);
	sqlite3_reset(f->put_block);
	return err;
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

int segment_file_append(struct segment_file *f, const struct stored *records, size_t n,
			struct text_table *texts, int level)
{
	int err = f->open ? 0 : db_run(f->db, "BEGIN IMMEDIATE");

	if (err)
		return err;
	f->open = true;
	err = put_texts(f, texts, level);
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
	sqlite3_finalize(f->put_block);
	sqlite3_finalize(f->put_text);
	sqlite3_close(f->db);
	buf_free(&f->packed);
	free(f->path);
	free(f);
}
