// SPDX-License-Identifier: GPL-2.0-only
/* The cache of names and its questions; the tests answer in the helper's place. */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "names/lookup.h"
#include "names/resolver.h"

#define SEC 1000000000u
#define T0 (100 * (uint64_t)SEC)

/* --- what the tests are made of ----------------------------------------------------------------
 */

static int helper_fd; /* the other end */

static struct resolver *start(void)
{
	struct resolver *r;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	r = resolver_new(fds[0]);
	assert_non_null(r);
	helper_fd = fds[1];
	return r;
}

static void stop(struct resolver *r)
{
	resolver_free(r);
	close(helper_fd);
}

static union sw_addr v4(uint32_t n)
{
	return (union sw_addr){ .b = { [10] = 0xff,
				       [11] = 0xff,
				       [12] = (uint8_t)(n >> 24),
				       [13] = (uint8_t)(n >> 16),
				       [14] = (uint8_t)(n >> 8),
				       [15] = (uint8_t)n } };
}

/* The next question; false: there is none. */
static bool hear(struct lookup_question *q)
{
	ssize_t n = recv(helper_fd, q, sizeof(*q), MSG_DONTWAIT);

	if (n < 0) {
		assert_int_equal(errno, EAGAIN);
		return false;
	}
	assert_int_equal(n, sizeof(*q));
	return true;
}

static void say(const struct lookup_key *key, const char *name)
{
	struct lookup_answer a = { .key = *key };

	snprintf(a.name, sizeof(a.name), "%s", name);
	assert_int_equal(send(helper_fd, &a, lookup_answer_size(&a), MSG_DONTWAIT | MSG_NOSIGNAL),
			 lookup_answer_size(&a));
}

static void assert_silence(void)
{
	struct lookup_question q;

	assert_false(hear(&q));
}

/* Hears one question, of this address, and answers. */
static void answer(const union sw_addr *addr, const char *name)
{
	struct lookup_question q;

	assert_true(hear(&q));
	assert_int_equal(q.key.kind, LOOKUP_HOST);
	assert_memory_equal(&q.key.addr, addr, sizeof(*addr));
	say(&q.key, name);
}

/* --- the cache ---------------------------------------------------------------------------------
 */

TEST(resolver__name_is_there_after_the_answer_and_asked_for_once)
{
	struct resolver *r = start();
	union sw_addr a = v4(0x0a000001);

	assert_null(resolver_host(r, &a, T0));
	assert_null(resolver_host(r, &a, T0 + 1));
	answer(&a, "one.example");
	assert_silence();
	assert_null(resolver_host(r, &a, T0 + 2)); /* it is taken in when we say so */
	assert_int_equal(resolver_take(r, T0 + 3), 0);
	assert_string_equal(resolver_host(r, &a, T0 + 4), "one.example");
	assert_silence();
	stop(r);
}

TEST(resolver__name_is_asked_for_anew_after_ten_minutes_and_shown_meanwhile)
{
	struct resolver *r = start();
	union sw_addr a = v4(0x0a000001);

	resolver_host(r, &a, T0);
	answer(&a, "old.example");
	resolver_take(r, T0);
	assert_string_equal(resolver_host(r, &a, T0 + 600 * (uint64_t)SEC - 1), "old.example");
	assert_silence();
	assert_string_equal(resolver_host(r, &a, T0 + 600 * (uint64_t)SEC), "old.example");
	answer(&a, "new.example");
	resolver_take(r, T0 + 600 * (uint64_t)SEC);
	assert_string_equal(resolver_host(r, &a, T0 + 601 * (uint64_t)SEC), "new.example");
	assert_string_equal(resolver_host(r, &a, T0 + 1200 * (uint64_t)SEC), "new.example");
	answer(&a, ""); /* it lost its name */
	resolver_take(r, T0 + 1200 * (uint64_t)SEC);
	assert_null(resolver_host(r, &a, T0 + 1201 * (uint64_t)SEC));
	stop(r);
}

