/* SPDX-License-Identifier: GPL-2.0-only */
/* An answer that says why not. */
#ifndef SOCKWATCH_BASE_REFUSE_H
#define SOCKWATCH_BASE_REFUSE_H

#include <stddef.h>

/* Writes the reason into `why` of `size` bytes, cut where it is longer. Returns -EINVAL. */
int refuse(char *why, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
