// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trees of directories in place of cgroups and of /run/netns. Only cgroup2 opens by handle: the
 * live tests do that, here the tree is walked.
 */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc/cgroup.h"
#include "proc/cgroup_root.h"
#include "proc/netns_names.h"

#define SEC (uint64_t)1000000000
#define NOW (100 * SEC)

struct fixture {
	struct tree tree;
	char netns[64];
	int root_fd;
	int proc_fd;
	struct cgroup_cache *cache;
};

static uint64_t put_cgroup(const struct fixture *f, const char *name)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "cgroup/%s", name);
	tree_put_dir(&f->tree, path);
	assert_int_equal(fstatat(f->tree.fd, path, &st, 0), 0);
	return st.st_ino;
}

/* A process that started 5 s after boot. */
static void put_process(const struct fixture *f, uint32_t pid, const char *cgroup)
{
	char name[64], stat[256];

	snprintf(name, sizeof(name), "proc/%u", pid);
	tree_put_dir(&f->tree, name);
	snprintf(stat, sizeof(stat), "%u (x) S 1 1 1 0 -1 4194304 99 0 0 0 1 2 3 4 20 0 1 0 %ld 9",
		 pid, 5 * sysconf(_SC_CLK_TCK));
	snprintf(name, sizeof(name), "proc/%u/stat", pid);
	tree_put_text(&f->tree, name, stat);
	snprintf(name, sizeof(name), "proc/%u/cgroup", pid);
	tree_put_text(&f->tree, name, cgroup);
}

/* What a path says here: its last name, when that begins with an x. */
static void *describe(const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	return *name == 'x' ? strdup(name) : NULL;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (!f || tree_make(&f->tree))
		return -1;
	tree_put_dir(&f->tree, "cgroup");
	tree_put_dir(&f->tree, "proc/self/fd");
	f->root_fd = openat(f->tree.fd, "cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f->proc_fd = openat(f->tree.fd, "proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f->cache = cgroup_cache_new(f->root_fd, f->proc_fd, describe);
	snprintf(f->netns, sizeof(f->netns), "%s/netns", f->tree.path);
	return f->cache ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tree_remove(&f->tree);
	cgroup_cache_free(f->cache);
	close(f->root_fd);
	close(f->proc_fd);
	free(f);
	return 0;
}

static void assert_text(const char *got, const char *want)
{
	if (want) {
		assert_non_null(got);
		assert_string_equal(got, want);
	} else {
		assert_null(got);
	}
}

static void assert_place(struct fixture *f, uint64_t now_ns, uint64_t id, uint32_t pid,
			 uint64_t start_ns, const char *path, const char *facts)
{
	struct cgroup_owner owner = { .pid = pid, .start_ns = start_ns };
	struct cgroup_place place;

	cgroup_cache_get(f->cache, id, &owner, now_ns, &place);
	assert_text(place.path, path);
	assert_text(place.facts, facts);
}

/* --- by id --- */

TEST_SETUP(cgroup__is_found_by_its_id)
{
	struct fixture *f = *state;
	uint64_t root = put_cgroup(f, "."), a = put_cgroup(f, "a"), b = put_cgroup(f, "a/b/xc");

	assert_place(f, NOW, b, 0, 0, "/a/b/xc", "xc");
	assert_place(f, NOW + SEC, a, 0, 0, "/a", NULL);
	assert_place(f, NOW + SEC, root, 0, 0, "/", NULL);
	assert_place(f, NOW + SEC, 0, 0, 0, NULL, NULL);
}

TEST_SETUP(cgroup__that_was_removed_is_remembered)
{
	struct fixture *f = *state;
	uint64_t id = put_cgroup(f, "a/xb");

	assert_place(f, NOW, id, 0, 0, "/a/xb", "xb");
	tree_drop(&f->tree, "cgroup/a");
	assert_place(f, NOW + 100 * SEC, id, 0, 0, "/a/xb", "xb");
}

TEST_SETUP(cgroup__of_the_owner_is_asked_for_first_and_held_against_its_id)
{
	struct fixture *f = *state;
	uint64_t a, b;

	assert_place(f, NOW, 1, 0, 0, NULL, NULL); /* a walk was made: there is no other soon */
	a = put_cgroup(f, "a/xb");
	b = put_cgroup(f, "b");
	put_process(f, 10, "0::/a/xb\n");
	assert_place(f, NOW + 1, a, 10, 5 * SEC, "/a/xb", "xb");
	put_process(f, 11, "0::/a/xb\n");
	assert_place(f, NOW + 2 * SEC, b, 11, 5 * SEC, "/b", NULL);
}

TEST_SETUP(cgroup__walk_goes_on_where_it_stopped)
{
	struct fixture *f = *state;
	bool found = false;
	char name[32];
	uint64_t id = 0;

	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "many/%d", i);
		id = put_cgroup(f, name);
	}
	for (uint64_t step = 0; step < 24; step++) {
		struct cgroup_owner nobody = { 0 };
		struct cgroup_place place;

		cgroup_cache_get(f->cache, step % 2 ? id : 1 + step, &nobody, NOW + step * SEC,
				 &place);
		found = found || (step % 2 && place.path);
	}
	assert_true(found);
}

