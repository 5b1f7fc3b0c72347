/* SPDX-License-Identifier: GPL-2.0-only */
/* What Linux's own counters of TCP mean, for counters/meanings.c. */
#ifndef SOCKWATCH_COUNTERS_MEANINGS_TCP_H
#define SOCKWATCH_COUNTERS_MEANINGS_TCP_H

#include "core/counter.h"

/* Each ends with one that has no name. */
extern const struct counter_meaning meanings_tcp_ext[];
extern const struct counter_meaning meanings_mptcp_ext[];

#endif
