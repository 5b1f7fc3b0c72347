/* SPDX-License-Identifier: GPL-2.0-only */
/* What looks wrong with the network, by nothing but the counters. */
#ifndef SOCKWATCH_NETSTAT_FAULTS_H
#define SOCKWATCH_NETSTAT_FAULTS_H

#include <stddef.h>

struct counter_fault;
struct counters;

#define FAULTS_MAX 64 /* at most */

/*
 * Writes what was found to ret, which has room for FAULTS_MAX. Returns how many. What is too rare
 * to tell, by the limits in sockwatch(8), is left out, and so is a share of something that was not
 * read.
 */
size_t faults_find(const struct counters *c, struct counter_fault *ret);

#endif
