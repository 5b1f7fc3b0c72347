// SPDX-License-Identifier: GPL-2.0-only
/* Did a task drive a transition, and was it a failure: include/reason.h, all of it. */
#include "unit.h"

#include <errno.h>

#include "core/names.h"
#include "reason.h"

/* Every state, 0 (none) and SW_TCP_STATES (no such) included. */
#define FOR_STATES(s) for (uint8_t s = 0; s <= SW_TCP_STATES; s++)

static const int errors[] = { 0,	   EPERM,	 EACCES,     EPIPE,	ENETDOWN,
			      ENETUNREACH, ECONNABORTED, ECONNRESET, ETIMEDOUT, ECONNREFUSED,
			      EHOSTDOWN,   EHOSTUNREACH, EPROTO,     EMSGSIZE,	ENOPROTOOPT };

TEST(errno__numbers_are_those_of_libc)
{
	assert_int_equal(SW_EPERM, EPERM);
	assert_int_equal(SW_EACCES, EACCES);
	assert_int_equal(SW_EPIPE, EPIPE);
	assert_int_equal(SW_ENETDOWN, ENETDOWN);
	assert_int_equal(SW_ENETUNREACH, ENETUNREACH);
	assert_int_equal(SW_ECONNABORTED, ECONNABORTED);
	assert_int_equal(SW_ECONNRESET, ECONNRESET);
	assert_int_equal(SW_ETIMEDOUT, ETIMEDOUT);
	assert_int_equal(SW_ECONNREFUSED, ECONNREFUSED);
	assert_int_equal(SW_EHOSTDOWN, EHOSTDOWN);
	assert_int_equal(SW_EHOSTUNREACH, EHOSTUNREACH);
	assert_int_equal(SW_EADDRINUSE, EADDRINUSE);
	assert_int_equal(SW_EADDRNOTAVAIL, EADDRNOTAVAIL);
}

/* inet_hash_connect found no port: connect itself took the socket to SYN_SENT and back. */
TEST(reason__of_a_connect_without_a_free_port)
{
	assert_int_equal(sw_reason_of(SW_TCP_SYN_SENT, SW_TCP_CLOSE, EADDRNOTAVAIL),
			 SW_REASON_NO_ADDRESS);
	assert_true(sw_task_driven(SW_TCP_SYN_SENT, SW_TCP_CLOSE, EADDRNOTAVAIL));
}

TEST(reason__of_every_failed_call)
{
	static const struct {
		int error;
		enum sw_reason reason;
	} calls[] = {
		{ 0, SW_REASON_NONE },
		{ EADDRINUSE, SW_REASON_IN_USE },
		{ EADDRNOTAVAIL, SW_REASON_NO_ADDRESS },
		{ EACCES, SW_REASON_DENIED },
		{ EPERM, SW_REASON_DENIED },
		{ ECONNREFUSED, SW_REASON_REFUSED },
		{ ETIMEDOUT, SW_REASON_TIMED_OUT },
		{ ENETUNREACH, SW_REASON_UNREACHABLE },
		{ EHOSTUNREACH, SW_REASON_UNREACHABLE },
		{ ENETDOWN, SW_REASON_UNREACHABLE },
		{ EHOSTDOWN, SW_REASON_UNREACHABLE },
		{ EINVAL, SW_REASON_INVALID },
		{ EAFNOSUPPORT, SW_REASON_INVALID },
	};

	for (size_t i = 0; i < COUNT(calls); i++) {
		assert_int_equal(sw_reason_of_call(calls[i].error), calls[i].reason);
		assert_int_equal(reason_name((uint8_t)calls[i].reason) != NULL,
				 calls[i].error != 0);
	}
}

/* The changes that a system call makes, with the errno that a socket has then; no others. */
static const struct {
	uint8_t old_state;
	uint8_t state;
	int only_without_error;
} by_task[] = {
	{ SW_TCP_CLOSE, SW_TCP_SYN_SENT, 0 },	 /* connect */
	{ SW_TCP_CLOSE, SW_TCP_LISTEN, 0 },	 /* listen */
	{ SW_TCP_LISTEN, SW_TCP_CLOSE, 0 },	 /* close of a listener */
	{ SW_TCP_SYN_SENT, SW_TCP_CLOSE, 1 },	 /* close while connecting */
	{ SW_TCP_ESTABLISHED, SW_TCP_CLOSE, 1 }, /* close with unread data, linger 0 */
	{ SW_TCP_CLOSE_WAIT, SW_TCP_CLOSE, 1 },
	{ SW_TCP_ESTABLISHED, SW_TCP_FIN_WAIT1, 0 }, /* close, shutdown */
	{ SW_TCP_SYN_RECV, SW_TCP_FIN_WAIT1, 0 },
	{ SW_TCP_CLOSE_WAIT, SW_TCP_LAST_ACK, 0 },
};

static int is_by_task(uint8_t old_state, uint8_t state, int error)
{
	for (size_t i = 0; i < COUNT(by_task); i++)
		if (by_task[i].old_state == old_state && by_task[i].state == state)
			return !error || !by_task[i].only_without_error;
	return 0;
}

/* Only changes that the kernel makes: * -> FIN_WAIT1 from where it cannot come is not asked. */
static int is_possible(uint8_t old_state, uint8_t state)
{
	if (state == SW_TCP_FIN_WAIT1)
		return old_state == SW_TCP_ESTABLISHED || old_state == SW_TCP_SYN_RECV;
	if (state == SW_TCP_LAST_ACK)
		return old_state == SW_TCP_CLOSE_WAIT;
	return 1;
}

