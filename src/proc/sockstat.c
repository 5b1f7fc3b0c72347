// SPDX-License-Identifier: GPL-2.0-only
#include "proc/sockstat.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/summary.h"
#include "proc/dir.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT_MAX 4096 /* of each file */

enum unit { NUMBER, BYTES, PAGES };

/* A number of net/sockstat: of the line that begins with `section`, the one behind `word`. */
struct item {
	const char *section;
	const char *word;
	const char *group;
	const char *name;
	const char *limits; /* below sys/net: one number, or low, pressure and high; NULL: none */
	enum unit unit;	    /* of it and its limits */
	bool is_here;	    /* it is that of our network namespace */
};

/* sockstat_seq_show() in net/ipv4/proc.c */
static const struct item items[] = {
	{ "sockets:", "used", "sockets", "used", NULL, NUMBER, true },
	{ "TCP:", "orphan", "tcp", "orphans", "ipv4/tcp_max_orphans", NUMBER, false },
	{ "TCP:", "tw", "tcp", "time_wait", "ipv4/tcp_max_tw_buckets", NUMBER, true },
	{ "TCP:", "alloc", "tcp", "allocated", NULL, NUMBER, false },
	{ "TCP:", "mem", "tcp", "memory", "ipv4/tcp_mem", PAGES, false },
	{ "UDP:", "mem", "udp", "memory", "ipv4/udp_mem", PAGES, false },
	{ "FRAG:", "inuse", "fragments", "queues", NULL, NUMBER, true },
	{ "FRAG:", "memory", "fragments", "memory", "ipv4/ipfrag_high_thresh", BYTES, true },
};

/* sockstat6_seq_show() in net/ipv6/proc.c */
static const struct item items6[] = {
	{ "FRAG6:", "inuse", "fragments6", "queues", NULL, NUMBER, true },
	{ "FRAG6:", "memory", "fragments6", "memory", "ipv6/ip6frag_high_thresh", BYTES, true },
};

/* The number behind a word of the line that begins so; false: there is none. */
static bool find_number(const char *text, const char *section, const char *word, uint64_t *ret)
{
	size_t len = strlen(section), word_len = strlen(word);
	const char *line = text, *at, *end;

	while (line && strncmp(line, section, len)) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	if (!line)
		return false;
	end = line + strcspn(line, "\n");
	for (at = line + len; at < end && *at == ' ';) {
		size_t n = strcspn(++at, " \n");
		char *rest;

		if (n != word_len || strncmp(at, word, n) || at[n] != ' ') {
			at += n;
			continue;
		}
		*ret = strtoull(at + n, &rest, 10);
		return rest > at + n;
	}
	return false;
}

/* One number is the limit; of three the second is where memory is spared, the last is the limit. */
static void read_limits(int proc_fd, const struct item *item, struct summary_line *line)
{
	char path[128] = "sys/net/", text[128], *at = text, *rest;
	uint64_t numbers[3];
	size_t n = 0;

	strncat(path, item->limits, sizeof(path) - strlen(path) - 1);
	file_read(proc_fd, path, text, sizeof(text));
	while (n < COUNT(numbers)) {
		numbers[n] = strtoull(at, &rest, 10);
		if (rest == at)
			break;
		at = rest;
		n++;
	}
	if (n == 1)
		line->limit = numbers[0];
	if (n == 3) {
		line->pressure = numbers[1];
		line->limit = numbers[2];
	}
}

static int add_items(int proc_fd, const char *text, const struct item *table, size_t n,
		     struct summary *s)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t times;
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		const struct item *item = &table[i];
		struct summary_line line = { .group = item->group, .name = item->name };

		if (!find_number(text, item->section, item->word, &line.value))
			continue;
		if (item->limits)
			read_limits(proc_fd, item, &line);
		times = item->unit == PAGES ? page : 1;
		line.is_here = item->is_here;
		line.is_bytes = item->unit != NUMBER;
		line.value *= times;
		line.pressure *= times;
		line.limit *= times;
		err = summary_add_kernel(s, &line);
	}
	return err;
}

int sockstat_read(int proc_fd, struct summary *s)
{
	char text[TEXT_MAX], text6[TEXT_MAX];
	int err;

	if (!file_read(proc_fd, "net/sockstat", text, sizeof(text)))
		return -ENOENT;
	file_read(proc_fd, "net/sockstat6", text6, sizeof(text6));
	err = add_items(proc_fd, text, items, COUNT(items), s);
	return err ? err : add_items(proc_fd, text6, items6, COUNT(items6), s);
}

bool sockstat_tcp(int proc_fd, uint64_t *ret)
{
	char text[TEXT_MAX];

	return file_read(proc_fd, "net/sockstat", text, sizeof(text)) &&
	       find_number(text, "TCP:", "alloc", ret);
}
