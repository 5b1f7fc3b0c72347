// SPDX-License-Identifier: GPL-2.0-only
/* Snapshots of directories that look like /proc, made by each test, and one of the real /proc. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/row.h"
#include "proc/netns.h"
#include "proc/snapshot.h"

#define HEADER "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n"
#define NS_A 4026531840u
#define NS_B 4026532999u
#define NOBODY 65534

struct fixture {
	char path[32];
	int fd;
	struct snapshot s;
	struct proc_snapshot_gaps gaps;
	/* of count_step() */
	int steps;
	int stop_at; /* the step that stops; 0: none */
	int stop_with;
	int vanish_at; /* the step in which the processes of vanish end; 0: none */
	const char *vanish[2];
	const char *moves; /* a process that is in NS_B after that step */
};

/* --- building a fixture --- */

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	strcpy(f->path, "/tmp/sockwatch-proc-XXXXXX");
	if (!mkdtemp(f->path))
		return -1;
	f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = f;
	return f->fd < 0 ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int remove_tree(const char *path)
{
	return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int err = remove_tree(f->path);

	close(f->fd);
	snapshot_free(&f->s);
	free(f);
	return err;
}

static void make_parents(const struct fixture *f, const char *name)
{
	char dir[128];

	snprintf(dir, sizeof(dir), "%s", name);
	for (char *slash = strchr(dir, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdirat(f->fd, dir, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
}

static void put_link(const struct fixture *f, const char *name, const char *target)
{
	make_parents(f, name);
	assert_int_equal(symlinkat(target, f->fd, name), 0);
}

static void put_bytes(const struct fixture *f, const char *name, const char *data, size_t len)
{
	int fd;

	make_parents(f, name);
	fd = openat(f->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	close(fd);
}

static void put_text(const struct fixture *f, const char *name, const char *text)
{
	put_bytes(f, name, text, strlen(text));
}

static void put_netns(const struct fixture *f, const char *pid, uint32_t inode)
{
	char name[64], target[64];

	snprintf(name, sizeof(name), "%s/ns/net", pid);
	snprintf(target, sizeof(target), "net:[%u]", inode);
	put_link(f, name, target);
}

static void put_socket(const struct fixture *f, int pid, int fd, uint64_t inode)
{
	char name[64], target[64];

	snprintf(name, sizeof(name), "%d/fd/%d", pid, fd);
	snprintf(target, sizeof(target), "socket:[%llu]", (unsigned long long)inode);
	put_link(f, name, target);
}

/* One line of net/tcp: 127.0.0.1:port -> 127.0.0.1:443. Static, until the next call. */
static const char *line(unsigned int port, unsigned int tcp_state, uint64_t inode)
{
	unsigned int host = htonl(INADDR_LOOPBACK);
	static char text[256];

	snprintf(text, sizeof(text),
		 "%4u: %08X:%04X %08X:01BB %02X 00000001:00000002 00:00000000 "
		 "00000000  1000        0 %llu 1 0000000000000000 20 4 30 10 -1",
		 port, host, port, host, tcp_state, (unsigned long long)inode);
	return text;
}

/* PID/net/tcp of a header and one established socket. */
static void put_table(const struct fixture *f, const char *pid, unsigned int port, uint64_t inode)
{
	char name[64], text[512];

	snprintf(name, sizeof(name), "%s/net/tcp", pid);
	snprintf(text, sizeof(text), HEADER "%s\n", line(port, SW_TCP_ESTABLISHED, inode));
	put_text(f, name, text);
}

/* --- taking a snapshot of it --- */

static void vanish(struct fixture *f)
{
	char path[128];

	for (int i = 0; i < 2 && f->vanish[i]; i++) {
		snprintf(path, sizeof(path), "%s/%s", f->path, f->vanish[i]);
		assert_int_equal(remove_tree(path), 0);
	}
	if (f->moves) {
		snprintf(path, sizeof(path), "%s/ns/net", f->moves);
		assert_int_equal(unlinkat(f->fd, path, 0), 0);
		put_netns(f, f->moves, NS_B);
	}
}

static int count_step(void *arg)
{
	struct fixture *f = arg;

	f->steps++;
	if (f->steps == f->vanish_at)
		vanish(f);
	return f->steps == f->stop_at ? f->stop_with : 0;
}

static int take(struct fixture *f)
{
	struct proc_snapshot_opts opts = { .proc_fd = f->fd,
					   .tcp = true,
					   .ipv4 = true,
					   .ipv6 = true,
					   .step = count_step,
					   .arg = f };

	snapshot_free(&f->s);
	f->steps = 0;
	memset(&f->gaps, 0xa5, sizeof(f->gaps)); /* must be set in any case */
	return proc_snapshot(&opts, &f->s, &f->gaps);
}

static void assert_gaps(const struct fixture *f, uint32_t hidden, uint32_t lines, uint32_t tables)
{
	assert_int_equal(f->gaps.hidden_processes, hidden);
	assert_int_equal(f->gaps.bad_lines, lines);
	assert_int_equal(f->gaps.bad_tables, tables);
}

static const struct sw_row *row_of(const struct fixture *f, uint32_t netns, uint16_t port)
{
	const struct sw_row *found = NULL;

	for (size_t i = 0; i < f->s.n_rows; i++) {
		const struct sw_row *row = &f->s.rows[i];

		if (row->sock.tuple.netns != netns || row->sock.tuple.local_port != port)
			continue;
		assert_null(found);
		found = row;
	}
	assert_non_null(found);
	return found;
}

static const struct holder *holder_of(const struct fixture *f, const struct sw_row *row, uint32_t i)
{
	assert_true(i < row->n_holders);
	assert_true(row->first_holder + i < f->s.n_holders);
	return &f->s.holders[row->first_holder + i];
}

static void assert_holder(const struct fixture *f, const struct sw_row *row, uint32_t i,
			  uint32_t pid, int fd)
{
	assert_int_equal(holder_of(f, row, i)->pid, pid);
	assert_int_equal(holder_of(f, row, i)->fd, fd);
}

/* --- rows and holders --- */

TEST_SETUP(proc__socket_is_told_with_its_holder)
{
	struct fixture *f = *state;
	const struct sw_row *row;

	put_netns(f, "10", NS_A);
	put_socket(f, 10, 3, 123);
	put_text(f, "10/comm", "curl\n");
	put_table(f, "10", 8080, 123);
	assert_int_equal(take(f), 0);
	assert_gaps(f, 0, 0, 0);
	assert_int_equal(f->s.n_rows, 1);
	row = row_of(f, NS_A, 8080);
	assert_int_equal(row->sock.inode, 123);
	assert_int_equal(row->sock.uid, 1000);
	assert_int_equal(row->n_holders, 1);
	assert_holder(f, row, 0, 10, 3);
	assert_string_equal(holder_of(f, row, 0)->comm, "curl");
}

TEST_SETUP(proc__holders_are_sorted_by_pid_then_descriptor)
{
	static const int pids[] = { 300, 9, 20, 100 };
	static const int fds[] = { 11, 4, 100 };
	struct fixture *f = *state;
	const struct sw_row *row;

	for (int p = 0; p < 4; p++)
		for (int d = 0; d < 3; d++)
			put_socket(f, pids[p], fds[d], 123);
	put_socket(f, 20, 5, 999);
	put_netns(f, "20", NS_A);
	put_table(f, "20", 80, 123);
	assert_int_equal(take(f), 0);
	row = row_of(f, NS_A, 80);
	assert_int_equal(row->n_holders, 12);
	for (uint32_t i = 1; i < row->n_holders; i++) {
		const struct holder *a = holder_of(f, row, i - 1), *b = holder_of(f, row, i);

		assert_true(a->pid < b->pid || (a->pid == b->pid && a->fd < b->fd));
	}
}

TEST_SETUP(proc__other_descriptors_are_no_holders)
{
	static const char *const targets[] = { "pipe:[123]",
					       "/dev/null",
					       "socket:[12x]",
					       "socket:[]",
					       "socket:[123]x",
					       "socket:123",
					       "socket:[123",
					       "socket:[-123]",
					       "net:[123]",
					       "socket:[18446744073709551739]" /* 2^64 + 123 */ };
	struct fixture *f = *state;
	char name[32];

	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "10/fd/%d", i);
		put_link(f, name, targets[i]);
	}
	put_link(f, "10/fd/x5", "socket:[123]");
	put_link(f, "10/fd/99999999999999999999", "socket:[123]");
	put_text(f, "10/fd/55", "not a link");
	put_netns(f, "10", NS_A);
	put_table(f, "10", 80, 123);
	assert_int_equal(take(f), 0);
	assert_int_equal(row_of(f, NS_A, 80)->n_holders, 0);
	assert_int_equal(f->s.n_holders, 0);
	assert_gaps(f, 0, 0, 0);
}

TEST_SETUP(proc__inode_too_large_to_be_one_holds_nothing)
{
	struct fixture *f = *state;

	put_netns(f, "10", NS_A);
	put_link(f, "10/fd/3", "socket:[99999999999999999999]");
	put_table(f, "10", 80, UINT64_MAX);
	assert_int_equal(take(f), 0);
	assert_int_equal(row_of(f, NS_A, 80)->n_holders, 0);
}

TEST_SETUP(proc__time_wait_without_inode_has_no_holder)
{
	struct fixture *f = *state;
	char text[512];

	put_netns(f, "10", NS_A);
	put_socket(f, 10, 3, 0);
	snprintf(text, sizeof(text), HEADER "%s\n", line(5000, SW_TCP_TIME_WAIT, 0));
	put_text(f, "10/net/tcp", text);
	assert_int_equal(take(f), 0);
	assert_int_equal(row_of(f, NS_A, 5000)->sock.state, SW_TCP_TIME_WAIT);
	assert_int_equal(row_of(f, NS_A, 5000)->n_holders, 0);
}

TEST_SETUP(proc__comm_keeps_any_byte_but_the_last_newline)
{
	static const char *const files[] = { "a\nb\x1b[31m\xff\n", "fifteen-bytes-x\n", "tail\n\n",
					     "", "longer than any name may be" };
	static const char *const want[] = { "a\nb\x1b[31m\xff", "fifteen-bytes-x", "tail\n", "",
					    "longer than any" };
	struct fixture *f = *state;
	char name[32], comm[SW_COMM_LEN];

	put_netns(f, "1", NS_A);
	put_table(f, "1", 80, 123);
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "%d/comm", i + 1);
		put_text(f, name, files[i]);
		put_socket(f, i + 1, 3, 123);
	}
	put_socket(f, 6, 3, 123); /* without a comm */
	assert_int_equal(take(f), 0);
	assert_int_equal(row_of(f, NS_A, 80)->n_holders, 6);
	for (uint32_t i = 0; i < 6; i++) {
		memset(comm, 0, sizeof(comm));
		memcpy(comm, i < 5 ? want[i] : "", i < 5 ? strlen(want[i]) : 0);
		assert_memory_equal(holder_of(f, row_of(f, NS_A, 80), i)->comm, comm, sizeof(comm));
	}
}

