/* SPDX-License-Identifier: GPL-2.0-only */
/* The counters of the protocols (SNMP's, and Linux's own): data, and what changed between two
 * looks. */
#ifndef SOCKWATCH_CORE_COUNTER_H
#define SOCKWATCH_CORE_COUNTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COUNTER_SECTION_LEN 16 /* with the NUL */
#define COUNTER_NAME_LEN 64

/* The tables of the kernel that counters come from. */
enum counter_table {
	COUNTERS_SNMP,	  /* Ip, Icmp, IcmpMsg, Tcp, Udp, UdpLite */
	COUNTERS_NETSTAT, /* TcpExt, IpExt, MPTcpExt */
	COUNTERS_SNMP6,	  /* Ip6, Icmp6, Udp6, UdpLite6 */
	COUNTERS_SCTP,	  /* Sctp */
	COUNTER_TABLES
};

struct counter {
	char section[COUNTER_SECTION_LEN]; /* "Tcp" */
	char name[COUNTER_NAME_LEN];	   /* "RetransSegs" */
	uint64_t value;			   /* without its sign */
	bool negative;
	uint8_t table;
};

struct counters {
	struct counter *all; /* owned; in the order of the kernel */
	size_t n;
	size_t cap;
	bool has[COUNTER_TABLES]; /* was read */
	uint64_t time_ns;	  /* when, CLOCK_MONOTONIC */
};

enum counter_flag {
	COUNTER_BASIC = 1,   /* netstat shows it when it is 0, too */
	COUNTER_TROUBLE = 2, /* should not rise on a healthy network */
	COUNTER_GAUGE = 4,   /* a setting, or a number of what is there now: it has no rate */
	COUNTER_IN = 8,	     /* of the histogram of ICMP messages received */
	COUNTER_OUT = 16,    /* and sent */
};

/* What is known of a counter by its name. */
struct counter_meaning {
	const char *name;
	/*
	 * netstat's sentence with '#' for the number ("# resets sent"); without a '#': netstat
	 * shows it by its name, and this is what it means. NULL: neither.
	 */
	const char *words;
	uint8_t flags;
};

/* From one look to the next. */
struct counter_step {
	uint64_t old; /* without its sign, as the value */
	bool old_negative;
	uint64_t delta; /* of what is no gauge */
	double rate;	/* that, in a second */
	bool reset;	/* it began anew, and delta is what it counted since */
};

/* One counter on its way to the output. */
struct counter_record {
	const struct counter *now;	    /* borrowed */
	const struct counter_meaning *word; /* static; NULL: nothing is known */
	const struct counter_step *change;  /* borrowed; NULL: it is told as it stands */
};

/* What looks wrong, by the counters. */
struct counter_fault {
	const char *name;		   /* "retransmits"; static */
	char section[COUNTER_SECTION_LEN]; /* where its counter is */
	uint64_t count;
	uint64_t of;	/* count is a part of this; 0: of nothing */
	char text[256]; /* a sentence without its end */
};

/* Appends a copy. 0 or -ENOMEM. */
int counters_add(struct counters *c, const struct counter *counter);

/* Borrowed until the next counters_add(); NULL: there is none of this name. */
const struct counter *counters_find(const struct counters *c, const char *section,
				    const char *name);

/* The value of a counter; 0 for one that is not there or below 0. */
uint64_t counters_value(const struct counters *c, const char *section, const char *name);

/*
 * What became of `now` since the look `before`, which ns nanoseconds (1 or more) lie between.
 * False, with *ret untouched, when it is the same, or nobody can say because its table was not read
 * then. A counter that appears was 0: the kernel does not show each one that is 0 (IcmpMsg).
 *
 * A counter that is less than before either began anew or, where the kernel's unsigned long has 32
 * bits, came round: that is what it is taken for when the way round is a short one.
 */
bool counter_changed(const struct counters *before, const struct counter *now, bool gauge,
		     uint64_t ns, struct counter_step *ret);

/* Frees what it owns; it is empty and usable again. */
void counters_free(struct counters *c);

#endif
