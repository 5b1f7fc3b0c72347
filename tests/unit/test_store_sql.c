// SPDX-License-Identifier: GPL-2.0-only
/* Questions in SQL to a store: what is read for them, what is refused, and what stops them. */
#include "store_scene.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "core/addr.h"
#include "store/ask.h"
#include "store/dir.h"
#include "store/sql.h"

static struct store_scene scene;
static struct buf got;
static struct sql_result result;
static uint64_t limit_ns;

static int setup(void **state)
{
	(void)state;
	got = (struct buf){ 0 };
	limit_ns = 20 * SEC;
	return store_scene_make(&scene);
}

static int teardown(void **state)
{
	(void)state;
	buf_free(&got);
	return store_scene_remove(&scene);
}

/* --- views as a word would make them ---------------------------------------------------------- */

static const struct sql_column columns[] = {
	{ "time", false, true },	{ "comm", false, false },	 { "pid", true, false },
	{ "remote_port", true, false }, { "remote_addr", false, false }, { "row", true, false },
};

static size_t is_conn(const struct record *rec)
{
	return rec->conn != NULL;
}

static size_t is_twice(const struct record *rec)
{
	return rec->conn ? 2 : 0;
}

static size_t is_loss(const struct record *rec)
{
	return rec->ev->kind == SW_EV_LOST || rec->recorder == RECORDER_GAP;
}

static size_t is_any(const struct record *rec)
{
	(void)rec;
	return 1;
}

static void get_time(const struct record *rec, struct value *ret, char *scratch)
{
	ret->type = VALUE_TEXT;
	ret->text = scratch;
	ret->len = (size_t)snprintf(scratch, SQL_SCRATCH, "1970-01-01T00:%02u:%02u.%09uZ",
				    (unsigned int)(rec->wall_ns / SEC / 60 % 60),
				    (unsigned int)(rec->wall_ns / SEC % 60),
				    (unsigned int)(rec->wall_ns % SEC));
}

static void get(void *arg, const struct record *rec, size_t row, size_t column, struct value *ret,
		char *scratch)
{
	const struct sw_sock *s = &rec->ev->sock;

	assert_ptr_equal(arg, &scene);
	ret->type = VALUE_INTEGER;
	ret->integer = column == 2   ? (int64_t)s->pid
		       : column == 3 ? s->tuple.remote_port
				     : (int64_t)row;
	if (column == 0)
		get_time(rec, ret, scratch);
	if (column != 1 && column != 4)
		return;
	ret->type = VALUE_TEXT;
	ret->text = column == 1 ? s->comm : scratch;
	ret->len = column == 1 ? strnlen(s->comm, SW_COMM_LEN)
			       : addr_format(&s->tuple.remote, scratch);
}

static const struct sql_view views[] = {
	{ "conns", SQL_SOCKETS, columns, COUNT(columns), is_conn, get, &scene },
	{ "twice", SQL_SOCKETS, columns, COUNT(columns), is_twice, get, &scene },
	{ "losses", SQL_LOSSES, columns, COUNT(columns), is_loss, get, &scene },
	{ "everything", SQL_RECORDS, columns, COUNT(columns), is_any, get, &scene },
};

static int take_columns(void *arg, const char *const *names, size_t n)
{
	(void)arg;
	for (size_t i = 0; i < n; i++)
		assert_non_null(names[i]);
	return 0;
}

/* "a b, c d, " */
static int take_row(void *arg, const struct value *cells, size_t n)
{
	char text[32];

	(void)arg;
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_putc(&got, ' ');
		if (cells[i].type == VALUE_TEXT)
			buf_put(&got, cells[i].text, cells[i].len);
		else if (cells[i].type == VALUE_INTEGER)
			buf_put(&got, text,
				(size_t)snprintf(text, sizeof(text), "%" PRId64, cells[i].integer));
		else
			buf_putc(&got, '-');
	}
	buf_puts(&got, ", ");
	return 0;
}

static bool wants_all_but_wget(void *arg, const struct record *rec)
{
	(void)arg;
	return strcmp(rec->ev->sock.comm, "wget") != 0;
}

static int ask_from(const struct store_question *store, const char *sql)
{
	struct sql_question q = { .store = store,
				  .views = views,
				  .n_views = COUNT(views),
				  .wanted = wants_all_but_wget,
				  .limit_ns = limit_ns,
				  .taker = { take_columns, take_row, NULL } };

	got.len = 0;
	return store_sql(&q, sql, &result);
}

static int ask(const char *sql)
{
	const struct store_question all = { .dir = scene.tree.path,
					    .until_ns = UINT64_MAX,
					    .now_ns = 3000 * SEC };

	return ask_from(&all, sql);
}

static void asks(const char *sql, const char *want)
{
	unit_case("%s", sql);
	assert_int_equal(ask(sql), 0);
	buf_putc(&got, '\0');
	assert_string_equal(got.data, want);
}

static void refuses(const char *sql, const char *why)
{
	unit_case("%s", sql);
	assert_int_equal(ask(sql), -EINVAL);
	if (!strstr(result.why, why))
		fail_msg("\"%s\" is not in \"%s\"", why, result.why);
}

