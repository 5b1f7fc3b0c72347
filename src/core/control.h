/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the live table asks its helper to do (words/top_helper.h), and the answer: structs as they
 * are in memory, one a message, between two processes of one program's build.
 */
#ifndef SOCKWATCH_CORE_CONTROL_H
#define SOCKWATCH_CORE_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

enum control_what {
	CONTROL_SIGNAL = 1, /* to a process */
	CONTROL_CLOSE,	    /* a socket, for both of its sides: SOCK_DESTROY */
};

struct control_request {
	uint64_t start_ns; /* of the process, CLOCK_BOOTTIME: another one may have its PID by now */
	uint64_t cookie;   /* of the socket: another one may have its addresses */
	struct sw_tuple tuple;
	uint32_t what; /* enum control_what: the first with pid, start_ns and signal, and all else
			  0; the second with tuple, cookie and proto */
	uint32_t pid;
	uint32_t signal;
	uint32_t proto;
};

struct control_answer {
	struct control_request request;
	int32_t err; /* 0, or -errno. -ESRCH: the process has ended; -ESTALE: another one has its
			PID; -ENOENT: the socket is gone; -EXDEV: it is in another network
			namespace; -EINVAL: that was no request; -EPERM; -EOPNOTSUPP */
	uint32_t pad;
};

_Static_assert(sizeof(struct control_request) == 80, "no padding: requests are compared whole");
_Static_assert(sizeof(struct control_answer) == 88, "likewise");

struct control_signal {
	int number;
	const char *name; /* without "SIG" */
};

/* The signals that may be sent, the usual one first; NULL: there are no more. */
const struct control_signal *control_signal(size_t index);

/* The name of one of them; NULL: it is none. */
const char *control_signal_name(uint32_t number);

/* Whether a request is well-formed, and complete: what is unknown (0) names nothing. */
bool control_is_good(const struct control_request *r);

#endif