TEST(task_driven__is_true_for_system_calls_only)
{
	FOR_STATES(old_state)
	FOR_STATES(to)
	for (size_t i = 0; i < COUNT(errors); i++) {
		if (!is_possible(old_state, to))
			continue;
		if (!!sw_task_driven(old_state, to, errors[i]) !=
		    is_by_task(old_state, to, errors[i]))
			fail_msg("%s -> %s, errno %d", state_name(old_state), state_name(to),
				 errors[i]);
	}
}

/* iovisor/bcc#2304: the task that the softirq interrupted was named as the owner. */
TEST(task_driven__packets_name_nobody)
{
	assert_false(sw_task_driven(SW_TCP_SYN_SENT, SW_TCP_ESTABLISHED, 0));
	assert_false(sw_task_driven(SW_TCP_LISTEN, SW_TCP_SYN_RECV, 0));
	assert_false(sw_task_driven(SW_TCP_SYN_RECV, SW_TCP_ESTABLISHED, 0));
	assert_false(sw_task_driven(SW_TCP_ESTABLISHED, SW_TCP_CLOSE_WAIT, 0));
	assert_false(sw_task_driven(SW_TCP_FIN_WAIT1, SW_TCP_FIN_WAIT2, 0));
	assert_false(sw_task_driven(SW_TCP_FIN_WAIT1, SW_TCP_CLOSING, 0));
	assert_false(sw_task_driven(SW_TCP_FIN_WAIT2, SW_TCP_TIME_WAIT, 0));
	assert_false(sw_task_driven(SW_TCP_FIN_WAIT2, SW_TCP_CLOSE, 0));
	assert_false(sw_task_driven(SW_TCP_CLOSING, SW_TCP_CLOSE, 0));
	assert_false(sw_task_driven(SW_TCP_LAST_ACK, SW_TCP_CLOSE, 0));
	assert_false(sw_task_driven(SW_TCP_SYN_SENT, SW_TCP_CLOSE, ECONNREFUSED));
	assert_false(sw_task_driven(SW_TCP_ESTABLISHED, SW_TCP_CLOSE, ECONNRESET));
	assert_false(sw_task_driven(SW_TCP_CLOSE_WAIT, SW_TCP_CLOSE, EPIPE));
	assert_false(sw_task_driven(SW_TCP_SYN_RECV, SW_TCP_CLOSE, 0)); /* a child not queued */
}

static enum sw_reason reason_of_error(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return SW_REASON_REFUSED;
	case ECONNRESET:
	case EPIPE:
		return SW_REASON_RESET_BY_PEER;
	case ETIMEDOUT:
		return SW_REASON_TIMED_OUT;
	case EPERM:
	case EACCES:
	case ENETDOWN:
	case ENETUNREACH:
	case EHOSTDOWN:
	case EHOSTUNREACH:
		return SW_REASON_UNREACHABLE;
	default:
		return SW_REASON_ABORTED;
	}
}

static enum sw_reason expected_reason(uint8_t old_state, int error)
{
	if (error)
		return reason_of_error(error);
	switch (old_state) {
	case SW_TCP_SYN_SENT: /* a connect given up: inspektor-gadget#3929 told it as success */
	case SW_TCP_SYN_RECV:
		return SW_REASON_ABORTED;
	case SW_TCP_ESTABLISHED:
	case SW_TCP_CLOSE_WAIT:
		return SW_REASON_RESET_LOCALLY;
	default:
		return SW_REASON_NONE;
	}
}

TEST(reason__of_every_end_and_errno)
{
	FOR_STATES(old_state)
	for (size_t i = 0; i < COUNT(errors); i++) {
		if (old_state == SW_TCP_LISTEN || old_state == SW_TCP_CLOSE)
			continue;
		assert_int_equal(sw_reason_of(old_state, SW_TCP_CLOSE, errors[i]),
				 expected_reason(old_state, errors[i]));
	}
}

TEST(reason__of_what_is_no_end_is_none)
{
	FOR_STATES(old_state)
	FOR_STATES(to)
	for (size_t i = 0; i < COUNT(errors) && to != SW_TCP_CLOSE; i++)
		assert_int_equal(sw_reason_of(old_state, to, errors[i]), SW_REASON_NONE);
}

/* opentelemetry-ebpf-instrumentation#3040, #1919: told as failures. */
TEST(reason__of_orderly_and_listeners_ends_is_none)
{
	assert_int_equal(sw_reason_of(SW_TCP_LAST_ACK, SW_TCP_CLOSE, 0), SW_REASON_NONE);
	assert_int_equal(sw_reason_of(SW_TCP_FIN_WAIT1, SW_TCP_CLOSE, 0), SW_REASON_NONE);
	assert_int_equal(sw_reason_of(SW_TCP_FIN_WAIT2, SW_TCP_CLOSE, 0), SW_REASON_NONE);
	assert_int_equal(sw_reason_of(SW_TCP_CLOSING, SW_TCP_CLOSE, 0), SW_REASON_NONE);
	assert_int_equal(sw_reason_of(SW_TCP_TIME_WAIT, SW_TCP_CLOSE, 0), SW_REASON_NONE);
	for (size_t i = 0; i < COUNT(errors); i++)
		assert_int_equal(sw_reason_of(SW_TCP_LISTEN, SW_TCP_CLOSE, errors[i]),
				 SW_REASON_NONE);
	assert_int_equal(sw_reason_of(SW_TCP_CLOSE, SW_TCP_CLOSE, ECONNREFUSED), SW_REASON_NONE);
}

TEST(reason__has_a_name_whenever_there_is_one)
{
	FOR_STATES(old_state)
	for (size_t i = 0; i < COUNT(errors); i++) {
		enum sw_reason reason = sw_reason_of(old_state, SW_TCP_CLOSE, errors[i]);

		assert_int_equal(reason_name((uint8_t)reason) != NULL, reason != SW_REASON_NONE);
	}
}
