/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows in the order of columns that only a complete record has. */
#ifndef SOCKWATCH_WORDS_LIST_SORT_H
#define SOCKWATCH_WORDS_LIST_SORT_H

struct holder;
struct options;
struct row_teller;
struct snapshot;
struct unix_list;

/*
 * Sorts by o->sorts, of which some are SORT_FIELD: numbers that measure something have the largest
 * first, numbers that name something and texts rise; what has no value is last. t: as the rows are
 * told. 0, or -ENOMEM.
 */
int list_sort(struct snapshot *snap, const struct row_teller *t, const struct options *o);

/* Likewise. holders: of all of them. */
int list_sort_unix(struct unix_list *list, const struct holder *holders, const struct options *o);

#endif
