// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a store costs: records are written and sealed, then one port is asked for within one minute.
 *
 *   store DIR RECORDS          the store
 *   store --rows DIR RECORDS   plain rows of SQLite with one index on port and time
 *
 * DIR is not there yet, and is left. Prints a line for each: its name and a number.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "filter.h"
#include "store/dir.h"
#include "store/segment.h"
#include "store/writer.h"
#include "stored_gen.h"

#define BEGIN UINT64_C(1795475645123456789)
#define PER_SECOND 116 /* ten million a day */
#define MINUTE UINT64_C(60000000000)
#define WARM_ROUNDS 21
#define COLD_ROUNDS 5

static struct gen gen;

/* What is asked for: the local port of the record in the middle. */
static struct question {
	uint16_t port;
	uint64_t since_ns, until_ns;
} question;

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "store: %s failed\n", what);
	exit(EXIT_FAILURE);
}

static void choose_question(uint64_t i, uint64_t n, const struct record *rec)
{
	if (i != n / 2)
		return;
	question = (struct question){ rec->ev->sock.tuple.local_port, rec->wall_ns - MINUTE / 2,
				      rec->wall_ns + MINUTE / 2 };
}

/* Seconds of a processor that it takes to make up the records. */
static double generator_alone(uint64_t n)
{
	double before = seconds(CLOCK_PROCESS_CPUTIME_ID);

	gen_begin(&gen, BEGIN, PER_SECOND);
	for (uint64_t i = 0; i < n; i++) {
		struct record rec = gen_next(&gen);

		choose_question(i, n, &rec);
	}
	return seconds(CLOCK_PROCESS_CPUTIME_ID) - before;
}

/* All files of a directory; forget: the kernel is to read them from the disk the next time. */
static uint64_t bytes_of(const char *dir, bool forget)
{
	struct dirent *entry;
	uint64_t bytes = 0;
	struct stat st;
	DIR *d = opendir(dir);

	must(d, "opendir");
	while ((entry = readdir(d))) {
		int fd = openat(dirfd(d), entry->d_name, O_RDONLY | O_CLOEXEC);

		if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode)) {
			bytes += (uint64_t)st.st_size;
			if (forget) {
				fsync(fd);
				posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
			}
		}
		if (fd >= 0)
			close(fd);
	}
	closedir(d);
	return bytes;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Milliseconds, at the median of the rounds. ask: how many records it found. */
static void measure_question(const char *name, const char *dir, bool cold,
			     uint64_t (*ask)(const char *))
{
	int rounds = cold ? COLD_ROUNDS : WARM_ROUNDS;
	double ms[WARM_ROUNDS];
	uint64_t found = ask(dir);

	must(found, "finding what was written");
	for (int i = 0; i < rounds; i++) {
		if (cold)
			bytes_of(dir, true);
		ms[i] = seconds(CLOCK_MONOTONIC);
		must(ask(dir) == found, "finding the same");
		ms[i] = (seconds(CLOCK_MONOTONIC) - ms[i]) * 1000;
	}
	qsort(ms, (size_t)rounds, sizeof(ms[0]), compare);
	printf("%s %.3f\n", name, ms[rounds / 2]);
}

/* --- the store -------------------------------------------------------------------------------- */

static void write_store(const char *dir, uint64_t n)
{
	struct writer_opts opts = { .dir = dir, .segment_size = 64 << 20, .boot = "bench" };
	struct writer *w;

	must(!writer_open(&opts, &w), "writer_open");
	gen_begin(&gen, BEGIN, PER_SECOND);
	for (uint64_t i = 0; i < n; i++) {
		struct record rec = gen_next(&gen);

		must(!writer_record(w, &rec), "writer_record");
		if (i % 256 == 0)
			must(!writer_tick(w), "writer_tick");
	}
	writer_settle(w);
	writer_close(w);
	opts.boot = "after"; /* so that the last one is sealed, too */
	must(!writer_open(&opts, &w), "writer_open");
	writer_settle(w);
	writer_close(w);
}

static int count(void *arg, const struct stored *s, struct stored_texts *texts)
{
	const struct sw_tuple *t = &s->conn.e.sock.tuple;
	struct record rec;

	if (t->local_port != question.port && t->remote_port != question.port)
		return 0;
	stored_to_record(s, texts, &rec);
	*(uint64_t *)arg += rec.exe && rec.cmdline;
	return 0;
}

static uint64_t ask_store(const char *dir)
{
	static struct sw_filter filter = { .on = SW_F_PORT };
	struct segment_query q = { .since_ns = question.since_ns,
				   .until_ns = question.until_ns,
				   .filter = &filter };
	struct store_files files;
	uint64_t found = 0;

	filter.any_port.bits[question.port / 64] = UINT64_C(1) << question.port % 64;
	must(!store_list(dir, &files), "store_list");
	for (size_t i = 0; i < files.n; i++) {
		const struct store_file *f = &files.files[i];
		struct segment *s;

		if (f->sealed && (f->last_ns < q.since_ns || f->begun_ns >= q.until_ns))
			continue;
		must(!segment_open(f->path, &s), "segment_open");
		must(!segment_read(s, &q, count, &found, NULL), "segment_read");
		segment_close(s);
	}
	store_files_free(&files);
	return found;
}