/* Two segments, the first of which is whole when the second is begun. */
static void fill(void)
{
	store_scene_act(&scene, 1, RECORDER_START);
	store_scene_conn(&scene, 60, "curl", 443);
	store_scene_conn(&scene, 120, "curl", 80);
	store_scene_conn(&scene, 121, "wget", 80);
	store_scene_lost(&scene, 130, 140, 41);
	store_scene_conn(&scene, 180, "ssh", 22);
	store_scene_close(&scene);
}

/* --- what is read ----------------------------------------------------------------------------- */

TEST_SETUP(sql__views_have_what_is_theirs_and_wanted)
{
	fill();
	asks("SELECT comm, remote_port FROM conns", "curl 443, curl 80, ssh 22, ");
	asks("SELECT comm, row FROM twice WHERE comm = 'ssh'", "ssh 0, ssh 1, ");
	asks("SELECT count(*) FROM everything", "5, ");
	asks("SELECT remote_port, count(*), NULL FROM conns GROUP BY 1 ORDER BY 1 DESC LIMIT 1",
	     "443 1 -, ");
	asks("SELECT a.comm FROM conns a JOIN conns b ON a.pid = b.pid AND b.remote_port = 22",
	     "curl, curl, ssh, ");
	asks("WITH c AS (SELECT * FROM conns) SELECT max(time) FROM c",
	     "1970-01-01T00:03:00.000000000Z, ");
}

TEST_SETUP(sql__what_columns_are_compared_with_decides_as_it_would_without_us)
{
	fill();
	asks("SELECT comm FROM conns WHERE remote_port = 80", "curl, ");
	asks("SELECT comm FROM conns WHERE remote_port = '80'", "curl, ");
	asks("SELECT comm FROM conns WHERE remote_port = 65616", "");
	asks("SELECT comm FROM conns WHERE remote_port = -1", "");
	asks("SELECT comm FROM conns WHERE remote_port = NULL", "");
	asks("SELECT comm FROM conns WHERE remote_port IN (22, 443) ORDER BY 1", "curl, ssh, ");
	asks("SELECT comm FROM conns WHERE remote_port = 22 OR remote_port = 443 ORDER BY 1",
	     "curl, ssh, ");
	asks("SELECT count(*) FROM conns WHERE pid = 2291", "3, ");
	asks("SELECT count(*) FROM conns WHERE pid = 2292", "0, ");
	asks("SELECT count(*) FROM conns WHERE remote_addr = '10.0.0.9'", "3, ");
	asks("SELECT count(*) FROM conns WHERE remote_addr = '10.0.0.9/32'", "0, ");
	asks("SELECT count(*) FROM conns WHERE remote_addr = '10.0.0.8'", "0, ");
	asks("SELECT count(*) FROM conns WHERE remote_addr LIKE '10.%'", "3, ");
}

TEST_SETUP(sql__times_are_compared_as_times)
{
	fill();
	asks("SELECT comm FROM conns WHERE time = '@120'", "curl, ");
	asks("SELECT comm FROM conns WHERE time > '@60' AND time < '@180'", "curl, ");
	asks("SELECT count(*) FROM conns WHERE time >= '@60' AND time <= '@180'", "3, ");
	asks("SELECT count(*) FROM conns WHERE time BETWEEN '@60' AND '@120.5'", "2, ");
	asks("SELECT comm FROM conns WHERE time <= '@60' OR time >= '@150' ORDER BY 1",
	     "curl, ssh, ");
	asks("SELECT comm FROM conns WHERE time >= '1970-01-01T00:03Z'", "ssh, ");
	asks("SELECT comm FROM conns WHERE time >= '1970-01-01 01:03+01:00'", "ssh, ");
	asks("SELECT comm FROM conns WHERE time > '48m'", "ssh, "); /* now is 50 minutes */
	asks("SELECT comm FROM conns WHERE time > '2m' OR comm = 'ssh'", "ssh, ");
	asks("SELECT count(*) FROM conns WHERE time > NULL", "0, ");
	refuses("SELECT comm FROM conns WHERE time > 'yesterdy'", "'yesterdy' is not a time");
	refuses("SELECT comm FROM conns WHERE time > 'yesterdy' OR pid = 1", "is not a time");
	refuses("SELECT comm FROM conns WHERE time > 5", "'5' is not a time");
	refuses("SELECT comm FROM conns WHERE time < ''", "'' is not a time");
}

TEST_SETUP(sql__the_command_lines_time_is_a_frame)
{
	struct store_question q = { .dir = scene.tree.path,
				    .since_ns = 100 * SEC,
				    .until_ns = 150 * SEC,
				    .now_ns = 3000 * SEC };

	fill();
	assert_int_equal(ask_from(&q, "SELECT count(*) FROM conns WHERE time > '@0'"), 0);
	assert_memory_equal(got.data, "1, ", 3);
	assert_true(result.told);
	assert_int_equal(result.since_ns, 100 * SEC);
	assert_int_equal(result.until_ns, 150 * SEC);
	assert_int_equal(ask_from(&q, "SELECT count(*) FROM conns WHERE time > '@110'"), 0);
	assert_int_equal(result.since_ns, 110 * SEC + 1);
	assert_int_equal(ask_from(&q, "SELECT 1"), 0);
	assert_false(result.told);
}

