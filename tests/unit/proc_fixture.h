/* SPDX-License-Identifier: GPL-2.0-only */
/* Directories that look like /proc, and snapshots taken of them. */
#ifndef SOCKWATCH_TESTS_PROC_FIXTURE_H
#define SOCKWATCH_TESTS_PROC_FIXTURE_H

#include "tree.h"

#include "core/row.h"
#include "proc/snapshot.h"

#define HEADER "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n"
#define NS_A 4026531840u
#define NS_B 4026532999u

struct fixture {
	struct tree tree;
	struct snapshot s;
	struct proc_snapshot_gaps gaps;
	/* of take()'s step */
	int steps;
	int stop_at; /* the step that stops; 0: none */
	int stop_with;
	int vanish_at; /* the step in which the processes of vanish end; 0: none */
	const char *vanish[2];
	const char *moves; /* a process that is in NS_B after that step */
};

int proc_setup(void **state);
int proc_teardown(void **state);

#define PROC_TEST(name) TEST_WITH(name, proc_setup, proc_teardown)

void put_netns(const struct fixture *f, const char *pid, uint32_t inode);
void put_socket(const struct fixture *f, int pid, int fd, uint64_t inode);

/* One line of net/tcp: 127.0.0.1:port -> 127.0.0.1:443. Static, until the next call. */
const char *line(unsigned int port, unsigned int tcp_state, uint64_t inode);

/* PID/net/tcp of a header and one established socket. */
void put_table(const struct fixture *f, const char *pid, unsigned int port, uint64_t inode);

/* Takes a snapshot of TCP, anew. */
int take(struct fixture *f);

void assert_gaps(const struct fixture *f, uint32_t hidden, uint32_t lines, uint32_t tables);

/* The one row of a local port; there must be one. */
const struct sw_row *row_at(const struct fixture *f, uint32_t netns, uint16_t port);

const struct holder *holder_of(const struct fixture *f, const struct sw_row *row, uint32_t i);
void assert_holder(const struct fixture *f, const struct sw_row *row, uint32_t i, uint32_t pid,
		   int fd);

#endif
