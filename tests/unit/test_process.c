// SPDX-License-Identifier: GPL-2.0-only
/* Processes of a directory that looks like /proc, and what is remembered of those that ended. */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event.h"
#include "proc/process.h"
#include "proc/process_cache.h"

#define MS (uint64_t)1000000
#define SEC (uint64_t)1000000000
#define NOW (100 * SEC)

struct fixture {
	struct tree tree;
	struct process_cache *cache;
};

/* --- building a fixture --- */

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (!f || tree_make(&f->tree))
		return -1;
	f->cache = process_cache_new(f->tree.fd);
	return f->cache ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	process_cache_free(f->cache);
	if (tree_remove(&f->tree))
		return -1;
	free(f);
	return 0;
}

static const char *path_in(uint32_t pid, const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%u/%s", pid, name);
	return path;
}

static void put_exe(const struct fixture *f, uint32_t pid, const char *target)
{
	tree_put_link(&f->tree, path_in(pid, "exe"), target);
}

static void put_bytes(const struct fixture *f, uint32_t pid, const char *name, const char *data,
		      size_t len)
{
	tree_put_bytes(&f->tree, path_in(pid, name), data, len);
}

/* So long after boot; its name is one that could mislead. */
static void put_stat(const struct fixture *f, uint32_t pid, uint64_t start_ns, uint32_t ppid)
{
	char stat[256];
	uint64_t ticks = start_ns / (SEC / (uint64_t)sysconf(_SC_CLK_TCK));
	int n = snprintf(
		stat, sizeof(stat),
		"%u (a) b (c) S %u 1 1 0 -1 4194304 99 0 0 0 1 2 3 4 20 0 1 0 %llu 9000 88", pid,
		ppid, (unsigned long long)ticks);

	put_bytes(f, pid, "stat", stat, (size_t)n);
}

static void put_process(const struct fixture *f, uint32_t pid, uint64_t start_ns, const char *exe,
			const char *cmdline)
{
	put_exe(f, pid, exe);
	put_stat(f, pid, start_ns, 1);
	put_bytes(f, pid, "cmdline", cmdline, strlen(cmdline));
}

static void put_text(const struct fixture *f, uint32_t pid, const char *name, const char *text)
{
	put_bytes(f, pid, name, text, strlen(text));
}

static void end_process(const struct fixture *f, uint32_t pid)
{
	tree_drop(&f->tree, path_in(pid, ""));
}

static void note_exec(struct fixture *f, uint32_t pid, uint64_t start_ns, const char *filename,
		      const char *args, uint32_t args_len)
{
	struct sw_exec exec = { .pid = pid,
				.start_ns = start_ns,
				.args_len = args_len,
				.origin.login_uid = SW_NO_LOGIN };

	strcpy(exec.comm, "tool");
	strcpy(exec.filename, filename);
	memcpy(exec.args, args, args_len);
	process_cache_note_exec(f->cache, &exec, NOW);
}