TEST(resolver__none_is_remembered_for_a_minute)
{
	struct resolver *r = start();
	union sw_addr a = v4(0x0a000001);

	resolver_host(r, &a, T0);
	answer(&a, "");
	resolver_take(r, T0 + SEC);
	assert_null(resolver_host(r, &a, T0 + 61 * (uint64_t)SEC - 1));
	assert_silence();
	assert_null(resolver_host(r, &a, T0 + 61 * (uint64_t)SEC));
	answer(&a, "late.example");
	stop(r);
}

TEST(resolver__no_answer_is_none_until_it_comes)
{
	struct resolver *r = start();
	struct lookup_question q;
	union sw_addr a = v4(0x0a000001);

	resolver_host(r, &a, T0);
	assert_true(hear(&q));
	assert_int_equal(q.asked_ns, T0);
	assert_null(resolver_host(r, &a, T0 + 59 * (uint64_t)SEC));
	assert_silence();
	say(&q.key, "slow.example");
	resolver_take(r, T0 + 59 * (uint64_t)SEC);
	assert_string_equal(resolver_host(r, &a, T0 + 59 * (uint64_t)SEC), "slow.example");
	stop(r);
}

TEST(resolver__keys_do_not_mix)
{
	union sw_addr a4 = v4(1000), a6 = { .b = { [14] = 3, [15] = 0xe8 } };
	union sw_addr as_uid = { .q = { 1000 } };
	struct resolver *r = start();
	struct lookup_question q;

	resolver_host(r, &a4, T0);
	answer(&a4, "four");
	resolver_host(r, &a6, T0);
	answer(&a6, "six");
	resolver_host(r, &as_uid, T0);
	answer(&as_uid, "an address like a uid");
	assert_null(resolver_user(r, 1000, T0));
	assert_true(hear(&q));
	assert_int_equal(q.key.kind, LOOKUP_USER);
	assert_int_equal(q.key.addr.q[0], 1000);
	say(&q.key, "alice");
	resolver_take(r, T0);
	assert_string_equal(resolver_host(r, &a4, T0), "four");
	assert_string_equal(resolver_host(r, &a6, T0), "six");
	assert_string_equal(resolver_host(r, &as_uid, T0), "an address like a uid");
	assert_string_equal(resolver_user(r, 1000, T0), "alice");
	assert_null(resolver_user(r, 0, T0));
	stop(r);
}

TEST(resolver__unspecified_address_is_not_asked_for)
{
	union sw_addr any4 = v4(0), any6 = { .q = { 0, 0 } };
	struct resolver *r = start();

	assert_null(resolver_host(r, &any4, T0));
	assert_null(resolver_host(r, &any6, T0));
	resolver_ask_host(r, &any4, UINT64_MAX);
	resolver_ask_host(r, &any6, UINT64_MAX);
	assert_silence();
	stop(r);
}

TEST(resolver__cache_is_bounded_and_forgets_the_oldest)
{
	struct resolver *r = start();
	union sw_addr first = v4(0), last = v4(0);
	char name[32];

	for (uint32_t i = 1; i <= RESOLVER_SLOTS + 1; i++) {
		last = v4(i);
		assert_null(resolver_host(r, &last, T0));
		snprintf(name, sizeof(name), "host-%u", (unsigned int)i);
		answer(&last, name);
		resolver_take(r, T0);
	}
	assert_string_equal(resolver_host(r, &last, T0), name);
	first = v4(2);
	assert_string_equal(resolver_host(r, &first, T0), "host-2");
	assert_silence();
	first = v4(1);
	assert_null(resolver_host(r, &first, T0));
	answer(&first, "host-1 again");
	stop(r);
}

/* --- the questions -----------------------------------------------------------------------------
 */

TEST(resolver__questions_are_bounded_and_asked_again_when_there_is_room)
{
	struct resolver *r = start();
	struct lookup_question q, first = { 0 };
	union sw_addr a, last;
	size_t n;

	for (uint32_t i = 1; i <= 3 * LOOKUP_OPEN_MAX; i++) {
		a = v4(i);
		assert_null(resolver_host(r, &a, T0));
	}
	for (n = 0; hear(&q); n++)
		if (!n)
			first = q;
	assert_int_equal(n, LOOKUP_OPEN_MAX);
	last = v4(3 * LOOKUP_OPEN_MAX);
	assert_null(resolver_host(r, &last, T0));
	assert_silence();
	say(&first.key, "");
	resolver_take(r, T0);
	assert_null(resolver_host(r, &last, T0));
	answer(&last, "now it is asked for");
	resolver_take(r, T0);
	assert_string_equal(resolver_host(r, &last, T0), "now it is asked for");
	stop(r);
}

