/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of containers, in a cache of a fixed size; what was asked for least recently goes first.
 * What is not known is asked of a helper process, which alone keeps the right to read files of
 * others (CAP_DAC_READ_SEARCH) and does nothing else. An answer is waited for, as a line is told
 * once: but of all time only so much (see labels.c), so that slow files stop nobody; what comes
 * later is there for the next line.
 */
#ifndef SOCKWATCH_NAMES_LABELS_H
#define SOCKWATCH_NAMES_LABELS_H

#include <stdbool.h>

struct labels; /* opaque */
struct label_question;

/* Each is borrowed until the next call; NULL: there is none, as far as is known. */
struct label_texts {
	const char *name;
	const char *image;
	const char *pod_name;
	const char *pod_namespace;
	const char *labels; /* a JSON object */
};

/*
 * Starts the helper: see child_start() for when. 0, or -errno with *ret untouched; -ENOSYS: built
 * without libjansson.
 */
int labels_open(struct labels **ret);

/* Over a socket of the caller's, who answers at its other end; it is ours from now on. NULL when
 * there is no memory. */
struct labels *labels_new(int fd);

/*
 * What is known of a container. may_ask: false: only what was told before. A name is asked for anew
 * now and then, and shown meanwhile. All of *ret is NULL when nothing is known.
 */
void labels_get(struct labels *l, const struct label_question *q, bool may_ask,
		struct label_texts *ret);

/* Ends the helper, too. NULL is fine. */
void labels_free(struct labels *l);

#endif
