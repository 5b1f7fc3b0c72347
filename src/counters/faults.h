/* SPDX-License-Identifier: GPL-2.0-only */
/* What looks wrong with the network, by nothing but the counters. Pure. */
#ifndef SOCKWATCH_COUNTERS_FAULTS_H
#define SOCKWATCH_COUNTERS_FAULTS_H

#include <stddef.h>

struct counter_fault;
struct counters;

#define FAULTS_MAX 64 /* that faults_find() writes, at most */

/*
 * Writes the faults that were found to `ret`, which has room for FAULTS_MAX, in the order of their
 * table. Returns how many. A fault too rare to tell, by the limits in sockwatch(8), is left out,
 * and so is one whose counters, or those that they are a part of, were not read.
 */
size_t faults_find(const struct counters *c, struct counter_fault *ret);

#endif