/* Nobody reads at the other end, and it holds little: no call waits. */
TEST(resolver__socket_that_is_full_holds_nothing_up)
{
	struct resolver *r;
	struct lookup_question q;
	int fds[2], small = 1;
	size_t n = 0;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	r = resolver_new(fds[0]);
	helper_fd = fds[1];
	for (uint32_t i = 1; i <= LOOKUP_OPEN_MAX; i++) {
		union sw_addr a = v4(i);

		assert_null(resolver_host(r, &a, T0));
	}
	while (hear(&q))
		n++;
	assert_in_range(n, 1, LOOKUP_OPEN_MAX - 1);
	stop(r);
}

TEST(resolver__end_of_the_helper_is_told_once_and_names_stay)
{
	struct resolver *r = start();
	union sw_addr a = v4(1), b = v4(2);

	resolver_host(r, &a, T0);
	answer(&a, "known");
	resolver_host(r, &b, T0);
	resolver_take(r, T0);
	close(helper_fd);
	assert_int_equal(resolver_take(r, T0), -EPIPE);
	assert_int_equal(resolver_take(r, T0), 0);
	assert_string_equal(resolver_host(r, &a, T0 + 3600 * (uint64_t)SEC), "known");
	assert_null(resolver_host(r, &b, T0 + 3600 * (uint64_t)SEC));
	resolver_ask_host(r, &b, UINT64_MAX);
	resolver_wait(r, UINT64_MAX);
	assert_int_equal(resolver_take(r, T0), 0);
	resolver_free(r);
}

/* Noticed by asking: there is no signal of a pipe that nobody reads. */
TEST(resolver__end_of_the_helper_is_noticed_by_a_question)
{
	struct resolver *r = start();
	union sw_addr a = v4(1);

	close(helper_fd);
	assert_null(resolver_host(r, &a, T0));
	assert_int_equal(resolver_take(r, T0), -EPIPE);
	resolver_free(r);
}

static void send_raw(const void *data, size_t len)
{
	assert_int_equal(send(helper_fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL), len);
}

TEST(resolver__answers_that_nobody_asked_for_do_no_harm)
{
	struct resolver *r = start();
	struct lookup_answer full = { .key.kind = LOOKUP_HOST };
	union sw_addr a = v4(1);
	char huge[4096] = { 0 };

	full.key.addr = a;
	memset(full.name, 'x', sizeof(full.name));
	say(&full.key, "nobody asked");
	assert_int_equal(resolver_take(r, T0), 0);
	assert_null(resolver_host(r, &a, T0));
	send_raw(&full, sizeof(full)); /* without a NUL */
	assert_int_equal(resolver_take(r, T0), 0);
	assert_int_equal(strlen(resolver_host(r, &a, T0)), LOOKUP_NAME_MAX - 1);
	send_raw(huge, sizeof(huge));
	assert_int_equal(resolver_take(r, T0), 0);
	send_raw(huge, 3); /* it is not ours any more */
	assert_int_equal(resolver_take(r, T0), -EPIPE);
	stop(r);
}

/* --- in the loop -------------------------------------------------------------------------------
 */

TEST(resolver__name_is_used_as_soon_as_it_arrives_in_the_loop)
{
	struct resolver *r = start();
	struct loop *loop = NULL;
	union sw_addr a = v4(1);

	assert_int_equal(loop_new(&loop), 0);
	assert_int_equal(resolver_attach(r, loop), 0);
	assert_null(resolver_host(r, &a, clock_now()));
	assert_int_equal(loop_run_once(loop, 0), 0);
	answer(&a, "name");
	assert_int_equal(resolver_take(r, T0), 0);
	assert_null(resolver_host(r, &a, clock_now()));
	assert_int_equal(loop_run_once(loop, LOOP_FOREVER), 0);
	assert_string_equal(resolver_host(r, &a, clock_now()), "name");
	stop(r);
	assert_int_equal(loop_run_once(loop, 0), 0);
	loop_free(loop);
}

