// SPDX-License-Identifier: GPL-2.0-only
#include "stats_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proc/counters.h"

struct counters counters;
struct counter_fault faults[FAULTS_MAX];

int stats_setup(void **state)
{
	(void)state;
	counters_free(&counters);
	return 0;
}

int stats_teardown(void **state)
{
	(void)state;
	counters_free(&counters);
	return 0;
}

void read_fixture(const char *kernel, struct counters *c)
{
	char path[128];
	uint32_t bad;
	int fd;

	snprintf(path, sizeof(path), "tests/fixtures/stats/%s", kernel);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		fail_msg("cannot open %s: run this from the top of the tree", path);
	for (enum counter_table table = COUNTERS_SNMP; table <= COUNTERS_SNMP6; table++)
		assert_int_equal(counters_read(fd, table, c, &bad), 0);
	close(fd);
}

void set(const char *section, const char *name, uint64_t value)
{
	struct counter c = { .value = value };

	for (size_t i = 0; i < counters.n; i++) {
		if (!strcmp(counters.all[i].section, section) &&
		    !strcmp(counters.all[i].name, name)) {
			counters.all[i].value = value;
			return;
		}
	}
	snprintf(c.section, sizeof(c.section), "%s", section);
	snprintf(c.name, sizeof(c.name), "%s", name);
	assert_int_equal(counters_add(&counters, &c), 0);
}