TEST_SETUP(proc__rows_are_appended)
{
	struct fixture *f = *state;
	struct proc_snapshot_opts opts = { .proc_fd = f->fd, .tcp = true, .ipv4 = true };

	put_netns(f, "10", NS_A);
	put_socket(f, 10, 3, 123);
	put_table(f, "10", 80, 123);
	for (size_t n = 1; n <= 2; n++) {
		assert_int_equal(proc_snapshot(&opts, &f->s, &f->gaps), 0);
		assert_int_equal(f->s.n_rows, n);
		assert_holder(f, &f->s.rows[n - 1], 0, 10, 3);
	}
	opts.ipv4 = false;
	assert_int_equal(proc_snapshot(&opts, &f->s, &f->gaps), 0);
	assert_int_equal(f->s.n_rows, 2);
}

/* --- tables --- */

TEST_SETUP(proc__garbage_lines_are_counted)
{
	struct fixture *f = *state;
	char text[1024];
	int n;

	put_netns(f, "10", NS_A);
	n = snprintf(text, sizeof(text), HEADER "garbage\n%s\n\n\x80\xff\n",
		     line(80, SW_TCP_ESTABLISHED, 5));
	memcpy(text + n, "a\0b\n", 4);
	put_bytes(f, "10/net/tcp", text, (size_t)n + 4);
	assert_int_equal(take(f), 0);
	assert_int_equal(f->s.n_rows, 1);
	assert_gaps(f, 0, 4, 0);
}

