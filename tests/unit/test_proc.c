// SPDX-License-Identifier: GPL-2.0-only
/* Snapshots of /proc: rows, their holders, tables of all kinds, and one of the real /proc. */
#include "proc_fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

PROC_TEST(proc__socket_is_told_with_its_holder)
{
	struct fixture *f = *state;
	const struct sw_row *row;

	put_netns(f, "10", NS_A);
	put_socket(f, 10, 3, 123);
	tree_put_text(&f->tree, "10/comm", "curl\n");
	put_table(f, "10", 8080, 123);
	assert_int_equal(take(f), 0);
	assert_gaps(f, 0, 0, 0);
	assert_int_equal(f->s.n_rows, 1);
	row = row_at(f, NS_A, 8080);
	assert_int_equal(row->sock.inode, 123);
	assert_int_equal(row->sock.uid, 1000);
	assert_int_equal(row->n_holders, 1);
	assert_holder(f, row, 0, 10, 3);
	assert_string_equal(holder_of(f, row, 0)->comm, "curl");
}

PROC_TEST(proc__holders_are_sorted_by_pid_then_descriptor)
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
	row = row_at(f, NS_A, 80);
	assert_int_equal(row->n_holders, 12);
	for (uint32_t i = 1; i < row->n_holders; i++) {
		const struct holder *a = holder_of(f, row, i - 1), *b = holder_of(f, row, i);

		assert_true(a->pid < b->pid || (a->pid == b->pid && a->fd < b->fd));
	}
}

PROC_TEST(proc__other_descriptors_are_no_holders)
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
		tree_put_link(&f->tree, name, targets[i]);
	}
	tree_put_link(&f->tree, "10/fd/x5", "socket:[123]");
	tree_put_link(&f->tree, "10/fd/99999999999999999999", "socket:[123]");
	tree_put_text(&f->tree, "10/fd/55", "not a link");
	put_netns(f, "10", NS_A);
	put_table(f, "10", 80, 123);
	assert_int_equal(take(f), 0);
	assert_int_equal(row_at(f, NS_A, 80)->n_holders, 0);
	assert_int_equal(f->s.n_holders, 0);
	assert_gaps(f, 0, 0, 0);
}

PROC_TEST(proc__inode_too_large_to_be_one_holds_nothing)
{
	struct fixture *f = *state;

	put_netns(f, "10", NS_A);
	tree_put_link(&f->tree, "10/fd/3", "socket:[99999999999999999999]");
	put_table(f, "10", 80, UINT64_MAX);
	assert_int_equal(take(f), 0);
	assert_int_equal(row_at(f, NS_A, 80)->n_holders, 0);
}

PROC_TEST(proc__time_wait_without_inode_has_no_holder)
{
	struct fixture *f = *state;
	char text[512];

	put_netns(f, "10", NS_A);
	put_socket(f, 10, 3, 0);
	snprintf(text, sizeof(text), HEADER "%s\n", line(5000, SW_TCP_TIME_WAIT, 0));
	tree_put_text(&f->tree, "10/net/tcp", text);
	assert_int_equal(take(f), 0);
	assert_int_equal(row_at(f, NS_A, 5000)->sock.state, SW_TCP_TIME_WAIT);
	assert_int_equal(row_at(f, NS_A, 5000)->n_holders, 0);
}

PROC_TEST(proc__comm_keeps_any_byte_but_the_last_newline)
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
		tree_put_text(&f->tree, name, files[i]);
		put_socket(f, i + 1, 3, 123);
	}
	put_socket(f, 6, 3, 123); /* without a comm */
	assert_int_equal(take(f), 0);
	assert_int_equal(row_at(f, NS_A, 80)->n_holders, 6);
	for (uint32_t i = 0; i < 6; i++) {
		memset(comm, 0, sizeof(comm));
		memcpy(comm, i < 5 ? want[i] : "", i < 5 ? strlen(want[i]) : 0);
		assert_memory_equal(holder_of(f, row_at(f, NS_A, 80), i)->comm, comm, sizeof(comm));
	}
}

PROC_TEST(proc__rows_are_appended)
{
	struct fixture *f = *state;
	struct proc_snapshot_opts opts = { .proc_fd = f->tree.fd, .tcp = true, .ipv4 = true };

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

PROC_TEST(proc__garbage_lines_are_counted)
{
	struct fixture *f = *state;
	char text[1024];
	int n;

	put_netns(f, "10", NS_A);
	n = snprintf(text, sizeof(text), HEADER "garbage\n%s\n\n\x80\xff\n",
		     line(80, SW_TCP_ESTABLISHED, 5));
	memcpy(text + n, "a\0b\n", 4);
	tree_put_bytes(&f->tree, "10/net/tcp", text, (size_t)n + 4);
	assert_int_equal(take(f), 0);
	assert_int_equal(f->s.n_rows, 1);
	assert_gaps(f, 0, 4, 0);
}

PROC_TEST(proc__last_line_needs_no_newline)
{
	struct fixture *f = *state;
	char text[512];

	put_netns(f, "10", NS_A);
	snprintf(text, sizeof(text), HEADER "%s", line(80, SW_TCP_ESTABLISHED, 5));
	tree_put_text(&f->tree, "10/net/tcp", text);
	assert_int_equal(take(f), 0);
	assert_int_equal(row_at(f, NS_A, 80)->sock.inode, 5);
	assert_gaps(f, 0, 0, 0);
}

PROC_TEST(proc__lines_that_straddle_the_buffer_are_whole)
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
	tree_put_bytes(&f->tree, "10/net/tcp", text, len);
	free(text);
	assert_int_equal(take(f), 0);
	assert_gaps(f, 0, 0, 0);
	assert_int_equal(f->s.n_rows, LINES);
	for (unsigned int i = 1; i <= LINES; i++) {
		assert_int_equal(f->s.rows[i - 1].sock.tuple.local_port, i);
		assert_int_equal(f->s.rows[i - 1].sock.inode, i);
	}
}

