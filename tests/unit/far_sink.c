// SPDX-License-Identifier: GPL-2.0-only
#include "far_sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "core/opts.h"
#include "core/wire.h"

struct test_sink {
	struct sink sink;
	struct seen *seen;
};

static struct seen *seen_of(struct sink *s)
{
	return ((struct test_sink *)s)->seen;
}

const struct record *make(struct made *m, uint64_t n)
{
	*m = (struct made){ .event = { .time_ns = n + 1, .kind = SW_EV_STATE } };
	m->event.sock.cookie = n * n;
	snprintf(m->text, sizeof(m->text), "text %llu", (unsigned long long)n);
	for (size_t i = 0; i < n % 5; i++)
		m->holders[i].pid = (uint32_t)(n + i);
	m->row.n_holders = (uint32_t)(n % 5);
	m->row.recv_q = (uint32_t)n;
	m->names.remote_host = m->text;
	m->rec = (struct record){ .ev = &m->event,
				  .wall_ns = n + 1000,
				  .row = n % 3 ? NULL : &m->row,
				  .holders = m->holders,
				  .n_holders = n % 5,
				  .names = n % 2 ? &m->names : NULL,
				  .cmdline = m->text };
	return &m->rec;
}

static bool is_record(const struct record *rec, uint64_t n)
{
	struct made m;
	struct buf a = { 0 }, b = { 0 };
	bool same;

	if (wire_pack(&a, WIRE_RECORD, rec) || wire_pack(&b, WIRE_RECORD, make(&m, n)))
		return false;
	same = a.len == b.len && !memcmp(a.data, b.data, a.len);
	buf_free(&a);
	buf_free(&b);
	return same;
}

static int test_open(struct sink *s)
{
	seen_of(s)->pid = getpid();
	seen_of(s)->open_uid = geteuid();
	return seen_of(s)->open_err;
}

static void test_fit(struct sink *s, const struct record *rec)
{
	struct seen *seen = seen_of(s);

	seen->wrong += !is_record(rec, seen->fits++);
	seen->fits_before_begin += !seen->begun;
}

static int test_begin(struct sink *s)
{
	seen_of(s)->begun++;
	return 0;
}

static int test_end(struct sink *s)
{
	seen_of(s)->ended++;
	seen_of(s)->lost_at_end = seen_of(s)->lost;
	return 0;
}

static int test_record(struct sink *s, const struct record *rec)
{
	volatile struct seen *seen = seen_of(s);

	while (seen->holds)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	seen->record_uid = geteuid();
	seen->flushed = 0;
	if (seen->record_err && seen->next >= seen->record_at)
		return seen->record_err;
	if (rec->ev->kind == SW_EV_LOST) {
		seen->wrong += !rec->lost || rec->ev->time_ns != seen->next + rec->lost;
		seen->lost += rec->lost;
		seen->next += rec->lost;
		return 0;
	}
	seen->wrong += !is_record(rec, seen->next++);
	seen->records++;
	return 0;
}

static int test_keep(struct sink *s, const struct keep_opts *keep)
{
	seen_of(s)->kept = seen_of(s)->records;
	seen_of(s)->max_size = keep->max_size;
	return 0;
}

static int test_flush(struct sink *s)
{
	seen_of(s)->flushed++;
	return 0;
}

static void test_close(struct sink *s)
{
	seen_of(s)->closed++;
	free(s);
}

static const struct sink_ops test_ops = { .open = test_open,
					  .fit = test_fit,
					  .begin = test_begin,
					  .end = test_end,
					  .record = test_record,
					  .flush = test_flush,
					  .keep = test_keep,
					  .close = test_close };

/* --- what the tests are made of ----------------------------------------------------------------
 */

volatile struct seen *start_seen(void)
{
	void *at = mmap(NULL, sizeof(struct seen), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(at, MAP_FAILED);
	return at;
}

void stop_seen(volatile struct seen *seen)
{
	munmap((void *)(uintptr_t)seen, sizeof(*seen));
}

struct sink *far_sink(volatile struct seen *seen)
{
	struct test_sink *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	*s = (struct test_sink){ .sink.ops = &test_ops, .seen = (struct seen *)(uintptr_t)seen };
	return &s->sink;
}

struct sink *made_sink(volatile struct seen *seen, const struct process_sink_opts *opts)
{
	struct sink *s = process_sink_new(opts->program ? NULL : far_sink(seen), opts);

	assert_non_null(s);
	return s;
}

struct sink *opened(volatile struct seen *seen, const struct process_sink_opts *opts)
{
	struct sink *s = made_sink(seen, opts);

	assert_int_equal(sink_open(s), 0);
	return s;
}

const struct process_sink_opts patient = { .name = "test-sink", .end_ms = LONG_MS };

int send_records(struct sink *s, uint64_t from, uint64_t to)
{
	struct made m;
	int err = 0;

	for (uint64_t n = from; n < to && !err; n++) {
		err = sink_record(s, make(&m, n));
		if (!err && n % 64 == 63)
			err = sink_flush(s);
	}
	return err ? err : sink_flush(s);
}

void wait_a_moment(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}
