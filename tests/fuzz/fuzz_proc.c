// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input describes a /proc, which is made in a temporary directory and read:
 *
 *   process 100           begins a process; "self" is one, too
 *   fd 3 socket:[4711]    a link of it, as are "ns net:[1]" and "exe /usr/bin/curl"
 *   comm curl\n           a file of it, escaped where that reads better, as is "cmdline"
 *   tcp LINE              a line of its net/tcp, or tcp6
 *   pad 70000             so many blanks in the table of the line before
 *   stop 4                ends the snapshot at its fourth step
 *
 * What is not understood is left out.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "core/row.h"
#include "core/select.h"
#include "fuzz.h"
#include "proc/net_tcp.h"
#include "proc/process.h"
#include "proc/process_cache.h"
#include "proc/snapshot.h"

#define PROCESSES_MAX 8
#define LINKS_MAX 32
#define PAD_MAX 150000 /* some chunks of a table */
#define STOPPED 4711
#define LINE_MAX_LEN 65535 /* with its newline it fills a chunk of src/proc */

struct entry {
	char *name; /* owned */
	int fd;	    /* its directory */
	struct buf tables[2];
};

/* The tree of the present input, so that it can be removed again. */
struct tree {
	struct entry processes[PROCESSES_MAX];
	size_t n_processes;
	struct {
		int dir; /* of its process */
		char *name;
	} links[LINKS_MAX]; /* owned; descriptors */
	size_t n_links;
	struct buf *table; /* of the line before; NULL: none */
	int steps_left;	   /* -1: no end */
};

static const char *const table_names[] = { "net/tcp", "net/tcp6" };
static const char *const files[] = { "comm",	 "cmdline", "exe",     "stat",
				     "loginuid", "ns/net",  "net/tcp", "net/tcp6" };
static const char *const dirs[] = { "fd", "ns", "net" };
static char root[256];
static int root_fd = -1;

/* --- the tree ------------------------------------------------------------------------------- */

static void root_remove(void)
{
	rmdir(root);
}

static void root_make(void)
{
	const char *tmp = getenv("TMPDIR");

	if (root_fd >= 0)
		return;
	snprintf(root, sizeof(root), "%s/sockwatch-fuzz-XXXXXX", tmp ? tmp : "/tmp");
	FUZZ_CHECK(mkdtemp(root));
	root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FUZZ_CHECK(root_fd >= 0);
	atexit(root_remove);
}

static bool is_name(const char *name)
{
	return *name && strcmp(name, ".") && strcmp(name, "..") && !strchr(name, '/') &&
	       strlen(name) < 32;
}

static void file_write(int dir, const char *name, const char *data, size_t len)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	FUZZ_CHECK(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	close(fd);
}

