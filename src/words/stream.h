/* SPDX-License-Identifier: GPL-2.0-only */
/* A watch whose sink prints to an output: the stream, and that of who. */
#ifndef SOCKWATCH_WORDS_STREAM_H
#define SOCKWATCH_WORDS_STREAM_H

#include "words/out.h"

struct options;
struct print_opts;
struct watch_job;
struct watch_opts;
struct watch_sum;

/*
 * Runs the job, with a loop of its own, and ends both: the resolver of the job is freed, as it may
 * not outlive the loop, and so is out. *ret is filled in any case; whether a summary is wanted, as
 * it was begun and its reader has not gone, is in *ret_told.
 */
enum exit_status stream_run(struct watch_job *job, struct output *out, struct watch_sum *ret,
			    bool *ret_told);

/*
 * Runs what o selects, watched and printed as these say (for o's own), to the standard output.
 * tell_sum: says what there was, where a summary is wanted.
 */
enum exit_status stream_print(const struct options *o, const struct watch_opts *watch_opts,
			      const struct print_opts *print_opts,
			      void (*tell_sum)(const struct watch_sum *sum, uint64_t unwritten));

#endif
