/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was formatted, byte for byte against a file of tests/golden/. To accept a change of the
 * output: SOCKWATCH_GOLDEN_UPDATE=1, then read the difference before it is committed.
 */
#ifndef SOCKWATCH_TESTS_GOLDEN_H
#define SOCKWATCH_TESTS_GOLDEN_H

#include "base/buf.h"

/* Appends a file of tests/golden/; fails the test if it can not be read. */
void golden_read(const char *name, struct buf *b);

/* Fails the test, and names the first line that differs. Frees what was formatted. */
void golden_check(const char *name, struct buf *got);

#endif