TEST_SETUP(proc__last_line_needs_no_newline)
{
	struct fixture *f = *state;
	char text[512];

	put_netns(f, "10", NS_A);
	snprintf(text, sizeof(text), HEADER "%s", line(80, SW_TCP_ESTABLISHED, 5));
	put_text(f, "10/net/tcp", text);
	assert_int_equal(take(f), 0);
	assert_int_equal(row_of(f, NS_A, 80)->sock.inode, 5);
	assert_gaps(f, 0, 0, 0);
}

TEST_SETUP(proc__lines_that_straddle_the_buffer_are_whole)
{
	enum { LINES = 3000 };
	struct fixture *f = *state;
	size_t len = strlen(HEADER), cap = len + LINES * 256;
	char *text = malloc(cap);

	assert_non_null(text);
	strcpy(text, HEADER);
	for (unsigned int i = 1; i <= LINES; i++)
		len += (size_t)snprintf(text + len, cap - len, "%s%*s\n",
					line(i, SW_TCP_ESTABLISHED, i), (int)(i % 7), "");
	assert_true(len > 5 * 65536);
	put_netns(f, "10", NS_A);
	put_bytes(f, "10/net/tcp", text, len);
	free(text);
	assert_int_equal(take(f), 0);
	assert_gaps(f, 0, 0, 0);
	assert_int_equal(f->s.n_rows, LINES);
	for (unsigned int i = 1; i <= LINES; i++) {
		assert_int_equal(f->s.rows[i - 1].sock.tuple.local_port, i);
		assert_int_equal(f->s.rows[i - 1].sock.inode, i);
	}
}

