/* SPDX-License-Identifier: GPL-2.0-only */
/* log, wherever the past is kept: what is told of its records, and how. */
#ifndef SOCKWATCH_WORDS_LOG_JOB_H
#define SOCKWATCH_WORDS_LOG_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/output.h"
#include "core/ends.h"
#include "core/opts.h"
#include "sink/count.h"
#include "sink/plotting.h"
#include "sink/print.h"
#include "words/answer.h"

struct annotate;
struct log_job;
struct loop;
struct options;
struct record;
struct resolver;

/* rec is borrowed for the call. 0 to go on, else what ends the question. */
typedef int (*log_fn)(void *arg, const struct record *rec);

/*
 * Hands on what may be asked for, in the order of time, and what is not known of it, as
 * store_ask(). 0, fn's, or -errno.
 */
typedef int (*log_ask)(struct log_job *job, bool newest_first, log_fn fn, void *arg);

/* What may be at the other end of some that are told. All borrowed. */
struct log_ends_question {
	const struct ends *ends;
	size_t first, end; /* of those that are asked for */
	uint64_t since_ns; /* as those of struct store_question */
	uint64_t until_ns;
};

/* As log_ask, in whatever order. It is asked in the midst of a log_ask. */
typedef int (*log_ask_ends)(struct log_job *job, const struct log_ends_question *q, log_fn fn,
			    void *arg);

/* With --peer: how the other ends are asked for. */
struct log_ends {
	log_ask_ends ask;
	size_t at_a_time; /* records of one question: so many are kept until then */
};

/* Records that are told in another order than they come, or later. */
struct log_kept {
	struct buf frames; /* owned: by wire_pack() */
	size_t *at;	   /* owned: where each begins */
	size_t n;
	size_t cap;
};

struct log_job {
	log_ask ask;
	struct log_ends ask_ends;
	struct ends ends; /* with --peer: those of `kept`, in their order */
	struct answer answer;
	struct print_opts print_opts;
	struct print print;
	struct counting counting; /* with --by, in its place */
	struct plotting plotting; /* with --plot, likewise */
	struct output out;
	struct log_kept kept;
	struct buf lines; /* owned: with --by, what is not known */
	uint64_t most;	  /* records; 0: all */
	uint64_t found;	  /* records of sockets */
	bool begun;	  /* something was told */
	bool keeps;	  /* they are told from the last that comes to the first */
	bool finds_ends;
	uint64_t names_ns; /* until when names are waited for */
	int proc_fd;
	struct resolver *resolver; /* owned, as all below; NULL: no names */
	struct annotate *annotate;
	struct loop *loop;
};

/* Opens all that it needs. ends: copied. 0, or -errno after a message. */
int log_job_open(struct log_job *job, const struct options *o, log_ask ask,
		 const struct log_ends *ends);

/*
 * Asks and tells: records, counts or a picture. follows: more will come by log_job_take(). 0, or
 * -errno as the question and the output.
 */
int log_job_tell(struct log_job *job, bool follows);

/* As log_fn: a record that comes. arg: the job. */
int log_job_take(void *arg, const struct record *rec);

/* Begins the output, once. 0 or -errno. */
int log_job_begin(struct log_job *job);

/* Frees all of it; one that was opened in part is fine. err: as out_end() takes it, too. */
enum exit_status log_job_close(struct log_job *job, int err, bool follows);

#endif
