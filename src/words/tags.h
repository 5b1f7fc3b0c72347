/* SPDX-License-Identifier: GPL-2.0-only */
/* --tag: what each line of JSON has besides. */
#ifndef SOCKWATCH_WORDS_TAGS_H
#define SOCKWATCH_WORDS_TAGS_H

struct print_opts;

/* From here on lines of JSON have them. What is not known is left out. 0, or -ENOMEM after a
 * message. */
int tags_prepare(const struct print_opts *opts);

#endif
