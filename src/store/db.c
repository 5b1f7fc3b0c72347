// SPDX-License-Identifier: GPL-2.0-only
#include "store/db.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define BUSY_MS 5000

int db_error(struct sqlite3 *db)
{
	int code = sqlite3_errcode(db), os = sqlite3_system_errno(db);

	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_SCHEMA:
	case SQLITE_ERROR: /* a table is not there */
		return -EBADMSG;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_IOERR:
		/* pages that a file has not got: it was cut */
		return code == SQLITE_IOERR_SHORT_READ ? -EBADMSG : os ? -os : -EIO;
	default:
		return os ? -os : -EIO;
	}
}

int db_complain(struct sqlite3 *db, const char *verb, const char *path, int err)
{
	const char *why = db ? sqlite3_errmsg(db) : strerror(-err);

	if (err == -EBADMSG)
		log_error("%s is damaged, or no segment of a store: %s", path,
			  db && db_error(db) ? why : "what is in it makes no sense");
	else
		log_error("cannot %s %s: %s%s%s", verb, path, strerror(-err), db ? ": " : "",
			  db ? why : "");
	return err;
}

int db_open(const char *path, bool writes, struct sqlite3 **ret)
{
	int flags = (writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX;
	struct sqlite3 *db = NULL;
	int err;

	if (sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_EXRESCODE, NULL) != SQLITE_OK) {
		err = db ? db_error(db) : -ENOMEM;
		sqlite3_close(db);
		return err ? err : -EIO;
	}
	sqlite3_busy_timeout(db, BUSY_MS);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	err = db_run(db, "PRAGMA cell_size_check=ON");
	if (err) {
		sqlite3_close(db);
		return err;
	}
	*ret = db;
	return 0;
}

int db_run(struct sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : db_error(db);
}

int db_prepare(struct sqlite3 *db, const char *sql, struct sqlite3_stmt **ret)
{
	return sqlite3_prepare_v2(db, sql, -1, ret, NULL) == SQLITE_OK ? 0 : db_error(db);
}

int db_step(struct sqlite3 *db, struct sqlite3_stmt *s)
{
	switch (sqlite3_step(s)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		return db_error(db);
	}
}

int db_number(struct sqlite3 *db, const char *sql, int64_t *ret)
{
	struct sqlite3_stmt *s;
	int err = db_prepare(db, sql, &s);

	if (err)
		return err;
	err = db_step(db, s);
	if (err == 1) {
		*ret = sqlite3_column_int64(s, 0);
		err = 0;
	} else if (!err) {
		err = -ENOENT;
	}
	sqlite3_finalize(s);
	return err;
}
