// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The walk that tells of each socket all that a row may have. It names more of the kernel's structs
 * than the plain one, so loading it takes longer.
 */
#define FULL_ROWS
#include "walk.bpf.c"
