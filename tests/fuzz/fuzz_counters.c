// SPDX-License-Identifier: GPL-2.0-only
/* The input is each of the tables of counters in turn: what is taken from it, and how it is told.
 */
#include <string.h>

#include "base/buf.h"
#include "core/counter.h"
#include "fuzz.h"
#include "counters/faults.h"
#include "counters/meanings.h"
#include "proc/counters.h"
#include "render/stats.h"

#define CUTS_MAX 256 /* longer inputs are not tried at every length */

/* In memory of its own size, so that a read behind it is seen. */
static void parse(enum counter_table table, const uint8_t *data, size_t size, struct counters *c,
		  uint32_t *bad)
{
	char *copy = malloc(size + 1); /* malloc(0) may be NULL */

	FUZZ_CHECK(copy);
	if (size)
		memcpy(copy + 1, data, size);
	*bad = 0;
	FUZZ_CHECK(counters_parse(table, copy + 1, size, c, bad) == 0);
	c->has[table] = true;
	free(copy);
}

static void check_names(const struct counters *c, enum counter_table table)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct counter *now = &c->all[i];

		FUZZ_CHECK(now->table == table);
		FUZZ_CHECK(memchr(now->section, '\0', sizeof(now->section)) && now->section[0]);
		FUZZ_CHECK(memchr(now->name, '\0', sizeof(now->name)) && now->name[0]);
		FUZZ_CHECK(counters_find(c, now->section, now->name));
	}
}

/* A table that was cut has the counters of the whole one, up to somewhere: no other numbers. */
static void check_cuts(enum counter_table table, const uint8_t *data, size_t size,
		       const struct counters *whole)
{
	for (size_t len = 0; len < size && len < CUTS_MAX; len++) {
		struct counters cut = { 0 };
		uint32_t bad;

		parse(table, data, len, &cut, &bad);
		FUZZ_CHECK(cut.n <= whole->n);
		FUZZ_CHECK(!cut.n || !memcmp(cut.all, whole->all, cut.n * sizeof(*cut.all)));
		counters_free(&cut);
	}
}

static size_t count_lines(const struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++)
		n += b->data[i] == '\n';
	return n;
}

/* JSON and CSV have a line for each counter, whatever its name is. */
static void check_told(const struct stats_formatter *f, const struct counters *c, bool lines)
{
	static const struct counters nothing = { .has = { true, true, true, true } };
	struct stats_render r = { .time = STAMP_EPOCH, .wall_ns = 1, .all = true };
	struct buf b = { 0 };
	size_t told = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct counter *now = &c->all[i];
		struct counter_step change;
		struct counter_record rec = {
			.now = now, .word = counter_meaning_find(now->section, now->name)
		};

		f->counter(&r, &b, &rec);
		told++;
		rec.change = &change;
		if (!counter_changed(&nothing, now, i & 1, 1, &change))
			continue;
		f->counter(&r, &b, &rec);
		told++;
	}
	FUZZ_CHECK(!buf_failed(&b));
	FUZZ_CHECK(!lines || count_lines(&b) == told);
	buf_free(&b);
}

static void check_faults(const struct counters *c)
{
	struct counter_fault faults[FAULTS_MAX];
	size_t n = faults_find(c, faults);

	FUZZ_CHECK(n <= FAULTS_MAX);
	for (size_t i = 0; i < n; i++) {
		FUZZ_CHECK(faults[i].count && (!faults[i].of || faults[i].of >= faults[i].count));
		FUZZ_CHECK(strlen(faults[i].text) < sizeof(faults[i].text) - 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (enum counter_table table = 0; table < COUNTER_TABLES; table++) {
		struct counters c = { 0 };
		uint32_t bad;

		parse(table, data, size, &c, &bad);
		FUZZ_CHECK(c.n + bad <= size);
		check_names(&c, table);
		check_cuts(table, data, size, &c);
		check_told(&render_stats_text, &c, false);
		check_told(&render_stats_json, &c, true);
		check_told(&render_stats_csv, &c, true);
		check_faults(&c);
		counters_free(&c);
	}
	return 0;
}
