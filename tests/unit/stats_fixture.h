/* SPDX-License-Identifier: GPL-2.0-only */
/* The counters of a kernel, as tests/fixtures/stats/ keeps them, and with other values. */
#ifndef SOCKWATCH_TESTS_STATS_FIXTURE_H
#define SOCKWATCH_TESTS_STATS_FIXTURE_H

#include "unit.h"

#include "core/counter.h"
#include "counters/faults.h"

extern struct counters counters; /* of the running test */
extern struct counter_fault faults[FAULTS_MAX];

int stats_setup(void **state);
int stats_teardown(void **state);

#define STATS_TEST(name) TEST_WITH(name, stats_setup, stats_teardown)

void read_fixture(const char *kernel, struct counters *c);

/* Sets one of `counters`, which is added when there is none. */
void set(const char *section, const char *name, uint64_t value);

#endif
