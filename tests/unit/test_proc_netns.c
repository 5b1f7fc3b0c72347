// SPDX-License-Identifier: GPL-2.0-only
/* Snapshots of /proc: namespaces and the processes that lead there, of which some end meanwhile. */
#include "proc_fixture.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc/netns.h"

#define NOBODY 65534

PROC_TEST(proc__unreadable_table_counts_whoever_is_asked_first)
{
	struct fixture *f = *state;

	put_netns(f, "10", NS_A);
	put_netns(f, "20", NS_A);
	put_netns(f, "self", NS_A);
	tree_put_link(&f->tree, "self/net/tcp",
		      "tcp"); /* asked before the others, which have no table */
	assert_int_equal(take(f), 0);
	assert_gaps(f, 0, 0, 1);
}

PROC_TEST(proc__table_is_read_through_any_process_that_can)
{
	struct fixture *f = *state;

	for (int pid = 10; pid < 14; pid++) {
		char name[32];

		snprintf(name, sizeof(name), "%d", pid);
		put_netns(f, name, NS_A);
		if (pid == 12)
			put_table(f, name, 80, 5);
		else
			tree_put_link(&f->tree, strcat(name, "/net/tcp"), "tcp");
	}
	assert_int_equal(take(f), 0);
	assert_int_equal(f->s.n_rows, 1);
	assert_gaps(f, 0, 0, 0);
}

PROC_TEST(proc__each_namespace_is_read_once)
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
	assert_holder(f, row_at(f, NS_A, 80), 0, 11, 3);
	assert_holder(f, row_at(f, NS_B, 80), 0, 12, 4);
}

PROC_TEST(proc__process_that_vanishes_is_no_error)
{
	struct fixture *f = *state;

	tree_put_dir(&f->tree, "7"); /* ended: nothing left to look up */
	tree_put_text(&f->tree, "12three/net", "");
	tree_put_text(&f->tree, "sys/net", "");
	put_netns(f, "10", NS_A);
	put_table(f, "10", 80, 5);
	assert_int_equal(take(f), 0);
	assert_int_equal(f->s.n_rows, 1);
	assert_gaps(f, 0, 0, 0);
}