static void process_begin(struct tree *t, const char *name)
{
	struct entry *p = &t->processes[t->n_processes];

	if (t->n_processes == PROCESSES_MAX || !is_name(name) || mkdirat(root_fd, name, 0700))
		return;
	*p = (struct entry){ .name = strdup(name) };
	p->fd = openat(root_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FUZZ_CHECK(p->name && p->fd >= 0);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		FUZZ_CHECK(!mkdirat(p->fd, dirs[i], 0700));
	t->n_processes++;
	t->table = NULL;
}

static void fd_add(struct tree *t, const struct entry *p, char *text)
{
	const char *name = input_word(&text);
	char path[40];

	snprintf(path, sizeof(path), "fd/%s", name);
	if (t->n_links == LINKS_MAX || !is_name(name) || symlinkat(text, p->fd, path))
		return;
	t->links[t->n_links].dir = p->fd;
	t->links[t->n_links].name = strdup(path);
	FUZZ_CHECK(t->links[t->n_links].name);
	t->n_links++;
}

static void table_add(struct tree *t, struct buf *table, const char *line)
{
	buf_puts(table, line);
	buf_putc(table, '\n');
	t->table = table;
}

static void take_line(struct tree *t, char *line)
{
	const char *key = input_word(&line);
	struct entry *p = t->n_processes ? &t->processes[t->n_processes - 1] : NULL;

	if (!strcmp(key, "process"))
		process_begin(t, line);
	else if (!strcmp(key, "stop"))
		t->steps_left = (int)(strtoul(line, NULL, 0) % 64);
	else if (!strcmp(key, "pad") && t->table)
		buf_pad(t->table, (int)(strtoul(line, NULL, 0) % PAD_MAX));
	else if (!p)
		return;
	else if (!strcmp(key, "fd"))
		fd_add(t, p, line);
	else if (!strcmp(key, "ns") && symlinkat(line, p->fd, "ns/net"))
		return;
	else if (!strcmp(key, "exe") && symlinkat(line, p->fd, "exe"))
		return;
	else if (!strcmp(key, "comm") || !strcmp(key, "cmdline") || !strcmp(key, "stat") ||
		 !strcmp(key, "loginuid"))
		file_write(p->fd, key, line, input_unescape(line));
	else if (!strcmp(key, "tcp") || !strcmp(key, "tcp6"))
		table_add(t, &p->tables[key[3] == '6'], line);
}

static void tree_make(struct tree *t, const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	size_t len;
	char *line;

	while ((line = input_line(&in, &len))) {
		take_line(t, line);
		free(line);
	}
	for (size_t i = 0; i < t->n_processes; i++) {
		const struct entry *p = &t->processes[i];

		for (size_t k = 0; k < 2; k++)
			if (p->tables[k].len)
				file_write(p->fd, table_names[k], p->tables[k].data,
					   p->tables[k].len);
	}
}

static void tree_remove(struct tree *t)
{
	for (size_t i = 0; i < t->n_links; i++) {
		unlinkat(t->links[i].dir, t->links[i].name, 0);
		free(t->links[i].name);
	}
	for (size_t i = 0; i < t->n_processes; i++) {
		struct entry *p = &t->processes[i];

		for (size_t k = 0; k < sizeof(files) / sizeof(files[0]); k++)
			unlinkat(p->fd, files[k], 0);
		for (size_t k = 0; k < sizeof(dirs) / sizeof(dirs[0]); k++)
			unlinkat(p->fd, dirs[k], AT_REMOVEDIR);
		close(p->fd);
		FUZZ_CHECK(!unlinkat(root_fd, p->name, AT_REMOVEDIR));
		free(p->name);
		buf_free(&p->tables[0]);
		buf_free(&p->tables[1]);
	}
}

/* --- what is read from it ------------------------------------------------------------------- */

static int take_step(void *arg)
{
	struct tree *t = arg;

	if (t->steps_left < 0 || t->steps_left-- > 0)
		return 0;
	t->steps_left = 0;
	return STOPPED;
}

static void check_row(const struct snapshot *s, const struct sw_row *row)
{
	const struct holder *h = row->n_holders ? s->holders + row->first_holder : NULL;

	FUZZ_CHECK(row->sock.state >= SW_TCP_ESTABLISHED && row->sock.state < SW_TCP_STATES);
	FUZZ_CHECK(row->first_holder + row->n_holders <= s->n_holders);
	FUZZ_CHECK(row->sock.inode || !row->n_holders);
	for (uint32_t i = 0; i < row->n_holders; i++) {
		FUZZ_CHECK(h[i].pid && h[i].fd >= 0 && !h[i].comm[SW_COMM_LEN - 1]);
		FUZZ_CHECK(!i || h[i - 1].pid < h[i].pid ||
			   (h[i - 1].pid == h[i].pid && h[i - 1].fd <= h[i].fd));
	}
}

/* What the whole table holds, line by line. */
static void count_lines(const struct buf *table, int family, size_t *rows, size_t *bad)
{
	struct input in = input_of((const uint8_t *)table->data, table->len);
	size_t len;
	char *line;

	while ((line = input_line(&in, &len))) {
		struct sw_row row;
		int err = -EBADMSG;

		if (len <= LINE_MAX_LEN)
			err = net_tcp_parse_line(line, len, family, &row);
		*rows += !err;
		*bad += err == -EBADMSG;
		free(line);
	}
}

/* However the reads cut a table, every line of it is taken, and once. */
static void check_lines(const struct tree *t, const struct snapshot *s,
			const struct proc_snapshot_gaps *gaps)
{
	size_t rows = 0, bad = 0;

	/* more processes may share a namespace, and so a table */
	if (t->n_processes != 1 || (!s->n_rows && !gaps->bad_lines))
		return;
	count_lines(&t->processes[0].tables[0], SW_AF_INET, &rows, &bad);
	count_lines(&t->processes[0].tables[1], SW_AF_INET6, &rows, &bad);
	FUZZ_CHECK(s->n_rows == rows && gaps->bad_lines == bad);
}

static void check_snapshot(struct tree *t)
{
	struct proc_snapshot_opts opts = { .proc_fd = root_fd,
					   .tcp = true,
					   .ipv4 = true,
					   .ipv6 = true,
					   .step = take_step,
					   .arg = t };
	struct proc_snapshot_gaps gaps;
	struct snapshot s = { 0 };
	int err = proc_snapshot(&opts, &s, &gaps);

	FUZZ_CHECK(err == 0 || (err == STOPPED && !t->steps_left));
	if (!err)
		check_lines(t, &s, &gaps);
	for (size_t i = 0; i < s.n_rows; i++)
		check_row(&s, &s.rows[i]);
	rows_sort(&s);
	rows_inherit(&s);
	for (size_t i = 0; i < s.n_rows; i++) {
		struct sw_event e;

		row_to_event(&s.rows[i], 1, &e);
	}
	snapshot_free(&s);
}

static void check_processes(const struct tree *t)
{
	struct process_cache *cache = process_cache_new(root_fd);
	struct process_facts facts;

	FUZZ_CHECK(cache);
	for (size_t i = 0; i < t->n_processes; i++) {
		uint32_t pid = (uint32_t)strtoul(t->processes[i].name, NULL, 10);

		for (uint64_t now = 1; now < 3000000000u; now += 1500000000u)
			process_cache_get(cache, pid, 0, "sixteen bytes..", now, &facts);
		FUZZ_CHECK(!facts.cmdline || (*facts.cmdline && strlen(facts.cmdline) <= 4096));
		FUZZ_CHECK(!facts.exe || *facts.exe);
		FUZZ_CHECK(strlen(facts.origin->parent_comm) < SW_COMM_LEN);
	}
	process_cache_free(cache);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tree t = { .steps_left = -1 };

	root_make();
	tree_make(&t, data, size);
	check_processes(&t);
	check_snapshot(&t);
	tree_remove(&t);
	return 0;
}