TEST_SETUP(proc__line_longer_than_the_buffer_is_one_bad_line)
{
	static const size_t lengths[] = { 65535, 65536, 65537, 200000 };
	struct fixture *f = *state;
	char *text = malloc(200512);

	assert_non_null(text);
	put_netns(f, "10", NS_A);
	for (int i = 0; i < 8; i++) {
		size_t len = lengths[i / 2];
		int more = 0;

		memset(text, 'x', len);
		if (i % 2)
			more = sprintf(text + len, "\n%s\n", line(80, SW_TCP_LISTEN, 5));
		put_bytes(f, "10/net/tcp", text, len + (size_t)more);
		assert_int_equal(take(f), 0);
		assert_gaps(f, 0, 1, 0);
		assert_int_equal(f->s.n_rows, i % 2);
	}
	free(text);
}

TEST_SETUP(proc__missing_tcp6_is_no_gap)
{
	struct fixture *f = *state;

	put_netns(f, "10", NS_A);
	put_table(f, "10", 80, 5);
	assert_int_equal(take(f), 0);
	assert_gaps(f, 0, 0, 0);
}

TEST_SETUP(proc__tcp6_is_read_when_asked_for)
{
	struct fixture *f = *state;
	struct proc_snapshot_opts opts = { .proc_fd = f->fd, .tcp = true, .ipv6 = true };
	unsigned int mapped = htonl(0xffff), host = htonl(INADDR_LOOPBACK);
	char text[256];

	put_netns(f, "10", NS_A);
	put_table(f, "10", 80, 5);
	put_socket(f, 10, 3, 6);
	snprintf(text, sizeof(text),
		 "0: %08X%08X%08X%08X:0051 %08X%08X%08X%08X:1000 01 00000000:00000000 00:00000000 "
		 "00000000 0 0 6 1\n",
		 0u, 0u, mapped, host, 0u, 0u, mapped, host);
	put_text(f, "10/net/tcp6", text);
	assert_int_equal(proc_snapshot(&opts, &f->s, &f->gaps), 0);
	assert_int_equal(f->s.n_rows, 1);
	assert_int_equal(row_of(f, NS_A, 81)->sock.tuple.family, SW_AF_INET6);
	assert_int_equal(row_of(f, NS_A, 81)->sock.tuple.local.b[11], 0xff);
	assert_holder(f, row_of(f, NS_A, 81), 0, 10, 3);
	assert_int_equal(take(f), 0);
	assert_int_equal(f->s.n_rows, 2);
}

