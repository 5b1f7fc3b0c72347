/* SPDX-License-Identifier: GPL-2.0-only */
/* log --verify: the segments held against their chain. */
#ifndef SOCKWATCH_WORDS_STORE_VERIFY_H
#define SOCKWATCH_WORDS_STORE_VERIFY_H

struct output;

/*
 * Prints what is to be said of each segment, how many are good, and the last digest of the chain.
 * 0; -EBADMSG after a message that names the first which is wrong; or another -errno, after a
 * message or of the output.
 */
int store_verify_tell(const char *dir, struct output *out);

#endif