TEST(resolver__end_of_the_helper_is_noticed_in_the_loop)
{
	struct resolver *r = start();
	struct loop *loop = NULL;
	union sw_addr a = v4(1);

	assert_int_equal(loop_new(&loop), 0);
	assert_int_equal(resolver_attach(r, loop), 0);
	assert_int_equal(resolver_take(r, T0), 0);
	close(helper_fd);
	assert_int_equal(loop_run_once(loop, LOOP_FOREVER), 0);
	assert_int_equal(resolver_take(r, T0), -EPIPE);
	assert_int_equal(resolver_take(r, T0), 0);
	assert_null(resolver_host(r, &a, T0));
	assert_int_equal(resolver_attach(r, loop), 0);
	assert_int_equal(loop_run_once(loop, 0), 0);
	resolver_free(r);
	loop_free(loop);
}

/* --- waiting -----------------------------------------------------------------------------------
 */

TEST(resolver__waiting_ends_at_the_limit)
{
	struct resolver *r = start();
	uint64_t begin, end;

	begin = clock_now();
	for (uint32_t i = 1; i <= 2 * LOOKUP_OPEN_MAX; i++) {
		union sw_addr a = v4(i);

		resolver_ask_host(r, &a, begin + 50000000);
	}
	resolver_wait(r, begin + 50000000);
	end = clock_now();
	assert_true(end - begin >= 50000000);
	resolver_wait(r, begin); /* a time that has passed */
	stop(r);
}

/* A helper that answers each question, until there is nobody. */
static pid_t answering(const char *name)
{
	pid_t pid = fork();
	struct lookup_question q;

	assert_true(pid >= 0);
	if (pid)
		return pid;
	while (recv(helper_fd, &q, sizeof(q), 0) == sizeof(q)) {
		struct lookup_answer a = { .key = q.key };

		snprintf(a.name, sizeof(a.name), "%s-%u", name, (unsigned int)q.key.addr.b[15]);
		if (send(helper_fd, &a, lookup_answer_size(&a), MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

TEST(resolver__more_than_there_is_room_for_are_answered_in_time)
{
	struct resolver *r = start();
	uint64_t deadline_ns = clock_now() + 60 * (uint64_t)SEC;
	pid_t pid;

	pid = answering("host");
	for (uint32_t i = 1; i <= 10 * LOOKUP_OPEN_MAX; i++) {
		union sw_addr a = v4(i);

		resolver_ask_host(r, &a, deadline_ns);
	}
	resolver_ask_user(r, 7, deadline_ns);
	resolver_wait(r, deadline_ns);
	for (uint32_t i = 1; i <= 10 * LOOKUP_OPEN_MAX; i++) {
		union sw_addr a = v4(i);
		char want[32];

		snprintf(want, sizeof(want), "host-%u", (unsigned int)(i & 0xff));
		assert_string_equal(resolver_host(r, &a, clock_now()), want);
	}
	assert_non_null(resolver_user(r, 7, clock_now()));
	stop(r);
	assert_int_equal(kill(pid, 9), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* --- the look-up itself ------------------------------------------------------------------------
 */

TEST(lookup__c_library_is_told_to_be_brief_last)
{
	static char lengthy[2000];

	setenv("RES_OPTIONS", "timeout:30 ndots:2", 1);
	lookup_be_brief();
	assert_string_equal(getenv("RES_OPTIONS"), "timeout:30 ndots:2 timeout:1 attempts:1");
	memset(lengthy, 'x', sizeof(lengthy) - 1);
	setenv("RES_OPTIONS", lengthy, 1);
	lookup_be_brief();
	assert_string_equal(getenv("RES_OPTIONS"), "timeout:1 attempts:1");
}

TEST(lookup__users_of_the_machine)
{
	struct lookup_key key = { .kind = LOOKUP_USER };
	struct lookup_answer a;

	lookup_name(&key, &a);
	assert_string_equal(a.name, "root");
	assert_int_equal(lookup_answer_size(&a), offsetof(struct lookup_answer, name) + 5);
	key.addr.q[0] = 4242424242u;
	lookup_name(&key, &a);
	assert_string_equal(a.name, "");
}