TEST_SETUP(proc__udp_is_read_when_asked_for)
{
	struct fixture *f = *state;
	struct proc_snapshot_opts opts = { .proc_fd = f->fd, .udp = true, .ipv4 = true };
	char text[512];

	put_netns(f, "10", NS_A);
	put_table(f, "10", 80, 5);
	put_socket(f, 10, 4, 7);
	snprintf(text, sizeof(text), "  sl  local_address rem_address   st\n%s\n",
		 line(53, SW_TCP_CLOSE, 7));
	put_text(f, "10/net/udp", text);
	assert_int_equal(proc_snapshot(&opts, &f->s, &f->gaps), 0);
	assert_int_equal(f->s.n_rows, 1);
	assert_int_equal(row_of(f, NS_A, 53)->sock.proto, SW_PROTO_UDP);
	assert_holder(f, row_of(f, NS_A, 53), 0, 10, 4);
	opts.tcp = true;
	snapshot_free(&f->s);
	assert_int_equal(proc_snapshot(&opts, &f->s, &f->gaps), 0);
	assert_int_equal(f->s.n_rows, 2);
	assert_int_equal(row_of(f, NS_A, 80)->sock.proto, SW_PROTO_TCP);
}

TEST_SETUP(proc__unreadable_table_is_counted)
{
	struct fixture *f = *state;

	put_netns(f, "10", NS_A);
	make_parents(f, "10/net/tcp/");	    /* opens, but cannot be read */
	put_link(f, "10/net/tcp6", "tcp6"); /* cannot be opened */
	assert_int_equal(take(f), 0);
	assert_gaps(f, 0, 0, 2);
}

TEST_SETUP(proc__unreadable_table_counts_whoever_is_asked_first)
{
	struct fixture *f = *state;

	put_netns(f, "10", NS_A);
	put_netns(f, "20", NS_A);
	put_netns(f, "self", NS_A);
	put_link(f, "self/net/tcp", "tcp"); /* asked before the others, which have no table */
	assert_int_equal(take(f), 0);
	assert_gaps(f, 0, 0, 1);
}

TEST_SETUP(proc__table_is_read_through_any_process_that_can)
{
	struct fixture *f = *state;

	for (int pid = 10; pid < 14; pid++) {
		char name[32];

		snprintf(name, sizeof(name), "%d", pid);
		put_netns(f, name, NS_A);
		if (pid == 12)
			put_table(f, name, 80, 5);
		else
			put_link(f, strcat(name, "/net/tcp"), "tcp");
	}
	assert_int_equal(take(f), 0);
	assert_int_equal(f->s.n_rows, 1);
	assert_gaps(f, 0, 0, 0);
}

/* --- namespaces and processes --- */

