// SPDX-License-Identifier: GPL-2.0-only
#include "proc_fixture.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int proc_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	return f ? tree_make(&f->tree) : -1;
}

int proc_teardown(void **state)
{
	struct fixture *f = *state;
	int err = tree_remove(&f->tree);

	snapshot_free(&f->s);
	free(f);
	return err;
}

void put_netns(const struct fixture *f, const char *pid, uint32_t inode)
{
	char name[64], target[64];

	snprintf(name, sizeof(name), "%s/ns/net", pid);
	snprintf(target, sizeof(target), "net:[%u]", inode);
	tree_put_link(&f->tree, name, target);
}

void put_socket(const struct fixture *f, int pid, int fd, uint64_t inode)
{
	char name[64], target[64];

	snprintf(name, sizeof(name), "%d/fd/%d", pid, fd);
	snprintf(target, sizeof(target), "socket:[%llu]", (unsigned long long)inode);
	tree_put_link(&f->tree, name, target);
}

const char *line(unsigned int port, unsigned int tcp_state, uint64_t inode)
{
	unsigned int host = htonl(INADDR_LOOPBACK);
	static char text[256];

	snprintf(text, sizeof(text),
		 "%4u: %08X:%04X %08X:01BB %02X 00000001:00000002 00:00000000 "
		 "00000000  1000        0 %llu 1 0000000000000000 20 4 30 10 -1",
		 port, host, port, host, tcp_state, (unsigned long long)inode);
	return text;
}

void put_table(const struct fixture *f, const char *pid, unsigned int port, uint64_t inode)
{
	char name[64], text[512];

	snprintf(name, sizeof(name), "%s/net/tcp", pid);
	snprintf(text, sizeof(text), HEADER "%s\n", line(port, SW_TCP_ESTABLISHED, inode));
	tree_put_text(&f->tree, name, text);
}

static void vanish(struct fixture *f)
{
	for (int i = 0; i < 2 && f->vanish[i]; i++)
		tree_drop(&f->tree, f->vanish[i]);
	if (f->moves)
		put_netns(f, f->moves, NS_B);
}

static int count_step(void *arg)
{
	struct fixture *f = arg;

	f->steps++;
	if (f->steps == f->vanish_at)
		vanish(f);
	return f->steps == f->stop_at ? f->stop_with : 0;
}

int take(struct fixture *f)
{
	struct proc_snapshot_opts opts = { .proc_fd = f->tree.fd,
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

void assert_gaps(const struct fixture *f, uint32_t hidden, uint32_t lines, uint32_t tables)
{
	assert_int_equal(f->gaps.hidden_processes, hidden);
	assert_int_equal(f->gaps.bad_lines, lines);
	assert_int_equal(f->gaps.bad_tables, tables);
}

const struct sw_row *row_at(const struct fixture *f, uint32_t netns, uint16_t port)
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

const struct holder *holder_of(const struct fixture *f, const struct sw_row *row, uint32_t i)
{
	assert_true(i < row->n_holders);
	assert_true(row->first_holder + i < f->s.n_holders);
	return &f->s.holders[row->first_holder + i];
}

void assert_holder(const struct fixture *f, const struct sw_row *row, uint32_t i, uint32_t pid,
		   int fd)
{
	assert_int_equal(holder_of(f, row, i)->pid, pid);
	assert_int_equal(holder_of(f, row, i)->fd, fd);
}