TEST_SETUP(cgroup__unknown_is_looked_for_once_a_second)
{
	struct fixture *f = *state;
	uint64_t id;

	assert_place(f, NOW, 1, 0, 0, NULL, NULL);
	id = put_cgroup(f, "new");
	assert_place(f, NOW + SEC / 8, id, 0, 0, NULL, NULL);
	assert_place(f, NOW + SEC, 1, 0, 0, NULL, NULL);
	assert_place(f, NOW + 2 * SEC, id, 0, 0, "/new", NULL);
}

TEST_SETUP(cgroup__deep_trees_end)
{
	struct fixture *f = *state;
	char path[256] = "d";
	uint64_t id;

	for (int i = 1; i < 60; i++)
		strcat(path, "/d");
	id = put_cgroup(f, path);
	assert_place(f, NOW, id, 0, 0, NULL, NULL);
}

TEST_SETUP(cgroup__what_the_kernel_made_is_not_taken_below_another_root)
{
	struct fixture *f = *state;

	cgroup_cache_learn(f->cache, 4711, "/above/xc", NOW);
	assert_place(f, NOW, 4711, 0, 0, NULL, NULL);
}

TEST_SETUP(cgroup__process_tells_the_id_of_its_cgroup_of_v2)
{
	struct fixture *f = *state;
	uint64_t root = put_cgroup(f, "."), b = put_cgroup(f, "a/b");
	const struct cgroup_owner first = { .pid = 10 }, second = { .pid = 11 },
				  third = { .pid = 12 };

	put_process(f, 10, "4:memory:/x\n0::/a/b\n");
	put_process(f, 11, "0::/\n");
	put_process(f, 12, "4:memory:/x\n");
	assert_int_equal(cgroup_cache_process(f->cache, &first, NOW), b);
	assert_int_equal(cgroup_cache_process(f->cache, &second, NOW), root);
	assert_int_equal(cgroup_cache_process(f->cache, &third, NOW), 0);
	assert_int_equal(cgroup_cache_process(f->cache, &(struct cgroup_owner){ 0 }, NOW), 0);
}

/* --- by process --- */

TEST_SETUP(cgroup__of_v1_tells_what_v2_does_not)
{
	struct fixture *f = *state;
	uint64_t root = put_cgroup(f, "."), a = put_cgroup(f, "a");

	put_process(f, 10, "9:name=systemd:/a:b\n4:memory:/docker/xyz\n3:cpu:/xother\n0::/\n");
	assert_place(f, NOW, root, 10, 5 * SEC, "/docker/xyz", "xyz");
	assert_place(f, NOW, 0, 10, 5 * SEC, "/docker/xyz", "xyz");
	assert_place(f, NOW, a, 10, 5 * SEC, "/a", NULL);
	put_process(f, 11, "4:memory:/a\n0::/\n");
	assert_place(f, NOW, root, 11, 5 * SEC, "/", NULL);
	put_process(f, 12, "0::/xv2\n");
	assert_place(f, NOW, 0, 12, 0, "/xv2", "xv2");
	put_process(f, 13, "\nnonsense\n:\n::\n4:memory:\n");
	assert_place(f, NOW, 0, 13, 0, NULL, NULL);
	assert_place(f, NOW, root, 13, 0, "/", NULL);
}

TEST_SETUP(cgroup__of_a_reused_pid_is_not_taken)
{
	struct fixture *f = *state;

	put_process(f, 10, "0::/xa\n");
	assert_place(f, NOW, 0, 10, 4 * SEC, NULL, NULL);
	assert_place(f, NOW, 0, 10, 5 * SEC, "/xa", "xa");
	tree_drop(&f->tree, "proc/10");
	assert_place(f, NOW + 5 * SEC, 0, 10, 5 * SEC, "/xa", "xa");
	assert_place(f, NOW + 5 * SEC, 0, 10, 9 * SEC, NULL, NULL);
}