PROC_TEST(proc__next_process_serves_when_the_first_vanishes)
{
	static const char *const both[] = { "10", "20" };
	struct fixture *f = *state;

	for (int i = 0; i < 2; i++) {
		if (i)
			assert_int_equal(proc_teardown(state) || proc_setup(state), 0);
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

PROC_TEST(proc__namespace_whose_processes_all_vanished_is_no_gap)
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

PROC_TEST(proc__table_of_a_process_that_changed_namespace_is_not_read)
{
	struct fixture *f = *state;

	put_netns(f, "10", NS_A);
	put_table(f, "10", 80, 5);
	tree_put_link(&f->tree, "10/net/tcp6", "tcp6"); /* not even counted as unreadable */
	f->vanish_at = 1;
	f->moves = "10";
	assert_int_equal(take(f), 0);
	assert_int_equal(f->s.n_rows, 0);
	assert_gaps(f, 0, 0, 0);
}

PROC_TEST(proc__own_namespace_is_read_when_no_other_is_known)
{
	struct fixture *f = *state;

	put_socket(f, 10, 3, 5);
	put_netns(f, "self", NS_A);
	put_table(f, "self", 80, 5);
	assert_int_equal(take(f), 0);
	assert_int_equal(f->s.n_rows, 1);
	assert_holder(f, row_at(f, NS_A, 80), 0, 10, 3);
}

PROC_TEST(proc__process_with_unreadable_descriptors_is_hidden_once)
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
	tree_put_text(&f->tree, "40/fd/0", "");
	assert_int_equal(chmod(f->tree.path, 0755), 0);
	assert_int_equal(fchmodat(f->tree.fd, "20/ns", 0, 0), 0);
	assert_int_equal(fchmodat(f->tree.fd, "40/ns", 0, 0),
			 0); /* its namespace alone is no gap */
	assert_int_equal(fchmodat(f->tree.fd, "20/fd", 0, 0), 0);
	assert_int_equal(fchmodat(f->tree.fd, "30/fd", 0444, 0), 0); /* listed, not followed */
	if (root)
		assert_int_equal(seteuid(NOBODY), 0);
	assert_int_equal(take(f), 0);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(fchmodat(f->tree.fd, "20/ns", 0755, 0), 0);
	assert_int_equal(fchmodat(f->tree.fd, "40/ns", 0755, 0), 0);
	assert_int_equal(fchmodat(f->tree.fd, "20/fd", 0755, 0), 0);
	assert_int_equal(fchmodat(f->tree.fd, "30/fd", 0755, 0), 0);
	assert_gaps(f, 2, 0, 0);
	assert_int_equal(row_at(f, NS_A, 80)->n_holders, 1);
	assert_holder(f, row_at(f, NS_A, 80), 0, 10, 3);
}

PROC_TEST(proc__directory_that_cannot_be_read_is_an_error)
{
	struct fixture *f = *state;
	struct proc_snapshot_opts opts = { .proc_fd = -1, .tcp = true, .ipv4 = true };

	memset(&f->gaps, 0xa5, sizeof(f->gaps));
	assert_int_equal(proc_snapshot(&opts, &f->s, &f->gaps), -EBADF);
	assert_gaps(f, 0, 0, 0);
	assert_int_equal(f->s.n_rows, 0);
}

PROC_TEST(netns__each_is_found_once_our_own_first)
{
	const struct fixture *f = *state;
	struct netns_set set = { 0 };
	char names[64];

	put_netns(f, "self", NS_B);
	put_netns(f, "7", NS_A);
	put_netns(f, "8", NS_B);
	put_netns(f, "9", NS_A);
	tree_put_text(&f->tree, "10/comm", "has ended\n");
	snprintf(names, sizeof(names), "%s/none", f->tree.path);
	assert_int_equal(netns_set_scan(&set, f->tree.fd, names), 0);
	assert_int_equal(set.n, 2);
	assert_int_equal(set.all[0].inode, NS_B);
	assert_int_equal(set.all[1].inode, NS_A);
	assert_int_equal(set.hidden, 0);
	netns_set_free(&set);
}

PROC_TEST(netns__one_that_only_has_a_name_is_found_and_opened)
{
	const struct fixture *f = *state;
	struct netns_set set = { 0 };
	char names[64];
	struct stat st;
	int fd;

	put_netns(f, "self", NS_A);
	tree_put_link(&f->tree, "run/netns/blue", "/proc/self/ns/net");
	tree_put_text(&f->tree, "run/netns/left-over", ""); /* nothing is mounted there */
	snprintf(names, sizeof(names), "%s/run/netns", f->tree.path);
	assert_int_equal(fstatat(f->tree.fd, "run/netns/blue", &st, 0), 0);
	assert_int_equal(netns_set_scan(&set, f->tree.fd, names), 0);
	assert_int_equal(set.n, 2);
	assert_int_equal(set.all[1].inode, st.st_ino);
	assert_non_null(strstr(set.all[1].path, "/run/netns/blue"));
	fd = netns_open(f->tree.fd, &set.all[1]);
	assert_true(fd >= 0);
	close(fd);
	/* the name is given to another one */
	tree_put_link(&f->tree, "run/netns/blue", "/proc/self/ns/mnt");
	assert_int_equal(netns_open(f->tree.fd, &set.all[1]), -ENOENT);
	netns_set_free(&set);
}

/* As another tool that looks at all of them does: it is seen in one for a moment. */
PROC_TEST(netns__a_visitor_that_has_left_hides_no_other_way_in)
{
	const struct fixture *f = *state;
	struct netns_set set = { 0 };
	int fd, sock = socket(AF_INET, SOCK_DGRAM, 0);
	struct stat st;
	char names[64];

	assert_int_equal(stat("/proc/self/ns/net", &st), 0);
	snprintf(names, sizeof(names), "%s/none", f->tree.path);
	put_netns(f, "self", NS_A);
	put_netns(f, "7", (uint32_t)st.st_ino);
	assert_int_equal(netns_set_scan(&set, f->tree.fd, names), 0);
	assert_int_equal(unlinkat(f->tree.fd, "7/ns/net", 0), 0);
	assert_int_equal(netns_open(f->tree.fd, &set.all[1]), -ENOENT);
	assert_int_equal(netns_set_add_held(&set, (uint32_t)st.st_ino, (uint32_t)getpid(), sock),
			 0);
	assert_int_equal(set.n, 2);
	fd = netns_open(f->tree.fd, &set.all[1]);
	if (fd != -EPERM) /* SIOCGSKNS takes rights */
		assert_true(fd >= 0);
	close(fd);
	set.all[1].holder_pid = 0;
	tree_put_link(&f->tree, "run/netns/blue", "/proc/self/ns/net");
	snprintf(names, sizeof(names), "%s/run/netns", f->tree.path);
	assert_int_equal(netns_set_add_names(&set, names), 0);
	fd = netns_open(f->tree.fd, &set.all[1]);
	assert_true(fd >= 0);
	close(fd);
	close(sock);
	netns_set_free(&set);
}

PROC_TEST(netns__one_whose_processes_ended_is_gone)
{
	const struct fixture *f = *state;
	struct netns_set set = { 0 };

	put_netns(f, "self", NS_A);
	put_netns(f, "7", NS_B);
	assert_int_equal(netns_set_scan(&set, f->tree.fd, "/none"), 0);
	assert_int_equal(set.n, 2);
	assert_int_equal(unlinkat(f->tree.fd, "7/ns/net", 0), 0);
	assert_int_equal(netns_open(f->tree.fd, &set.all[1]), -ENOENT);
	netns_set_free(&set);
}

PROC_TEST(netns__one_alone_is_kept)
{
	const struct fixture *f = *state;
	struct netns_set set = { 0 };

	put_netns(f, "self", NS_A);
	put_netns(f, "7", NS_B);
	assert_int_equal(netns_set_scan(&set, f->tree.fd, "/none"), 0);
	assert_int_equal(netns_set_keep(&set, NS_B), 0);
	assert_int_equal(set.n, 1);
	assert_int_equal(set.all[0].inode, NS_B);
	assert_int_equal(netns_set_add(&set, NS_B, 8), 0); /* it is found where it is now */
	assert_int_equal(set.n, 1);
	assert_int_equal(set.all[0].n_pids, 2);
	assert_int_equal(netns_set_keep(&set, NS_A), 0);
	assert_int_equal(set.n, 0);
	netns_set_free(&set);
}
