/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOCKWATCH_REMOTE_GZIP_H
#define SOCKWATCH_REMOTE_GZIP_H

#include <stddef.h>

struct buf;

/* Appends data as a file of gzip, packed fast. 0 or -ENOMEM, with b worth nothing. */
int gzip_put(struct buf *b, const void *data, size_t len);

#endif