/* --- plain rows ------------------------------------------------------------------------------- */

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s;

	must(sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK, sql);
	return s;
}

static sqlite3 *open_rows(const char *dir)
{
	char path[4096];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/rows.db", dir);
	must(sqlite3_open(path, &db) == SQLITE_OK, "sqlite3_open");
	return db;
}

/* What a table would have that is made for these questions. */
static const char schema[] =
	"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
	"CREATE TABLE conn (wall_ns, age_ns, local, local_port, remote, remote_port, pid, start_ns,"
	" uid, ppid, comm, source, state, reason, cookie, inode, netns, cgroup_id, sent, received,"
	" retransmits, srtt_us, history, exe, cmdline, unit);"
	"CREATE INDEX by_port ON conn (local_port, wall_ns)";

static void bind_numbers(sqlite3_stmt *s, const struct record *rec)
{
	const struct sw_sock *k = &rec->ev->sock;
	const uint64_t numbers[][2] = {
		{ 1, rec->wall_ns },
		{ 2, rec->ev->age_ns },
		{ 4, k->tuple.local_port },
		{ 6, k->tuple.remote_port },
		{ 7, k->pid },
		{ 8, k->start_ns },
		{ 9, k->uid },
		{ 10, rec->ppid },
		{ 12, k->owner_source },
		{ 13, k->state },
		{ 14, rec->ev->reason },
		{ 15, k->cookie },
		{ 16, k->inode },
		{ 17, k->tuple.netns },
		{ 18, k->cgroup_id },
		{ 19, k->bytes_sent },
		{ 20, k->bytes_received },
		{ 21, k->retransmits },
		{ 22, k->srtt_us },
		{ 23, rec->conn->history },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sqlite3_bind_int64(s, (int)numbers[i][0], (int64_t)numbers[i][1]);
}

static void write_rows(const char *dir, uint64_t n)
{
	sqlite3 *db = open_rows(dir);
	sqlite3_stmt *s;

	must(sqlite3_exec(db, schema, NULL, NULL, NULL) == SQLITE_OK, "making the table");
	s = prepare(
		db,
		"INSERT INTO conn VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
	gen_begin(&gen, BEGIN, PER_SECOND);
	for (uint64_t i = 0; i < n; i++) {
		struct record rec = gen_next(&gen);
		const struct sw_sock *k = &rec.ev->sock;

		if (i % 65536 == 0)
			sqlite3_exec(db, i ? "COMMIT; BEGIN" : "BEGIN", NULL, NULL, NULL);
		bind_numbers(s, &rec);
		sqlite3_bind_blob(s, 3, &k->tuple.local, 16, SQLITE_STATIC);
		sqlite3_bind_blob(s, 5, &k->tuple.remote, 16, SQLITE_STATIC);
		sqlite3_bind_text(s, 11, k->comm, -1, SQLITE_STATIC);
		sqlite3_bind_text(s, 24, rec.exe, -1, SQLITE_STATIC);
		sqlite3_bind_text(s, 25, rec.cmdline, -1, SQLITE_STATIC);
		sqlite3_bind_text(s, 26, rec.unit, -1, SQLITE_STATIC);
		must(sqlite3_step(s) == SQLITE_DONE, "INSERT");
		sqlite3_reset(s);
	}
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	sqlite3_finalize(s);
	sqlite3_close(db);
}

static uint64_t ask_rows(const char *dir)
{
	sqlite3 *db = open_rows(dir);
	sqlite3_stmt *s = prepare(db, "SELECT * FROM conn WHERE local_port = ?"
				      " AND wall_ns >= ? AND wall_ns < ?");
	uint64_t found = 0;

	sqlite3_bind_int(s, 1, question.port);
	sqlite3_bind_int64(s, 2, (int64_t)question.since_ns);
	sqlite3_bind_int64(s, 3, (int64_t)question.until_ns);
	while (sqlite3_step(s) == SQLITE_ROW)
		found += sqlite3_column_text(s, 24) != NULL;
	sqlite3_finalize(s);
	sqlite3_close(db);
	return found;
}

int main(int argc, char **argv)
{
	bool rows = argc > 1 && !strcmp(argv[1], "--rows");
	const char *dir = argc == 3 + rows ? argv[1 + rows] : NULL;
	uint64_t n = dir ? strtoull(argv[2 + rows], NULL, 10) : 0;
	double alone, wall, cpu;

	if (n < 1000 || mkdir(dir, 0750)) {
		fprintf(stderr, "usage: store [--rows] NEW-DIR RECORDS (1000 or more)\n");
		return EXIT_FAILURE;
	}
	alone = generator_alone(n);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	wall = seconds(CLOCK_MONOTONIC);
	(rows ? write_rows : write_store)(dir, n);
	wall = seconds(CLOCK_MONOTONIC) - wall;
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu - alone;
	printf("records %" PRIu64 "\n", n);
	printf("records_per_cpu_second %.0f\n", (double)n / cpu);
	printf("records_per_second %.0f\n", (double)n / wall);
	printf("bytes_per_record %.1f\n", (double)bytes_of(dir, false) / (double)n);
	measure_question("cold_ms", dir, true, rows ? ask_rows : ask_store);
	measure_question("warm_ms", dir, false, rows ? ask_rows : ask_store);
	return EXIT_SUCCESS;
}
