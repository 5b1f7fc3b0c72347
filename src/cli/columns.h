/* SPDX-License-Identifier: GPL-2.0-only */
/* Columns by name: what --fields and --sort may have, and what must be looked up for them. */
#ifndef SOCKWATCH_CLI_COLUMNS_H
#define SOCKWATCH_CLI_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct options;
struct parsing;
struct words;

/* As option_take (cli/table.h): one of --fields; "help" and "list" are ACTION_FIELDS. */
int take_fields(struct options *o, const char *v);

/* The static name of a column of sockets other than Unix sockets; NULL: there is none. */
const char *column_find(const struct words *words, const char *name);

/* The column that `name` is a slip of, of sockets or of Unix sockets; NULL: none is near. Static.
 */
const char *column_near(const struct words *words, const char *name);

/* What the chosen columns need is asked for; what they do not go with. 0, or -EINVAL with a line.
 */
int columns_check(struct parsing *p, uint32_t word);

/* Prints all that there are, and what they are. */
void columns_print(FILE *out, const struct words *words);

#endif
