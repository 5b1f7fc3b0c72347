/* SPDX-License-Identifier: GPL-2.0-only */
/* One writer a directory. */
#ifndef SOCKWATCH_STORE_LOCK_H
#define SOCKWATCH_STORE_LOCK_H

#define STORE_LOCK "lock" /* its file in the directory */

/*
 * Takes DIR/lock, and writes our PID there. The descriptor, whose end is that of the lock; or
 * -errno after a message: -EBUSY: another process has it.
 */
int store_lock(const char *dir);

#endif
