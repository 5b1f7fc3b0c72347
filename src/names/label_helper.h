/* SPDX-License-Identifier: GPL-2.0-only */
/* The process that reads the files of engines. */
#ifndef SOCKWATCH_NAMES_LABEL_HELPER_H
#define SOCKWATCH_NAMES_LABEL_HELPER_H

struct child;

/*
 * Starts it: see base/child.h for when. 0, with our end of a SOCK_SEQPACKET socket: for struct
 * label_question, each answered by one struct label_answer, in their order. Or -errno with *ret
 * untouched.
 */
int label_helper_start(struct child *ret);

/* Ends it at once. */
void label_helper_stop(struct child *helper);

#endif
