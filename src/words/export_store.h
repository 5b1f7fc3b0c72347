/* SPDX-License-Identifier: GPL-2.0-only */
/* What a store takes and how old it is, beside the metrics of what happens. */
#ifndef SOCKWATCH_WORDS_EXPORT_STORE_H
#define SOCKWATCH_WORDS_EXPORT_STORE_H

struct meter_store;

/*
 * Opens the directory of a store, to look into later, without rights. Returns its descriptor; -1:
 * there is none, or it may not be read.
 */
int export_store_open(const char *dir);

/* Looks into it; *ret is all zero where there is no segment, or no store. */
void export_store_look(int dir_fd, struct meter_store *ret);

#endif
