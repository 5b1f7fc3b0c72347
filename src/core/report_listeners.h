/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of a report (core/report.h) that tells who listened: for core/report.c. */
#ifndef SOCKWATCH_CORE_REPORT_LISTENERS_H
#define SOCKWATCH_CORE_REPORT_LISTENERS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/report_table.h"

struct record;
struct report;

/* Its process and protocol, and nothing else. */
struct report_key report_owner_key(const struct sw_sock *s);

/* These, and its own address and port. */
struct report_key report_own_key(const struct sw_sock *s);

/* A listener was there, or began; one ended. 0 or -ENOMEM. */
int report_listener_begins(struct report *r, const struct record *rec);
int report_listener_ends(struct report *r, const struct record *rec);

/* The recorder starts, and will tell anew what is there. */
void report_listeners_forget(struct report *r, uint64_t wall_ns);

/* Whether somebody listened, so far, on the socket's own port. */
bool report_was_listened(const struct report *r, const struct sw_sock *s);

/* Who was asked how often; in that order. 0 or -ENOMEM. */
int report_listeners_end(struct report *r);

#endif