static void note_fork(struct fixture *f, uint32_t parent, uint32_t child)
{
	process_cache_note_fork(f->cache,
				&(struct sw_fork){ .parent_pid = parent,
						   .child_pid = child,
						   .origin.login_uid = SW_NO_LOGIN },
				NOW);
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

static void assert_known_at(struct fixture *f, uint64_t now_ns, uint32_t pid, uint64_t start_ns,
			    const char *name, const char *exe, const char *cmdline)
{
	struct process_facts facts;
	char comm[SW_COMM_LEN] = "";

	strcpy(comm, name);
	process_cache_get(f->cache, pid, start_ns, comm, now_ns, &facts);
	assert_text(facts.exe, exe);
	assert_text(facts.cmdline, cmdline);
	if (start_ns)
		assert_true(facts.start_ns == start_ns);
}

static void assert_known(struct fixture *f, uint32_t pid, uint64_t start_ns, const char *exe,
			 const char *cmdline)
{
	assert_known_at(f, NOW, pid, start_ns, "tool", exe, cmdline);
}

/* --- process_read() --- */

static void assert_process(const struct fixture *f, uint32_t pid, const char *want_exe,
			   const char *want_cmdline)
{
	struct process p;

	assert_int_equal(process_read(f->tree.fd, pid, &p), 0);
	assert_text(p.exe, want_exe);
	assert_text(p.cmdline, want_cmdline);
	process_free(&p);
}

TEST_SETUP(process__arguments_are_separated_by_blanks)
{
	struct fixture *f = *state;

	put_exe(f, 10, "/usr/bin/curl (deleted)");
	put_bytes(f, 10, "cmdline", "curl\0-s\0\0a b\x1b\n\0\0\0", 17);
	assert_process(f, 10, "/usr/bin/curl (deleted)", "curl -s  a b\x1b\n");
}

TEST_SETUP(process__kernel_thread_has_neither)
{
	struct fixture *f = *state;

	put_bytes(f, 2, "cmdline", "", 0);
	assert_process(f, 2, NULL, NULL);
}

TEST_SETUP(process__that_vanished_has_neither)
{
	struct fixture *f = *state;

	assert_process(f, 4711, NULL, NULL);
}

TEST_SETUP(process__long_command_line_is_cut)
{
	struct fixture *f = *state;
	char text[5000], want[4097] = { 0 };

	memset(text, 'x', sizeof(text));
	memset(want, 'x', sizeof(want) - 1);
	put_bytes(f, 10, "cmdline", text, sizeof(text));
	assert_process(f, 10, NULL, want);
}

TEST_SETUP(process__long_executable_is_whole)
{
	struct fixture *f = *state;
	char target[1000] = { 0 };

	memset(target, 'd', sizeof(target) - 1);
	target[0] = '/';
	put_exe(f, 10, target);
	assert_process(f, 10, target, NULL);
}

TEST_SETUP(process__real_proc_tells_our_own)
{
	struct process p;
	char want[PATH_MAX];
	int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ssize_t n = readlink("/proc/self/exe", want, sizeof(want) - 1);

	assert_true(fd >= 0 && n > 0);
	want[n] = '\0';
	assert_int_equal(process_read(fd, (uint32_t)getpid(), &p), 0);
	assert_string_equal(p.exe, want);
	assert_true(strncmp(p.cmdline, program_invocation_name, strlen(program_invocation_name)) ==
		    0);
	assert_true(p.start_ns > 0);
	process_free(&p);
	close(fd);
}

TEST_SETUP(process__start_is_field_22_whatever_the_name_is)
{
	struct fixture *f = *state;
	struct process p;

	put_process(f, 10, 5 * SEC + 20 * MS, "/x", "x");
	assert_int_equal(process_read(f->tree.fd, 10, &p), 0);
	assert_true(p.start_ns == 5 * SEC + 20 * MS);
	process_free(&p);
	put_bytes(f, 10, "stat", "10 (x) S 1", 10);
	assert_int_equal(process_read(f->tree.fd, 10, &p), 0);
	assert_true(p.start_ns == 0);
	process_free(&p);
}

static void assert_origin(const struct process_origin *o, uint32_t ppid, const char *parent_comm,
			  uint32_t login_uid)
{
	assert_int_equal(o->ppid, ppid);
	assert_string_equal(o->parent_comm, parent_comm);
	assert_int_equal(o->has_login_uid, login_uid != SW_NO_LOGIN);
	assert_int_equal(o->login_uid, o->has_login_uid ? login_uid : 0);
}

static void assert_comes_from(const struct fixture *f, uint32_t pid, uint32_t ppid,
			      const char *parent_comm, uint32_t login_uid)
{
	struct process p;

	assert_int_equal(process_read(f->tree.fd, pid, &p), 0);
	assert_origin(&p.origin, ppid, parent_comm, login_uid);
	process_free(&p);
}

TEST_SETUP(process__parent_and_login)
{
	struct fixture *f = *state;

	put_stat(f, 10, SEC, 9);
	assert_comes_from(f, 10, 9, "", SW_NO_LOGIN);
	put_text(f, 9, "comm", "ba\nsh (x)\n");
	put_text(f, 10, "loginuid", "1000");
	assert_comes_from(f, 10, 9, "ba\nsh (x)", 1000);
	put_text(f, 9, "comm", "a kernel's longer name\n");
	put_text(f, 10, "loginuid", "0\n");
	assert_comes_from(f, 10, 9, "a kernel's long", 0);
	put_text(f, 10, "loginuid", "4294967295");
	assert_comes_from(f, 10, 9, "a kernel's long", SW_NO_LOGIN);
	put_stat(f, 10, SEC, 0);
	assert_comes_from(f, 10, 0, "", SW_NO_LOGIN);
}

/* --- the cache --- */

TEST_SETUP(cache__process_that_ended_keeps_its_facts)
{
	struct fixture *f = *state;

	put_process(f, 10, SEC, "/usr/bin/curl", "curl -s");
	assert_known(f, 10, SEC, "/usr/bin/curl", "curl -s");
	end_process(f, 10);
	for (uint64_t s = 0; s < 100; s++)
		assert_known_at(f, NOW + s * SEC, 10, SEC, s % 2 ? "tool" : "other",
				"/usr/bin/curl", "curl -s");
}

TEST_SETUP(cache__start_within_a_tick_is_the_same_process)
{
	struct fixture *f = *state;

	put_process(f, 10, 5 * SEC, "/usr/bin/curl", "curl");
	assert_known(f, 10, 5 * SEC + 9 * MS, "/usr/bin/curl", "curl");
	assert_known(f, 10, 5 * SEC + 9 * MS + 1, "/usr/bin/curl", "curl");
}

TEST_SETUP(cache__reused_pid_has_no_facts_of_the_one_before)
{
	struct fixture *f = *state;

	put_process(f, 10, 5 * SEC, "/usr/bin/old", "old");
	assert_known(f, 10, 5 * SEC, "/usr/bin/old", "old");
	put_process(f, 10, 50 * SEC, "/usr/bin/new", "new");
	assert_known(f, 10, 50 * SEC, "/usr/bin/new", "new");
	assert_known(f, 10, 5 * SEC, "/usr/bin/old", "old");
	assert_known(f, 10, 30 * SEC, NULL, NULL); /* between both: gone, never seen */
	end_process(f, 10);
	assert_known(f, 10, 60 * SEC, NULL, NULL);
}

TEST_SETUP(cache__unknown_start_goes_by_name_and_is_learned)
{
	struct fixture *f = *state;
	struct process_facts facts;
	char comm[SW_COMM_LEN] = "tool";

	put_process(f, 10, 5 * SEC, "/usr/bin/old", "old");
	process_cache_get(f->cache, 10, 0, comm, NOW, &facts);
	assert_text(facts.exe, "/usr/bin/old");
	assert_true(facts.start_ns == 5 * SEC);
	put_process(f, 10, 50 * SEC, "/usr/bin/new", "new");
	assert_known_at(f, NOW, 10, 0, "other", "/usr/bin/new", "new");
	put_process(f, 10, 60 * SEC, "/usr/bin/third", "third"); /* with the same name */
	assert_known_at(f, NOW + 2 * SEC, 10, 0, "other", "/usr/bin/third", "third");
	end_process(f, 10);
	assert_known_at(f, NOW + 4 * SEC, 10, 0, "other", "/usr/bin/third", "third");
	assert_known_at(f, NOW + 4 * SEC, 10, 0, "stranger", NULL, NULL);
}

TEST_SETUP(cache__process_that_renamed_itself_is_read_again)
{
	struct fixture *f = *state;

	put_process(f, 10, 5 * SEC, "/bin/sh", "sh");
	assert_known(f, 10, 5 * SEC, "/bin/sh", "sh");
	put_process(f, 10, 5 * SEC, "/usr/bin/nc", "nc -l");
	assert_known_at(f, NOW + MS, 10, 5 * SEC, "nc", "/bin/sh",
			"sh"); /* at most once a second */
	assert_known_at(f, NOW + 2 * SEC, 10, 5 * SEC, "nc", "/usr/bin/nc", "nc -l");
}

TEST_SETUP(cache__exec_of_a_process_that_is_gone)
{
	struct fixture *f = *state;

	note_exec(f, 10, 99 * SEC, "/usr/bin/true", "true\0a b\0\0", 10);
	assert_known(f, 10, 99 * SEC, "/usr/bin/true", "true a b");
	assert_known(f, 10, 98 * SEC, NULL, NULL);
	note_exec(f, 11, 99 * SEC, "./x", "", 0);
	assert_known(f, 11, 99 * SEC, "./x", NULL);
	note_exec(f, 12, 99 * SEC, "", "", 0);
	assert_known(f, 12, 99 * SEC, NULL, NULL);
}

TEST_SETUP(cache__exec_reads_the_real_path_at_once)
{
	struct fixture *f = *state;

	put_process(f, 10, 99 * SEC, "/usr/bin/dash", "sh -c x y z");
	note_exec(f, 10, 99 * SEC + MS, "/bin/sh", "sh\0-c\0x", 7);
	end_process(f, 10);
	assert_known(f, 10, 99 * SEC + MS, "/usr/bin/dash", "sh -c x y z");
}

TEST_SETUP(cache__exec_does_not_take_what_the_next_exec_runs)
{
	struct fixture *f = *state;

	put_process(f, 10, 99 * SEC, "/usr/bin/next", "next");
	note_exec(f, 10, 99 * SEC, "/bin/sh", "sh\0", 3);
	assert_known(f, 10, 99 * SEC, "/bin/sh", "sh");
	put_process(f, 10, 70 * SEC, "/bin/sh", "sh"); /* another process */
	note_exec(f, 10, 99 * SEC, "/usr/bin/first", "sh\0", 3);
	assert_known(f, 10, 99 * SEC, "/usr/bin/first", "sh");
}

TEST_SETUP(cache__forked_child_has_its_parents)
{
	struct fixture *f = *state;

	put_process(f, 10, 5 * SEC, "/usr/sbin/server", "server -d");
	note_fork(f, 10, 11);
	note_fork(f, 11, 12);
	end_process(f, 10);
	assert_known(f, 11, NOW - 2 * MS, "/usr/sbin/server", "server -d");
	assert_known(f, 12, NOW - MS, "/usr/sbin/server", "server -d");
	note_exec(f, 12, NOW - MS, "/bin/x", "x", 1);
	assert_known(f, 12, NOW - MS, "/bin/x", "x");
	assert_known(f, 11, NOW - 2 * MS, "/usr/sbin/server", "server -d");
}

static struct sw_origin origin_of(uint32_t ppid, const char *comm, uint32_t login_uid)
{
	struct sw_origin o = { .ppid = ppid, .login_uid = login_uid };

	strcpy(o.parent_comm, comm);
	return o;
}

static void assert_known_from(struct fixture *f, uint64_t now_ns, uint32_t pid, uint64_t start_ns,
			      uint32_t ppid, const char *parent_comm, uint32_t login_uid)
{
	struct process_facts facts;

	process_cache_get(f->cache, pid, start_ns, "tool\0\0\0\0\0\0\0\0\0\0\0", now_ns, &facts);
	assert_origin(facts.origin, ppid, parent_comm, login_uid);
}

TEST_SETUP(cache__origin_is_told_by_the_fork_and_stays)
{
	struct fixture *f = *state;
	struct sw_fork fork = { .parent_pid = 10, .child_pid = 11 };
	struct sw_exec exec = { .pid = 11, .start_ns = NOW - MS, .comm = "tool" };

	fork.origin = origin_of(10, "bash", SW_NO_LOGIN);
	process_cache_note_fork(f->cache, &fork, NOW);
	exec.origin = origin_of(1, "init", 1000); /* bash has ended since, and somebody logged in */
	process_cache_note_exec(f->cache, &exec, NOW);
	assert_known_from(f, NOW, 11, NOW - MS, 10, "bash", 1000);
	put_stat(f, 11, NOW - MS, 1); /* it execs again, and is read */
	put_exe(f, 11, "/bin/x");
	exec.origin.login_uid = SW_NO_LOGIN;
	process_cache_note_exec(f->cache, &exec, NOW);
	assert_known_from(f, NOW, 11, NOW - MS, 10, "bash", 1000);
	assert_known_from(f, NOW, 12, NOW - MS, 0, "", SW_NO_LOGIN);
	assert_known_from(f, NOW, 0, NOW - MS, 0, "", SW_NO_LOGIN);
}

TEST_SETUP(cache__origin_of_a_process_that_was_there_before)
{
	struct fixture *f = *state;
	struct sw_exec exec = { .pid = 12, .start_ns = 5 * SEC, .comm = "tool" };

	put_process(f, 10, 5 * SEC, "/bin/x", "x");
	put_text(f, 1, "comm", "systemd\n");
	put_text(f, 10, "loginuid", "33");
	assert_known_from(f, NOW, 10, 5 * SEC, 1, "systemd", 33);
	end_process(f, 10);
	assert_known_from(f, NOW + 9 * SEC, 10, 5 * SEC, 1, "systemd", 33);
	assert_known_from(f, NOW, 10, 50 * SEC, 0, "", SW_NO_LOGIN);
	exec.origin = origin_of(0, "invisible", SW_NO_LOGIN);
	process_cache_note_exec(f->cache, &exec, NOW);
	assert_known_from(f, NOW, 12, 5 * SEC, 0, "", SW_NO_LOGIN);
}

TEST_SETUP(cache__fork_is_of_who_started_then)
{
	struct fixture *f = *state;

	put_process(f, 10, 5 * SEC, "/usr/sbin/server", "server -d");
	note_fork(f, 10, 11);
	assert_known(f, 11, 20 * SEC, NULL, NULL);  /* one before had the PID */
	assert_known(f, 11, NOW + SEC, NULL, NULL); /* one that came later */
	assert_known(f, 11, NOW - MS, "/usr/sbin/server", "server -d");
	note_fork(f, 10, 11);
	note_exec(f, 11, NOW - 1, "/bin/x", "x", 1);
	assert_known(f, 11, NOW - 1, "/bin/x", "x");
}

TEST_SETUP(cache__fork_of_an_unknown_parent_is_read_when_asked)
{
	struct fixture *f = *state;

	note_fork(f, 10, 11);
	put_process(f, 11, NOW - SEC, "/bin/x", "x");
	assert_known(f, 11, NOW - SEC, "/bin/x", "x");
	note_fork(f, 0, 12);
	note_fork(f, 10, 0);
	assert_known(f, 0, NOW, NULL, NULL);
}

TEST_SETUP(cache__least_recently_used_goes_first)
{
	struct fixture *f = *state;

	for (uint32_t pid = 1; pid <= 20000; pid++) {
		char name[32];
		uint32_t len = (uint32_t)snprintf(name, sizeof(name), "/bin/%u", pid);

		note_exec(f, pid, SEC + pid, name, name, len);
		assert_known(f, 1, SEC + 1, "/bin/1", "/bin/1");
	}
	assert_known(f, 20000 - 4094, SEC + 20000 - 4094, "/bin/15906", "/bin/15906");
	assert_known(f, 20000 - 4095, SEC + 20000 - 4095, NULL, NULL);
	assert_known(f, 1, SEC + 1, "/bin/1", "/bin/1");
}
