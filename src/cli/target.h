/* SPDX-License-Identifier: GPL-2.0-only */
/* What follows the word `who`. */
#ifndef SOCKWATCH_CLI_TARGET_H
#define SOCKWATCH_CLI_TARGET_H

#include <stdbool.h>
#include <stddef.h>

struct options;
struct select_opts;
struct who_target;

/*
 * Ports, "443" or "53/udp": of one protocol, or of all that have it; an address or a block of them;
 * or both, as the tools print them and a URL has them: 127.0.0.1:80, :::5432, [::1]:80, *:53/udp.
 * Of 0.0.0.0 and :: the ports alone count, as those are all addresses. 0, or -EINVAL with *ret
 * untouched.
 */
int target_parse(const char *text, struct who_target *ret);

/* Leaves nothing of a protocol that is not selected; false: then nothing is left. */
bool target_narrow(struct who_target *target, const struct select_opts *select);

/* The command line of `who`, and of `log`. 0, or -EINVAL with one line in `why`, of `size` bytes.
 */
int targets_check(const struct options *o, char *why, size_t size);

#endif
