/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is done beside the writing, in a thread: full segments are sealed, each sealed one gets its
 * line in the chain, the oldest are removed.
 */
#ifndef SOCKWATCH_STORE_SEALER_H
#define SOCKWATCH_STORE_SEALER_H

struct segment_file;
struct sealer; /* opaque */
struct writer_opts;

/* opts: copied, its dir borrowed until the end. What earlier writers left is sealed, too. 0 or
 * -errno. */
int sealer_begin(const struct writer_opts *opts, struct sealer **ret);

/* A new segment was begun; `full` is the one before, which is closed there. Never waits. */
void sealer_take(struct sealer *s, struct segment_file *full);

/* Other limits, of the same directory; what is too much by them is looked for now. */
void sealer_limit(struct sealer *s, const struct writer_opts *opts);

/* For tests: waits until there is nothing to do. */
void sealer_wait(struct sealer *s);

/* Waits for what is under way, for two seconds, and gives it up then. NULL is fine. */
void sealer_end(struct sealer *s);

#endif