TEST_SETUP(cgroup__of_a_moved_process_is_seen_a_second_later)
{
	struct fixture *f = *state;

	put_process(f, 10, "0::/xa\n");
	assert_place(f, NOW, 0, 10, 0, "/xa", "xa");
	put_process(f, 10, "0::/xb\n");
	assert_place(f, NOW + SEC / 2, 0, 10, 0, "/xa", "xa");
	assert_place(f, NOW + SEC, 0, 10, 0, "/xb", "xb");
}

TEST_SETUP(cgroup__without_a_root_the_process_tells)
{
	struct fixture *f = *state;
	struct cgroup_cache *before = f->cache;

	f->cache = cgroup_cache_new(-1, f->proc_fd, describe);
	put_process(f, 10, "4:memory:/xa\n");
	assert_place(f, NOW, 77, 10, 5 * SEC, "/xa", "xa");
	cgroup_cache_free(f->cache);
	cgroup_cache_free(NULL);
	f->cache = before;
}

/* --- by a path --- */

TEST(cgroup__only_a_path_below_the_root_names_one)
{
	int root = cgroup_root_open();
	uint64_t id = 7;
	struct stat st;

	if (root < 0)
		skip();
	assert_int_equal(cgroup_find("no-cgroup-has-this-name", &id), -ENOENT);
	assert_int_equal(cgroup_find("../../../proc", &id), -ENOENT);
	assert_int_equal(cgroup_find("/proc", &id), -ENOENT);
	assert_int_equal(cgroup_find("cgroup.procs", &id), -ENOENT);
	assert_int_equal(id, 7);
	assert_int_equal(fstat(root, &st), 0);
	assert_int_equal(cgroup_find("/", &id), 0);
	assert_int_equal(id, st.st_ino);
	close(root);
}

/* --- names of network namespaces --- */

static uint32_t put_netns(const struct fixture *f, const char *name)
{
	char path[64];
	struct stat st;

	tree_put_dir(&f->tree, "netns");
	snprintf(path, sizeof(path), "netns/%s", name);
	tree_put_text(&f->tree, path, "");
	assert_int_equal(fstatat(f->tree.fd, path, &st, 0), 0);
	return (uint32_t)st.st_ino;
}

TEST_SETUP(netns__has_its_name)
{
	struct fixture *f = *state;
	uint32_t a = put_netns(f, "blue"), b = put_netns(f, "red");
	struct netns_names *n = netns_names_new(f->netns);

	assert_text(netns_names_get(n, a, NOW), "blue");
	assert_text(netns_names_get(n, b, NOW), "red");
	assert_null(netns_names_get(n, 1, NOW));
	assert_null(netns_names_get(n, 0, NOW));
	netns_names_free(n);
	netns_names_free(NULL);
}

TEST_SETUP(netns__new_name_is_seen)
{
	struct fixture *f = *state;
	struct netns_names *n = netns_names_new(f->netns);
	uint32_t a;

	assert_null(netns_names_get(n, 1, NOW));
	a = put_netns(f, "blue");
	assert_text(netns_names_get(n, a, NOW + 1), "blue"); /* never asked for before */
	netns_names_free(n);
}

TEST_SETUP(netns__reused_number_loses_the_name)
{
	struct fixture *f = *state;
	uint32_t a = put_netns(f, "blue");
	struct netns_names *n = netns_names_new(f->netns);

	assert_text(netns_names_get(n, a, NOW), "blue");
	tree_drop(&f->tree, "netns/blue");
	assert_null(netns_names_get(n, a, NOW + SEC));
	tree_drop(&f->tree, "netns");
	assert_null(netns_names_get(n, a, NOW + 3 * SEC));
	netns_names_free(n);
}

TEST_SETUP(netns__number_that_is_used_again_has_its_new_name)
{
	struct fixture *f = *state;
	uint32_t a = put_netns(f, "blue");
	struct netns_names *n = netns_names_new(f->netns);

	assert_text(netns_names_get(n, a, NOW), "blue");
	assert_int_equal(renameat(f->tree.fd, "netns/blue", f->tree.fd, "netns/red"), 0);
	assert_text(netns_names_get(n, a, NOW + SEC / 500), "red");
	tree_drop(&f->tree, "netns/red");
	assert_null(netns_names_get(n, a, NOW + SEC / 250));
	netns_names_free(n);
}

TEST_SETUP(netns__many_without_a_name_are_bounded)
{
	struct fixture *f = *state;
	uint32_t a = put_netns(f, "blue");
	struct netns_names *n = netns_names_new(f->netns);

	for (uint32_t i = 0; i < 20000; i++)
		assert_null(netns_names_get(n, a + 1 + i, NOW + i));
	assert_text(netns_names_get(n, a, NOW), "blue");
	assert_text(netns_names_get(n, a, NOW + 5 * SEC), "blue");
	netns_names_free(n);
}