PROC_TEST(proc__line_longer_than_the_buffer_is_one_bad_line)
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
		tree_put_bytes(&f->tree, "10/net/tcp", text, len + (size_t)more);
		assert_int_equal(take(f), 0);
		assert_gaps(f, 0, 1, 0);
		assert_int_equal(f->s.n_rows, i % 2);
	}
	free(text);
}

PROC_TEST(proc__missing_tcp6_is_no_gap)
{
	struct fixture *f = *state;

	put_netns(f, "10", NS_A);
	put_table(f, "10", 80, 5);
	assert_int_equal(take(f), 0);
	assert_gaps(f, 0, 0, 0);
}

PROC_TEST(proc__tcp6_is_read_when_asked_for)
{
	struct fixture *f = *state;
	struct proc_snapshot_opts opts = { .proc_fd = f->tree.fd, .tcp = true, .ipv6 = true };
	unsigned int mapped = htonl(0xffff), host = htonl(INADDR_LOOPBACK);
	char text[256];

	put_netns(f, "10", NS_A);
	put_table(f, "10", 80, 5);
	put_socket(f, 10, 3, 6);
	snprintf(text, sizeof(text),
		 "0: %08X%08X%08X%08X:0051 %08X%08X%08X%08X:1000 01 00000000:00000000 00:00000000 "
		 "00000000 0 0 6 1\n",
		 0u, 0u, mapped, host, 0u, 0u, mapped, host);
	tree_put_text(&f->tree, "10/net/tcp6", text);
	assert_int_equal(proc_snapshot(&opts, &f->s, &f->gaps), 0);
	assert_int_equal(f->s.n_rows, 1);
	assert_int_equal(row_at(f, NS_A, 81)->sock.tuple.family, SW_AF_INET6);
	assert_int_equal(row_at(f, NS_A, 81)->sock.tuple.local.b[11], 0xff);
	assert_holder(f, row_at(f, NS_A, 81), 0, 10, 3);
	assert_int_equal(take(f), 0);
	assert_int_equal(f->s.n_rows, 2);
}

PROC_TEST(proc__udp_is_read_when_asked_for)
{
	struct fixture *f = *state;
	struct proc_snapshot_opts opts = { .proc_fd = f->tree.fd, .udp = true, .ipv4 = true };
	char text[512];

	put_netns(f, "10", NS_A);
	put_table(f, "10", 80, 5);
	put_socket(f, 10, 4, 7);
	snprintf(text, sizeof(text), "  sl  local_address rem_address   st\n%s\n",
		 line(53, SW_TCP_CLOSE, 7));
	tree_put_text(&f->tree, "10/net/udp", text);
	assert_int_equal(proc_snapshot(&opts, &f->s, &f->gaps), 0);
	assert_int_equal(f->s.n_rows, 1);
	assert_int_equal(row_at(f, NS_A, 53)->sock.proto, SW_PROTO_UDP);
	assert_holder(f, row_at(f, NS_A, 53), 0, 10, 4);
	opts.tcp = true;
	snapshot_free(&f->s);
	assert_int_equal(proc_snapshot(&opts, &f->s, &f->gaps), 0);
	assert_int_equal(f->s.n_rows, 2);
	assert_int_equal(row_at(f, NS_A, 80)->sock.proto, SW_PROTO_TCP);
}

PROC_TEST(proc__unreadable_table_is_counted)
{
	struct fixture *f = *state;

	put_netns(f, "10", NS_A);
	tree_put_dir(&f->tree, "10/net/tcp");		/* opens, but cannot be read */
	tree_put_link(&f->tree, "10/net/tcp6", "tcp6"); /* cannot be opened */
	assert_int_equal(take(f), 0);
	assert_gaps(f, 0, 0, 2);
}

static void make_busy(const struct fixture *f)
{
	for (int fd = 0; fd < 2100; fd++)
		put_socket(f, 10, fd, 1000 + (uint64_t)fd);
	put_netns(f, "10", NS_A);
	put_table(f, "10", 80, 1005);
	put_netns(f, "20", NS_A);
	tree_put_text(&f->tree, "10/net/tcp6", HEADER);
	put_table(f, "20", 80, 1005);
	tree_put_text(&f->tree, "20/net/tcp6", HEADER);
}

PROC_TEST(proc__step_is_called_between_small_pieces)
{
	struct fixture *f = *state;

	make_busy(f);
	assert_int_equal(take(f), 0);
	assert_int_equal(f->steps, 2 + 2 + 2); /* 2100 descriptors, two processes, two tables */
	assert_holder(f, row_at(f, NS_A, 80), 0, 10, 5);
}

PROC_TEST(proc__step_stops_the_snapshot_with_its_value)
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
PROC_TEST(proc__table_that_is_missing_is_named)
{
	struct fixture *f = *state;

	put_netns(f, "10", 1);
	put_table(f, "10", 22, 100);
	assert_int_equal(take(f), 0);
	assert_int_equal(f->s.n_rows, 1);
	assert_null(f->gaps.missing_table); /* it is not known to be our own */
	put_netns(f, "self", 1);
	assert_int_equal(take(f), 0);
	assert_string_equal(f->gaps.missing_table, "net/tcp6");
	tree_put_text(&f->tree, "10/net/tcp6", "");
	assert_int_equal(take(f), 0);
	assert_null(f->gaps.missing_table);
}

PROC_TEST(proc__real_proc_tells_our_own_listeners)
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
