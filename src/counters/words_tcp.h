/* SPDX-License-Identifier: GPL-2.0-only */
/* What Linux's own counters of TCP mean (netstat/words.h). */
#ifndef SOCKWATCH_NETSTAT_WORDS_TCP_H
#define SOCKWATCH_NETSTAT_WORDS_TCP_H

#include "core/counter.h"

/* Each ends with one that has no name. */
extern const struct counter_word words_tcp_ext[];
extern const struct counter_word words_mptcp_ext[];

#endif
