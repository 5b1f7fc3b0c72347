/* SPDX-License-Identifier: GPL-2.0-only */
/* How many files this process may have open. */
#ifndef SOCKWATCH_BASE_FILES_H
#define SOCKWATCH_BASE_FILES_H

#include <stdint.h>

/*
 * Raises the limit (RLIMIT_NOFILE) to n where it is lower: as far as the hard limit, and beyond it
 * where that is permitted (CAP_SYS_RESOURCE). Returns the limit as it is then.
 */
uint64_t files_allow(uint64_t n);

#endif
