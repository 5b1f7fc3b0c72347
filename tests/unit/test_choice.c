// SPDX-License-Identifier: GPL-2.0-only
/* What is loaded, by what a kernel has and what was refused. */
#include "unit.h"

#include <stdbool.h>
#include <string.h>

#include <errno.h>

#include "filter.h"
#include "live/choice.h"
#include "live/features.h"
#include "live/loader.h"

/* A kernel that has all there is. */
static struct features newest(void)
{
	struct features f = { 0 };

	memset(f.has, true, sizeof(f.has));
	return f;
}

/* The stream, with all that may be asked for. */
static const struct sw_filter no_filter;
static const struct loader_opts stream = { .filter = &no_filter,
					   .stream = true,
					   .snapshot = true,
					   .tcp = true,
					   .udp = true,
					   .time_wait_end = true };

static struct choice choose(const struct loader_opts *opts, const struct features *f)
{
	struct choice c;

	choice_make(opts, f, &c);
	return c;
}

TEST(choice__newest_kernel_gives_the_best_of_all)
{
	struct features f = newest();
	struct choice c = choose(&stream, &f);

	assert_true(c.stream && c.udp && c.snapshot && c.by_timers);
	assert_false(c.by_sys_exit);
}

TEST(choice__calls_are_seen_at_every_exit_for_want_of_either)
{
	static const enum feature_id needed[] = { FEATURE_SYSCALL_EVENTS, FEATURE_HASH_ALLOC };

	for (size_t i = 0; i < 2; i++) {
		struct features f = newest();

		f.has[needed[i]] = false;
		assert_true(choose(&stream, &f).by_sys_exit);
	}
}

TEST(choice__time_wait_to_its_end_needs_timers_an_allocator_tcp_and_a_wish)
{
	static const enum feature_id needed[] = { FEATURE_TIMERS, FEATURE_HASH_ALLOC };
	struct loader_opts by_rule = stream, udp_only = stream;
	struct features f = newest();

	by_rule.time_wait_end = false;
	udp_only.tcp = false;
	assert_false(choose(&by_rule, &f).by_timers);
	assert_false(choose(&udp_only, &f).by_timers);
	for (size_t i = 0; i < 2; i++) {
		f = newest();
		f.has[needed[i]] = false;
		assert_false(choose(&stream, &f).by_timers);
	}
}

TEST(choice__refused_again_and_again_goes_without_all_that_it_can)
{
	struct features f = newest();
	struct choice c = choose(&stream, &f);

	assert_string_equal(choice_reduce(&c, &f), "the system call tracepoints");
	assert_true(c.by_sys_exit && c.snapshot);
	assert_string_equal(choice_reduce(&c, &f), "iterators of sockets");
	assert_false(c.snapshot);
	assert_string_equal(choice_reduce(&c, &f), "the sweep at the end");
	assert_false(c.untold);
	assert_null(choice_reduce(&c, &f));
}

TEST(choice__what_the_kernel_lacks_takes_no_place_of_another)
{
	struct features f = newest();
	struct choice c;

	f.has[FEATURE_SYS_EXIT] = f.has[FEATURE_ITERATORS] = f.has[FEATURE_FOR_EACH] = false;
	c = choose(&stream, &f);
	assert_null(choice_reduce(&c, &f));
	assert_false(c.by_sys_exit);
}

TEST(choice__list_has_nothing_to_go_without)
{
	struct loader_opts list = { .filter = &no_filter, .snapshot = true, .tcp = true };
	struct features f = newest();
	struct choice c = choose(&list, &f);

	assert_null(choice_reduce(&c, &f));
	assert_true(c.snapshot);
}

/* Without it, whose name is in the message, nothing works; `opts` ask for it. */
static void assert_needed(const struct loader_opts *opts, enum feature_id id, const char *named)
{
	struct features f = newest();
	char why[256];

	assert_int_equal(choice_check(opts, &f, why, sizeof(why)), 0);
	f.has[id] = false;
	assert_int_equal(choice_check(opts, &f, why, sizeof(why)), -ENOSYS);
	assert_non_null(strstr(why, named));
}

TEST(choice__what_nothing_works_without_is_named)
{
	assert_needed(&stream, FEATURE_BTF, "CONFIG_DEBUG_INFO_BTF");
	assert_needed(&stream, FEATURE_STATE, "inet_sock_set_state");
	assert_needed(&stream, FEATURE_TASK_FILE, "task_file");
	assert_needed(&stream, FEATURE_CGROUP2, "mount -t cgroup2");
}

TEST(choice__only_a_stream_of_udp_needs_cgroups)
{
	struct loader_opts tcp = stream, list = stream;
	struct features f = newest();
	char why[256];

	f.has[FEATURE_CGROUP2] = false;
	tcp.udp = false;
	list.stream = false;
	assert_int_equal(choice_check(&tcp, &f, why, sizeof(why)), 0);
	assert_int_equal(choice_check(&list, &f, why, sizeof(why)), 0);
}
