/* SPDX-License-Identifier: GPL-2.0-only */
/* log --report. */
#ifndef SOCKWATCH_WORDS_STORE_REPORT_H
#define SOCKWATCH_WORDS_STORE_REPORT_H

#include <stdint.h>

struct answer;

/*
 * Writes the page into its file, whole or not at all, and says on stderr what is in it. *ret_found:
 * records; where there are none no page is written. 0, or -errno after a message.
 */
int store_report_tell(struct answer *a, uint64_t *ret_found);

#endif
