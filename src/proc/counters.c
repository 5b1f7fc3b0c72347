// SPDX-License-Identifier: GPL-2.0-only
#include "proc/counters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

#define CHUNK 16384
#define SIZE_LIMIT ((size_t)1 << 20) /* of a table: the largest known has 8 KiB */

static const char *const files[] = { [COUNTERS_SNMP] = "net/snmp",
				     [COUNTERS_NETSTAT] = "net/netstat",
				     [COUNTERS_SNMP6] = "net/snmp6",
				     [COUNTERS_SCTP] = "net/sctp/snmp" };

/* A piece of the text. */
struct span {
	const char *at;
	const char *end;
};

struct parsing {
	struct span text; /* what is left */
	struct counters *c;
	uint32_t bad;
	uint8_t table;
};

const char *counters_file(enum counter_table table)
{
	return files[table];
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next word of a line; false at its end. */
static bool take_word(struct span *line, struct span *word)
{
	while (line->at < line->end && is_blank(*line->at))
		line->at++;
	word->at = line->at;
	while (line->at < line->end && !is_blank(*line->at))
		line->at++;
	word->end = line->at;
	return word->at < word->end;
}

/*
 * The next line that ends, without its newline. What follows the last newline is left out: where a
 * text was cut it may be half a number.
 */
static bool take_line(struct parsing *p, struct span *line)
{
	size_t left = (size_t)(p->text.end - p->text.at);
	const char *newline = left ? memchr(p->text.at, '\n', left) : NULL;

	if (!newline) {
		p->bad += left > 0;
		p->text.at = p->text.end;
		return false;
	}
	*line = (struct span){ p->text.at, newline };
	p->text.at = newline + 1;
	return true;
}

static bool copy_word(struct span word, char *ret, size_t size)
{
	size_t len = (size_t)(word.end - word.at);

	if (!len || len >= size || memchr(word.at, '\0', len))
		return false;
	memcpy(ret, word.at, len);
	ret[len] = '\0';
	return true;
}

/* A decimal number, which may be below 0. */
static bool take_value(struct span word, struct counter *ret)
{
	uint64_t v = 0;

	ret->negative = word.at < word.end && *word.at == '-';
	word.at += ret->negative;
	if (word.at == word.end)
		return false;
	for (; word.at < word.end; word.at++) {
		if (*word.at < '0' || *word.at > '9' ||
		    __builtin_mul_overflow(v, (uint64_t)10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*word.at - '0'), &v))
			return false;
	}
	ret->value = v;
	return true;
}

static int add(struct parsing *p, struct span section, struct span name, struct span value)
{
	struct counter counter = { .table = p->table };

	if (!copy_word(section, counter.section, sizeof(counter.section)) ||
	    !copy_word(name, counter.name, sizeof(counter.name)) || !take_value(value, &counter)) {
		p->bad++;
		return 0;
	}
	return counters_add(p->c, &counter);
}

/* "Tcp:" in front of a line. */
static bool take_section(struct span *line, struct span *section)
{
	if (!take_word(line, section) || section->end[-1] != ':')
		return false;
	section->end--;
	return true;
}

static bool same_words(struct span a, struct span b)
{
	size_t len = (size_t)(a.end - a.at);

	return len == (size_t)(b.end - b.at) && !memcmp(a.at, b.at, len);
}

static int parse_pair(struct parsing *p, struct span section, struct span names,
		      struct span numbers)
{
	struct span name, number;
	bool more_names, more_numbers;
	int err = 0;

	while (!err) {
		more_names = take_word(&names, &name);
		more_numbers = take_word(&numbers, &number);
		if (!more_names && !more_numbers)
			break;
		if (more_names && more_numbers)
			err = add(p, section, name, number);
		else
			p->bad++;
	}
	return err;
}

/* A line of names whose numbers do not follow is left out; what follows may be names again. */
static int parse_pairs(struct parsing *p)
{
	struct span line, names = { 0 }, section = { 0 }, of;
	bool has_names = false;
	int err = 0;

	while (!err && take_line(p, &line)) {
		if (!take_section(&line, &of)) {
			p->bad++;
			continue;
		}
		if (has_names && same_words(section, of)) {
			err = parse_pair(p, section, names, line);
			has_names = false;
			continue;
		}
		p->bad += has_names;
		names = line;
		section = of;
		has_names = true;
	}
	p->bad += has_names;
	return err;
}

/* How much of a name is its section: "Icmp6InMsgs" is InMsgs of Icmp6. */
static size_t section_length(uint8_t table, struct span name)
{
	static const char sctp[] = "Sctp";
	size_t len = (size_t)(name.end - name.at);
	const char *six = memchr(name.at, '6', len);

	if (table == COUNTERS_SCTP)
		return len > strlen(sctp) && !memcmp(name.at, sctp, strlen(sctp)) ? strlen(sctp)
										  : 0;
	return six ? (size_t)(six + 1 - name.at) : 0;
}

static int parse_lines(struct parsing *p)
{
	struct span line, name, number, more;
	size_t len;
	int err = 0;

	while (!err && take_line(p, &line)) {
		if (!take_word(&line, &name) || !take_word(&line, &number) ||
		    take_word(&line, &more)) {
			p->bad++;
			continue;
		}
		len = section_length(p->table, name);
		err = add(p, (struct span){ name.at, name.at + len },
			  (struct span){ name.at + len, name.end }, number);
	}
	return err;
}

int counters_parse(enum counter_table table, const char *text, size_t len, struct counters *c,
		   uint32_t *ret_bad)
{
	struct parsing p = { .text = { text, text + len }, .c = c, .table = (uint8_t)table };
	bool pairs = table == COUNTERS_SNMP || table == COUNTERS_NETSTAT;
	int err = pairs ? parse_pairs(&p) : parse_lines(&p);

	*ret_bad = p.bad;
	return err;
}

static int read_text(int fd, struct buf *text)
{
	ssize_t n;

	do {
		if (!buf_reserve(text, CHUNK))
			return -ENOMEM;
		n = read(fd, text->data + text->len, CHUNK);
		if (n > 0)
			text->len += (size_t)n;
	} while ((n > 0 && text->len < SIZE_LIMIT) || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : 0;
}

int counters_read(int proc_fd, enum counter_table table, struct counters *c, uint32_t *ret_bad)
{
	int fd = openat(proc_fd, files[table], O_RDONLY | O_CLOEXEC);
	struct buf text = { 0 };
	size_t n = c->n;
	int err;

	if (fd < 0)
		return -errno;
	err = read_text(fd, &text);
	if (!err)
		err = counters_parse(table, text.data, text.len, c, ret_bad);
	if (!err && c->n == n)
		err = -ENODATA;
	if (!err)
		c->has[table] = true;
	buf_free(&text);
	close(fd);
	return err;
}
