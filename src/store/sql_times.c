// SPDX-License-Identifier: GPL-2.0-only
/* Times in SQL: text that sorts as it is, and that is compared with all that --since takes. */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/signals.h"
#include "core/when.h"
#include "store/ask.h"
#include "store/sql_table.h"

bool sql_run_over(struct sql_run *run)
{
	if (!run->err && signals_stops())
		run->err = -EINTR;
	if (!run->err && clock_now() >= run->deadline_ns)
		run->err = -ETIME;
	return run->err;
}

/* As the columns have them: bytes in order are times in order. */
static bool is_column(const char *text, size_t len)
{
	return len == SQL_TIME_LEN && text[10] == 'T' && text[19] == '.' &&
	       text[SQL_TIME_LEN - 1] == 'Z';
}

bool sql_time_read(struct sql_run *run, const char *text, size_t len, uint64_t *ret)
{
	char copy[SQL_TIME_TEXT];

	snprintf(copy, sizeof(copy), "%.*s", (int)len, text ? text : "");
	if (*copy && !strcmp(copy, run->last_text)) {
		*ret = run->last_ns;
		return true;
	}
	if (when_parse(copy, run->q->store->now_ns, ret)) {
		run->bad = true;
		if (!run->bad_time[0])
			memcpy(run->bad_time, copy, sizeof(copy));
		return false;
	}
	if (is_column(text, len)) /* each row has another */
		return true;
	memcpy(run->last_text, copy, sizeof(copy));
	run->last_ns = *ret;
	return true;
}

/* What is no time ends the question (sql.c); until then any order will do. */
static int compare(void *arg, int left_len, const void *left, int right_len, const void *right)
{
	uint64_t a, b;

	if (is_column(left, (size_t)left_len) && is_column(right, (size_t)right_len))
		return memcmp(left, right, SQL_TIME_LEN);
	if (!sql_time_read(arg, left, (size_t)left_len, &a) ||
	    !sql_time_read(arg, right, (size_t)right_len, &b))
		return 0;
	return a < b ? -1 : a > b;
}

int sql_times_add(struct sqlite3 *db, struct sql_run *run)
{
	return sqlite3_create_collation(db, SQL_TIME_COLLATION, SQLITE_UTF8, run, compare) ==
			       SQLITE_OK
		       ? 0
		       : -ENOMEM;
}
