/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of export --to and of log --from. */
#ifndef SOCKWATCH_CLI_FLEET_H
#define SOCKWATCH_CLI_FLEET_H

#include <stddef.h>

struct options;

/* As option_take of cli/table.h. */
int take_to(struct options *o, const char *v);
int take_from(struct options *o, const char *v);
int take_host(struct options *o, const char *v);
int take_create(struct options *o, const char *v);
int take_login(struct options *o, const char *v);
int take_ca(struct options *o, const char *v);
int take_cursor(struct options *o, const char *v);
int take_batch(struct options *o, const char *v);
int take_batch_wait(struct options *o, const char *v);

/*
 * Whether the options of export go together, as far as --to is concerned. 0, or -EINVAL with one
 * line in `why`, of `size` bytes.
 */
int fleet_check(const struct options *o, char *why, size_t size);

/* Likewise of log, as far as --from is. */
int fleet_check_log(const struct options *o, char *why, size_t size);

#endif