TEST_SETUP(sql__losses_and_gaps_are_rows)
{
	fill();
	/* what was lost; from the last record to now, 3000, cut by what is asked for */
	asks("SELECT time FROM losses",
	     "1970-01-01T00:02:20.000000000Z, 1970-01-01T00:50:00.000000000Z, ");
	asks("SELECT count(*) FROM losses WHERE time > '@150'", "1, ");
	asks("SELECT count(*) FROM losses WHERE time < '@150'", "1, ");
	assert_false(result.told);
}

/* --- what is not ------------------------------------------------------------------------------ */

TEST_SETUP(sql__nothing_but_select)
{
	static const char *const statements[] = {
		"ATTACH '/tmp/sockwatch-test.db' AS x",
		"DETACH main",
		"PRAGMA temp_store = FILE",
		"PRAGMA writable_schema = 1",
		"SELECT * FROM pragma_database_list",
		"SELECT load_extension('/tmp/x.so')",
		"SELECT fts3_tokenizer('a', x'0000')",
		"CREATE TABLE t(a)",
		"CREATE TEMP TABLE t(a)",
		"CREATE TEMP VIEW v AS SELECT 1",
		"CREATE VIRTUAL TABLE v USING conns",
		"DROP TABLE conns",
		"INSERT INTO conns(pid) VALUES(1)",
		"UPDATE conns SET pid = 1",
		"DELETE FROM conns",
		"VACUUM INTO '/tmp/sockwatch-test.db'",
		"REINDEX",
		"ANALYZE",
		"BEGIN",
		"SAVEPOINT s",
		"",
		" ; ",
		"SELECT 1; SELECT 2",
		"SELECT 1; ATTACH '/tmp/sockwatch-test.db' AS x",
		"SELECT * FROM nowhere",
		"SELECT nil FROM conns",
		"SELEC 1",
	};

	fill();
	for (size_t i = 0; i < COUNT(statements); i++)
		refuses(statements[i], "");
	assert_int_equal(access("/tmp/sockwatch-test.db", F_OK), -1);
	refuses("SELEC 1", "syntax error");
	refuses("SELECT * FROM nowhere", "no such table: nowhere");
	asks("SELECT 1; ", "1, ");
}

TEST_SETUP(sql__what_never_ends_is_stopped)
{
	uint64_t began = clock_now();

	fill();
	limit_ns = SEC / 5;
	assert_int_equal(ask("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
			     " SELECT count(*) FROM c"),
			 -ETIME);
	assert_int_equal(ask("SELECT count(*) FROM conns a, conns b, conns c, conns d, conns e,"
			     " conns f, conns g, conns h, conns i, conns j, conns k, conns l"),
			 -ETIME);
	assert_true(clock_now() - began < 10 * SEC);
}

TEST_SETUP(sql__texts_have_a_limit)
{
	fill();
	refuses("SELECT length(hex(zeroblob(1000000000)))", "too big");
	refuses("SELECT length(group_concat(hex(zeroblob(100000)), '')) FROM conns", "too big");
	refuses("SELECT 'a' LIKE hex(zeroblob(2000))", "too complex");
	/* the worst that its functions can do with what is allowed is still an answer */
	asks("SELECT instr(hex(zeroblob(120000)), hex(zeroblob(60000)) || '1')", "0, ");
	asks("SELECT hex(zeroblob(120000)) LIKE '%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%1'", "0, ");
}

TEST_SETUP(sql__without_a_store)
{
	assert_int_equal(ask("SELECT * FROM conns"), -ENOENT);
	assert_int_equal(ask("SELECT * FROM losses"), -ENOENT);
}

static int stop(void *arg, const struct value *cells, size_t n)
{
	(void)arg;
	(void)cells;
	(void)n;
	return 7;
}

TEST_SETUP(sql__who_takes_the_answer_may_have_seen_enough)
{
	const struct store_question store = { .dir = scene.tree.path, .until_ns = UINT64_MAX };
	struct sql_question q = { .store = &store,
				  .views = views,
				  .n_views = COUNT(views),
				  .limit_ns = SEC,
				  .taker = { take_columns, stop, NULL } };

	fill();
	assert_int_equal(store_sql(&q, "SELECT * FROM conns", &result), 7);
}

/* Each block of a segment is read once, in order, and what is damaged is passed over. */
TEST_SETUP(sql__a_damaged_segment_is_passed_over)
{
	struct store_files files;
	int fd;

	fill();
	assert_int_equal(store_list(scene.tree.path, &files), 0);
	fd = open(files.files[0].path, O_WRONLY | O_TRUNC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "no database", 11), 11);
	close(fd);
	store_files_free(&files);
	asks("SELECT count(*) FROM conns", "0, ");
}
