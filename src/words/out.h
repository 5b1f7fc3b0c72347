/* SPDX-License-Identifier: GPL-2.0-only */
/* What a word has to say goes to stdout, and how that went into the exit status. */
#ifndef SOCKWATCH_WORDS_OUT_H
#define SOCKWATCH_WORDS_OUT_H

#include <stdint.h>

#include "base/output.h"
#include "cli/words.h"

struct loop;

/*
 * -O: stdout is this file from now on, which is appended to, and opened anew after SIGHUP, by a
 * process that keeps the rights for that. 0, or -errno after a message.
 */
int out_to_file(const char *path);

/*
 * stdout. Once we are asked to end (base/signals.h), a write that nobody takes is given up soon. A
 * SIGHUP asks for that only where stdout is the terminal that hangs up.
 */
struct output out_stdout(void);

/* A loop that signals stop; the caller's to free. 0, or -errno after a message with *ret untouched.
 */
int out_loop(struct loop **ret);

/*
 * Frees it. err: 0, or -errno after a message, of what was to be said. A reader that has seen
 * enough (EPIPE) is no fault; other faults of writing are told.
 */
enum exit_status out_end(struct output *out, int err);

/*
 * The last line of a stream, on stderr: "12 sockets, 3456 events, 0 lost", behind how many lines
 * were not written, if any.
 */
void out_tell_sum(uint64_t sockets, uint64_t events, uint64_t lost, uint64_t unwritten);

#endif
