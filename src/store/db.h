/* SPDX-License-Identifier: GPL-2.0-only */
/* SQLite in this code's words: 0 or -errno, and messages that name the file. */
#ifndef SOCKWATCH_STORE_DB_H
#define SOCKWATCH_STORE_DB_H

#include <stdbool.h>
#include <stdint.h>

/* Another may be about to make the files beside one: how often, and how long, that is waited for.
 */
#define DB_TRIES 20
#define DB_TRY_AGAIN_NS 20000000

struct sqlite3;
struct sqlite3_stmt;

/* Opens an existing file; what it holds is not trusted. 0 or -errno, without a message. */
int db_open(const char *path, bool writes, struct sqlite3 **ret);

/* What the last call on db failed with, as -errno (-EBADMSG: damaged; 0: it did not fail). */
int db_error(struct sqlite3 *db);

/* Says that path cannot be `verb`ed, and why: err, which it returns, and db's words (NULL: none).
 */
int db_complain(struct sqlite3 *db, const char *verb, const char *path, int err);

/* Statements that give no rows. 0 or -errno. */
int db_run(struct sqlite3 *db, const char *sql);

/* *ret is to be finalized. 0 or -errno. */
int db_prepare(struct sqlite3 *db, const char *sql, struct sqlite3_stmt **ret);

/* The next row: 1; 0: there is none; or -errno. */
int db_step(struct sqlite3 *db, struct sqlite3_stmt *s);

/* Of a statement of one row and one number. 0; -ENOENT: no row; another -errno. */
int db_number(struct sqlite3 *db, const char *sql, int64_t *ret);

#endif