TEST_SETUP(proc__each_namespace_is_read_once)
{
	struct fixture *f = *state;
	char name[16];

	for (int pid = 10; pid < 40; pid++) {
		snprintf(name, sizeof(name), "%d", pid);
		put_netns(f, name, pid % 2 ? NS_A : NS_B);
		put_table(f, name, 80, pid % 2 ? 5 : 6);
	}
	put_socket(f, 11, 3, 5);
	put_socket(f, 12, 4, 6);
	assert_int_equal(take(f), 0);
	assert_int_equal(f->s.n_rows, 2);
	assert_holder(f, row_of(f, NS_A, 80), 0, 11, 3);
	assert_holder(f, row_of(f, NS_B, 80), 0, 12, 4);
}

TEST_SETUP(proc__process_that_vanishes_is_no_error)
{
	struct fixture *f = *state;

	make_parents(f, "7/"); /* ended: nothing left to look up */
	put_text(f, "12three/net", "");
	put_text(f, "sys/net", "");
	put_netns(f, "10", NS_A);
	put_table(f, "10", 80, 5);
	assert_int_equal(take(f), 0);
	assert_int_equal(f->s.n_rows, 1);
	assert_gaps(f, 0, 0, 0);
}

TEST_SETUP(proc__next_process_serves_when_the_first_vanishes)
{
	static const char *const both[] = { "10", "20" };
	struct fixture *f = *state;

	for (int i = 0; i < 2; i++) {
		if (i)
			assert_int_equal(teardown(state) || setup(state), 0);
		f = *state;
		for (int k = 0; k < 2; k++) {
			put_netns(f, both[k], NS_A);
			put_table(f, both[k], 80, 5);
		}
		f->vanish_at = 2;
		f->vanish[0] = both[i];
		assert_int_equal(take(f), 0);
		assert_int_equal(f->s.n_rows, 1);
		assert_gaps(f, 0, 0, 0);
	}
}

TEST_SETUP(proc__namespace_whose_processes_all_vanished_is_no_gap)
{
	struct fixture *f = *state;

	put_netns(f, "10", NS_A);
	put_table(f, "10", 80, 5);
	put_netns(f, "20", NS_A);
	put_table(f, "20", 80, 5);
	f->vanish_at = 2;
	f->vanish[0] = "10";
	f->vanish[1] = "20";
	assert_int_equal(take(f), 0);
	assert_int_equal(f->s.n_rows, 0);
	assert_gaps(f, 0, 0, 0);
}

TEST_SETUP(proc__table_of_a_process_that_changed_namespace_is_not_read)
{
	struct fixture *f = *state;

	put_netns(f, "10", NS_A);
	put_table(f, "10", 80, 5);
	put_link(f, "10/net/tcp6", "tcp6"); /* not even counted as unreadable */
	f->vanish_at = 1;
	f->moves = "10";
	assert_int_equal(take(f), 0);
	assert_int_equal(f->s.n_rows, 0);
	assert_gaps(f, 0, 0, 0);
}

TEST_SETUP(proc__own_namespace_is_read_when_no_other_is_known)
{
	struct fixture *f = *state;

	put_socket(f, 10, 3, 5);
	put_netns(f, "self", NS_A);
	put_table(f, "self", 80, 5);
	assert_int_equal(take(f), 0);
	assert_int_equal(f->s.n_rows, 1);
	assert_holder(f, row_of(f, NS_A, 80), 0, 10, 3);
}

