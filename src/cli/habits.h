/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fingers that know netstat, ss and lsof: what their letters and names do here, or one line of what
 * takes their place.
 */
#ifndef SOCKWATCH_CLI_HABITS_H
#define SOCKWATCH_CLI_HABITS_H

#include <stdbool.h>

#include "cli/words.h"

struct options;

/* What to say of an option that there is not, by its letter or (0) its name; NULL: nothing. */
const char *habit_unknown(int letter, const char *name);

/* What to add where an option of ours, which another tool has for something else, was taken for
 * that one: it had no value, a wrong one, or no use for the word. NULL: nothing. */
const char *habit_meant(const char *name, const char *value, enum word_id id);

/* Whether `text`, behind -i or -s, is what lsof has there: "TCP:80", "@10.0.0.9:443", "TCP:LISTEN".
 */
bool habit_is_lsof_where(const char *text);
bool habit_is_lsof_state(const char *text);

/* Whether it is a family, as below. */
bool habit_is_family(const char *text);

/* As option_take of cli/table.h: a family of addresses, by the names of netstat -A and ss -f. */
int take_family(struct options *o, const char *v);
int take_inet(struct options *o, const char *v);
int take_inet6(struct options *o, const char *v);

/* -B of ss: TCP that is bound, and neither listens nor is connected. */
int take_bound(struct options *o, const char *v);

/* --summary of ss: list -s. */
int take_summary(struct options *o, const char *v);

/* lsof's -i WHERE, and -s PROTOCOL:STATE[,STATE...]. */
int take_lsof_where(struct options *o, const char *v);
int take_lsof_state(struct options *o, const char *v);

#endif
