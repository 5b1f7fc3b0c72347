/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of export. */
#ifndef SOCKWATCH_CLI_EXPORT_H
#define SOCKWATCH_CLI_EXPORT_H

#include <stddef.h>

struct export_opts;
struct options;

/* As option_take of cli/table.h. */
int take_metrics(struct options *o, const char *v);
int take_interval(struct options *o, const char *v);
int take_max_series(struct options *o, const char *v);

/* Those that are not given. */
void export_default(struct export_opts *e);

/* Whether they go together. 0, or -EINVAL with one line in `why`, of `size` bytes. */
int export_check(const struct options *o, char *why, size_t size);

#endif