TEST_SETUP(proc__process_with_unreadable_descriptors_is_hidden_once)
{
	struct fixture *f = *state;
	bool root = geteuid() == 0;

	put_netns(f, "10", NS_A);
	put_table(f, "10", 80, 5);
	put_socket(f, 10, 3, 5);
	put_netns(f, "20", NS_A);
	put_socket(f, 20, 3, 5);
	put_socket(f, 30, 3, 5);
	put_netns(f, "40", NS_A);
	put_text(f, "40/fd/0", "");
	assert_int_equal(chmod(f->path, 0755), 0);
	assert_int_equal(fchmodat(f->fd, "20/ns", 0, 0), 0);
	assert_int_equal(fchmodat(f->fd, "40/ns", 0, 0), 0); /* its namespace alone is no gap */
	assert_int_equal(fchmodat(f->fd, "20/fd", 0, 0), 0);
	assert_int_equal(fchmodat(f->fd, "30/fd", 0444, 0), 0); /* listed, not followed */
	if (root)
		assert_int_equal(seteuid(NOBODY), 0);
	assert_int_equal(take(f), 0);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(fchmodat(f->fd, "20/ns", 0755, 0), 0);
	assert_int_equal(fchmodat(f->fd, "40/ns", 0755, 0), 0);
	assert_int_equal(fchmodat(f->fd, "20/fd", 0755, 0), 0);
	assert_int_equal(fchmodat(f->fd, "30/fd", 0755, 0), 0);
	assert_gaps(f, 2, 0, 0);
	assert_int_equal(row_of(f, NS_A, 80)->n_holders, 1);
	assert_holder(f, row_of(f, NS_A, 80), 0, 10, 3);
}

TEST_SETUP(proc__directory_that_cannot_be_read_is_an_error)
{
	struct fixture *f = *state;
	struct proc_snapshot_opts opts = { .proc_fd = -1, .tcp = true, .ipv4 = true };

	memset(&f->gaps, 0xa5, sizeof(f->gaps));
	assert_int_equal(proc_snapshot(&opts, &f->s, &f->gaps), -EBADF);
	assert_gaps(f, 0, 0, 0);
	assert_int_equal(f->s.n_rows, 0);
}

/* --- step() --- */

static void make_busy(const struct fixture *f)
{
	for (int fd = 0; fd < 2100; fd++)
		put_socket(f, 10, fd, 1000 + (uint64_t)fd);
	put_netns(f, "10", NS_A);
	put_table(f, "10", 80, 1005);
	put_netns(f, "20", NS_A);
	put_text(f, "10/net/tcp6", HEADER);
	put_table(f, "20", 80, 1005);
	put_text(f, "20/net/tcp6", HEADER);
}

TEST_SETUP(proc__step_is_called_between_small_pieces)
{
	struct fixture *f = *state;

	make_busy(f);
	assert_int_equal(take(f), 0);
	assert_int_equal(f->steps, 2 + 2 + 2); /* 2100 descriptors, two processes, two tables */
	assert_holder(f, row_of(f, NS_A, 80), 0, 10, 5);
}

TEST_SETUP(proc__step_stops_the_snapshot_with_its_value)
{
	static const int values[] = { -EINTR, -EACCES, -EBADMSG, 7 };
	struct fixture *f = *state;

	make_busy(f);
	for (int i = 0; i < 4; i++) {
		f->stop_with = values[i];
		for (f->stop_at = 1; f->stop_at <= 6; f->stop_at++) {
			assert_int_equal(take(f), values[i]);
			assert_int_equal(f->steps, f->stop_at);
			assert_gaps(f, 0, 0, 0);
		}
	}
}

/* --- the real /proc --- */

static int open_listener(uint16_t *ret_port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, len), 0);
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	*ret_port = ntohs(sin.sin_port);
	return fd;
}

static const struct sw_row *row_held_by(const struct snapshot *s, uint32_t pid, int fd)
{
	for (size_t i = 0; i < s->n_rows; i++)
		for (uint32_t k = 0; k < s->rows[i].n_holders; k++) {
			const struct holder *h = &s->holders[s->rows[i].first_holder + k];

			if (h->pid == pid && h->fd == fd)
				return &s->rows[i];
		}
	return NULL;
}

/* Without IPv6 there is no net/tcp6, and in our own namespace that is for certain. */
TEST_SETUP(proc__table_that_is_missing_is_named)
{
	struct fixture *f = *state;

	put_netns(f, "10", 1);
	put_table(f, "10", 22, 100);
	assert_int_equal(take(f), 0);
	assert_int_equal(f->s.n_rows, 1);
	assert_string_equal(f->gaps.missing_table, "net/tcp6");
	put_text(f, "10/net/tcp6", "");
	assert_int_equal(take(f), 0);
	assert_null(f->gaps.missing_table);
}

