/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ss's filter expressions: "( dport = :80 or sport = :443 ) and not dst 10.0.0.0/8". Parsed once,
 * asked of each complete record. Pure: what names mean is asked of who knows.
 */
#ifndef SOCKWATCH_CORE_EXPR_H
#define SOCKWATCH_CORE_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter.h"

struct record;

#define EXPR_NODES_MAX 128
#define EXPR_DEPTH_MAX 32 /* of brackets and negations */
#define EXPR_HOSTS_MAX 16 /* addresses of one name */

enum expr_kind {
	EXPR_AND,
	EXPR_OR,
	EXPR_NOT,
	EXPR_SPORT,
	EXPR_DPORT,
	EXPR_SRC,
	EXPR_DST,
	EXPR_DEVICE,
	EXPR_AUTOBOUND,
};

enum expr_op { EXPR_EQ, EXPR_NE, EXPR_LT, EXPR_GT, EXPR_LE, EXPR_GE };

struct expr_node {
	uint8_t kind;	     /* enum expr_kind */
	uint8_t op;	     /* enum expr_op; EXPR_EQ where there is no choice */
	bool has_addr;	     /* EXPR_SRC, EXPR_DST; without it any address will do */
	bool has_port;	     /* likewise */
	uint16_t port;	     /* of those, and of EXPR_SPORT, EXPR_DPORT */
	uint16_t left;	     /* indices: of EXPR_NOT, too */
	uint16_t right;	     /* of EXPR_AND, EXPR_OR */
	uint16_t name_len;   /* of EXPR_DEVICE */
	const char *name;    /* borrowed from the words */
	struct sw_cidr addr; /* where has_addr */
};

struct expr {
	uint16_t n; /* 0: there is none, and everything is meant */
	uint16_t root;
	uint16_t first_port, last_port; /* that the kernel chooses itself: EXPR_AUTOBOUND */
	struct expr_node nodes[EXPR_NODES_MAX];
};

/* What names mean. Each 0, or -errno with *ret untouched. */
struct expr_names {
	int (*port)(const char *name, uint16_t *ret);
	/* *ret_n: at most `most`. -EAGAIN: none is looked up now */
	int (*hosts)(const char *name, struct sw_cidr *ret, size_t most, size_t *ret_n);
	int (*chosen_ports)(uint16_t *ret_first, uint16_t *ret_last);
};

/* Three values: what a record does not tell is neither, and its negation is not either. */
enum expr_answer { EXPR_NO, EXPR_UNKNOWN, EXPR_YES };

/* Whether a word of the command line may begin an expression, or "state", "exclude". */
bool expr_begins(const char *word);

/*
 * The states that a word of ss's means (a state, or all, connected, synchronized, bucket, big) as
 * bits 1 << state; 0: none.
 */
uint32_t expr_states(const char *word);

/*
 * Parses what the words say together; they are borrowed, for as long as *ret is asked. As in ss it
 * is read from the left: "a or b and c" is "( a or b ) and c", only `not` binds closer; two
 * conditions beside each other are `and`. 0, or -EINVAL with one line in `why`, of `size` bytes,
 * and *ret without a node.
 */
int expr_parse(char *const *words, size_t n, const struct expr_names *names, struct expr *ret,
	       char *why, size_t size);

/* Whether the local port decides: what has none yet cannot be told apart. */
bool expr_wants_local_port(const struct expr *e);

/* Of a record that is a socket's. */
enum expr_answer expr_ask(const struct expr *e, const struct record *rec);

#endif
