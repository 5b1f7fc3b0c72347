// SPDX-License-Identifier: GPL-2.0-only
/* What is loaded, by what a kernel has and what was refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "live/choice.h"
#include "live/features.h"
#include "live/loader.h"

/* A kernel that has all there is. */
static struct features newest(void)
{
	struct features f;

	memset(f.has, true, sizeof(f.has));
	return f;
}

/* The stream, with all that may be asked for. */
static const struct loader_opts stream = {
	.stream = true, .snapshot = true, .tcp = true, .udp = true, .time_wait_end = true
};

static struct choice choose(const struct loader_opts *opts, const struct features *f)
{
	struct choice c;

	choice_make(opts, f, &c);
	return c;
}

static void choice__newest_kernel_gives_the_best_of_all(void **state)
{
	struct features f = newest();
	struct choice c = choose(&stream, &f);

	(void)state;
	assert_true(c.stream && c.udp && c.snapshot && c.by_timers);
	assert_false(c.by_sys_exit);
}

static void choice__calls_are_seen_at_every_exit_for_want_of_either(void **state)
{
	static const enum feature_id needed[] = { FEATURE_SYSCALL_EVENTS, FEATURE_HASH_ALLOC };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct features f = newest();

		f.has[needed[i]] = false;
		assert_true(choose(&stream, &f).by_sys_exit);
	}
}

static void choice__time_wait_to_its_end_needs_timers_tcp_and_a_wish(void **state)
{
	struct loader_opts by_rule = stream, udp_only = stream;
	struct features f = newest();

	(void)state;
	by_rule.time_wait_end = false;
	udp_only.tcp = false;
	assert_false(choose(&by_rule, &f).by_timers);
	assert_false(choose(&udp_only, &f).by_timers);
	f.has[FEATURE_TIMERS] = false;
	assert_false(choose(&stream, &f).by_timers);
}

static void choice__refused_twice_goes_without_both(void **state)
{
	struct features f = newest();
	struct choice c = choose(&stream, &f);

	(void)state;
	assert_string_equal(choice_reduce(&c, &f), "the system call tracepoints");
	assert_true(c.by_sys_exit && c.snapshot);
	assert_string_equal(choice_reduce(&c, &f), "iterators of sockets");
	assert_false(c.snapshot);
	assert_null(choice_reduce(&c, &f));
}

static void choice__what_the_kernel_lacks_takes_no_place_of_another(void **state)
{
	struct features f = newest();
	struct choice c;

	(void)state;
	f.has[FEATURE_SYS_EXIT] = f.has[FEATURE_ITERATORS] = false;
	c = choose(&stream, &f);
	assert_null(choice_reduce(&c, &f));
	assert_false(c.by_sys_exit);
}

static void choice__list_has_nothing_to_go_without(void **state)
{
	struct loader_opts list = { .snapshot = true, .tcp = true };
	struct features f = newest();
	struct choice c = choose(&list, &f);

	(void)state;
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

static void choice__what_nothing_works_without_is_named(void **state)
{
	(void)state;
	assert_needed(&stream, FEATURE_BTF, "CONFIG_DEBUG_INFO_BTF");
	assert_needed(&stream, FEATURE_STATE, "inet_sock_set_state");
	assert_needed(&stream, FEATURE_TASK_FILE, "task_file");
	assert_needed(&stream, FEATURE_CGROUP2, "mount -t cgroup2");
}

static void choice__only_a_stream_of_udp_needs_cgroups(void **state)
{
	struct loader_opts tcp = stream, list = stream;
	struct features f = newest();
	char why[256];

	(void)state;
	f.has[FEATURE_CGROUP2] = false;
	tcp.udp = false;
	list.stream = false;
	assert_int_equal(choice_check(&tcp, &f, why, sizeof(why)), 0);
	assert_int_equal(choice_check(&list, &f, why, sizeof(why)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(choice__newest_kernel_gives_the_best_of_all),
		cmocka_unit_test(choice__calls_are_seen_at_every_exit_for_want_of_either),
		cmocka_unit_test(choice__time_wait_to_its_end_needs_timers_tcp_and_a_wish),
		cmocka_unit_test(choice__refused_twice_goes_without_both),
		cmocka_unit_test(choice__what_the_kernel_lacks_takes_no_place_of_another),
		cmocka_unit_test(choice__list_has_nothing_to_go_without),
		cmocka_unit_test(choice__what_nothing_works_without_is_named),
		cmocka_unit_test(choice__only_a_stream_of_udp_needs_cgroups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