TEST_SETUP(proc__real_proc_tells_our_own_listeners)
{
	enum { N = 20 };
	struct fixture *f = *state;
	struct proc_snapshot_opts opts = { .tcp = true, .ipv4 = true, .ipv6 = true };
	uint16_t ports[N];
	int fds[N];

	opts.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(opts.proc_fd >= 0);
	for (int i = 0; i < N; i++)
		fds[i] = open_listener(&ports[i]);
	assert_int_equal(proc_snapshot(&opts, &f->s, &f->gaps), 0);
	assert_int_equal(f->gaps.bad_lines, 0);
	assert_int_equal(f->gaps.bad_tables, 0);
	assert_true(f->s.n_rows >= N);
	for (int i = 0; i < N; i++) {
		const struct sw_row *row = row_held_by(&f->s, (uint32_t)getpid(), fds[i]);

		assert_non_null(row);
		assert_int_equal(row->sock.tuple.local_port, ports[i]);
		assert_int_equal(row->sock.state, SW_TCP_LISTEN);
		assert_int_equal(row->sock.uid, geteuid());
		assert_true(row->sock.tuple.netns != 0);
		close(fds[i]);
	}
	close(opts.proc_fd);
}

/* --- namespaces --- */

TEST_SETUP(netns__each_is_found_once_our_own_first)
{
	const struct fixture *f = *state;
	struct netns_set set = { 0 };
	char names[64];

	put_netns(f, "self", NS_B);
	put_netns(f, "7", NS_A);
	put_netns(f, "8", NS_B);
	put_netns(f, "9", NS_A);
	put_text(f, "10/comm", "has ended\n");
	snprintf(names, sizeof(names), "%s/none", f->path);
	assert_int_equal(netns_set_scan(&set, f->fd, names), 0);
	assert_int_equal(set.n, 2);
	assert_int_equal(set.all[0].inode, NS_B);
	assert_int_equal(set.all[1].inode, NS_A);
	assert_int_equal(set.hidden, 0);
	netns_set_free(&set);
}

TEST_SETUP(netns__one_that_only_has_a_name_is_found_and_opened)
{
	const struct fixture *f = *state;
	struct netns_set set = { 0 };
	char names[64];
	struct stat st;
	int fd;

	put_netns(f, "self", NS_A);
	put_text(f, "run/netns/blue", "");
	snprintf(names, sizeof(names), "%s/run/netns", f->path);
	assert_int_equal(fstatat(f->fd, "run/netns/blue", &st, 0), 0);
	assert_int_equal(netns_set_scan(&set, f->fd, names), 0);
	assert_int_equal(set.n, 2);
	assert_int_equal(set.all[1].inode, st.st_ino);
	assert_string_equal(set.all[1].name, "blue");
	fd = netns_open(f->fd, names, &set.all[1]);
	assert_true(fd >= 0);
	close(fd);
	/* the name is given to another one */
	assert_int_equal(unlinkat(f->fd, "run/netns/blue", 0), 0);
	put_text(f, "run/netns/green", "");
	put_text(f, "run/netns/blue", "");
	assert_int_equal(netns_open(f->fd, names, &set.all[1]), -ENOENT);
	netns_set_free(&set);
}

TEST_SETUP(netns__one_whose_processes_ended_is_gone)
{
	const struct fixture *f = *state;
	struct netns_set set = { 0 };

	put_netns(f, "self", NS_A);
	put_netns(f, "7", NS_B);
	assert_int_equal(netns_set_scan(&set, f->fd, "/none"), 0);
	assert_int_equal(set.n, 2);
	assert_int_equal(unlinkat(f->fd, "7/ns/net", 0), 0);
	assert_int_equal(netns_open(f->fd, "/none", &set.all[1]), -ENOENT);
	netns_set_free(&set);
}
