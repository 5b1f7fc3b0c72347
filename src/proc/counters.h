/* SPDX-License-Identifier: GPL-2.0-only */
/* The protocols' counters: net/snmp, net/netstat, net/snmp6 and net/sctp/snmp of /proc. */
#ifndef SOCKWATCH_PROC_COUNTERS_H
#define SOCKWATCH_PROC_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

#include "core/counter.h"

/* The name of a table below /proc: "net/snmp". */
const char *counters_file(enum counter_table table);

/*
 * Parses `len` bytes of a table and appends its counters. What is not understood (a name without a
 * number, a number too large, a line that was cut) is left out and counted in *ret_bad; the rest is
 * kept. COUNTERS_SNMP and COUNTERS_NETSTAT have pairs of lines, names and then numbers, behind the
 * section (snmp_seq_show() in net/ipv4/proc.c); the others a counter a line, whose name begins with
 * the section (snmp6_seq_show() in net/ipv6/proc.c, sctp_snmp_seq_show() in net/sctp/proc.c). 0 or
 * -ENOMEM.
 */
int counters_parse(enum counter_table table, const char *text, size_t len, struct counters *c,
		   uint32_t *ret_bad);

/*
 * Reads a table of our network namespace and appends its counters; c->has[table] is set. proc_fd:
 * borrowed, /proc or a directory of the same shape. *ret_bad as above, with 0 and with -ENODATA. 0;
 * -ENOENT when this kernel has no such table; -ENODATA when no counter is in it; -errno.
 */
int counters_read(int proc_fd, enum counter_table table, struct counters *c, uint32_t *ret_bad);

#endif
