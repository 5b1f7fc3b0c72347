// SPDX-License-Identifier: GPL-2.0-only
/* The tree, asked. What parses it is expr_parse.c. */
#include "core/expr.h"

#include <stdlib.h>
#include <string.h>

#include "core/addr.h"
#include "core/family.h"
#include "core/names.h"
#include "core/record.h"

#define CLOSED (1u << SW_TCP_CLOSE)
#define LISTENING (1u << SW_TCP_LISTEN)
#define SYN_SENT (1u << SW_TCP_SYN_SENT)
#define BUCKET (1u << SW_TCP_SYN_RECV | 1u << SW_TCP_NEW_SYN_RECV | 1u << SW_TCP_TIME_WAIT)
#define ALL_STATES ((1u << SW_TCP_STATES) - 2)

uint32_t expr_states(const char *word)
{
	static const struct {
		const char *name;
		uint32_t states;
	} groups[] = {
		{ "all", ALL_STATES },
		{ "connected", ALL_STATES & ~(CLOSED | LISTENING) },
		{ "synchronized", ALL_STATES & ~(CLOSED | LISTENING | SYN_SENT) },
		{ "bucket", BUCKET },
		{ "big", ALL_STATES & ~BUCKET },
		{ "unconnected", CLOSED },
	};
	uint8_t state = state_from_name(word);

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (!strcmp(word, groups[i].name))
			return groups[i].states;
	if (state == SW_TCP_SYN_RECV)
		return 1u << SW_TCP_SYN_RECV | 1u << SW_TCP_NEW_SYN_RECV;
	return state ? 1u << state : 0;
}

bool expr_wants_local_port(const struct expr *e)
{
	for (uint16_t i = 0; i < e->n; i++) {
		const struct expr_node *node = &e->nodes[i];

		if (node->kind == EXPR_SPORT || node->kind == EXPR_AUTOBOUND ||
		    (node->kind == EXPR_SRC && node->has_port))
			return true;
	}
	return false;
}

static enum expr_answer answer(bool yes)
{
	return yes ? EXPR_YES : EXPR_NO;
}

static bool compares(uint8_t op, uint16_t left, uint16_t right)
{
	switch ((enum expr_op)op) {
	case EXPR_EQ:
		return left == right;
	case EXPR_NE:
		return left != right;
	case EXPR_LT:
		return left < right;
	case EXPR_GT:
		return left > right;
	case EXPR_LE:
		return left <= right;
	case EXPR_GE:
		return left >= right;
	}
	return false;
}

/* What stands in place of the port of a raw socket, or of ping's, is none. */
static bool has_ports(const struct sw_sock *s)
{
	return s->proto != SW_PROTO_RAW && s->proto != SW_PROTO_ICMP;
}

static enum expr_answer ask_port(const struct expr_node *node, const struct sw_sock *s,
				 uint16_t port)
{
	return has_ports(s) ? answer(compares(node->op, port, node->port)) : EXPR_UNKNOWN;
}

static enum expr_answer ask_end(const struct expr_node *node, const struct sw_sock *s,
				const union sw_addr *addr, uint16_t port)
{
	if (node->has_addr && !cidr_has(&node->addr, addr))
		return EXPR_NO;
	if (!node->has_port)
		return EXPR_YES;
	return has_ports(s) ? answer(port == node->port) : EXPR_UNKNOWN;
}

/* By its name, or by its index. */
static enum expr_answer ask_device(const struct expr_node *node, const struct record *rec)
{
	uint32_t index = rec->ev->sock.tuple.device;
	bool same = false;
	char *end;

	if (index && rec->device)
		same = strlen(rec->device) == node->name_len &&
		       !memcmp(rec->device, node->name, node->name_len);
	if (index && !same && node->name_len)
		same = strtoul(node->name, &end, 10) == index && end == node->name + node->name_len;
	return answer(same == (node->op == EXPR_EQ));
}

static enum expr_answer ask_leaf(const struct expr *e, const struct expr_node *node,
				 const struct record *rec)
{
	const struct sw_sock *s = &rec->ev->sock;
	const struct sw_tuple *t = &s->tuple;

	if (node->kind == EXPR_DEVICE)
		return ask_device(node, rec);
	if (family_is_other(s->proto))
		return EXPR_UNKNOWN;
	switch ((enum expr_kind)node->kind) {
	case EXPR_SPORT:
		return ask_port(node, s, t->local_port);
	case EXPR_DPORT:
		return ask_port(node, s, t->remote_port);
	case EXPR_SRC:
		return ask_end(node, s, &t->local, t->local_port);
	case EXPR_DST:
		return ask_end(node, s, &t->remote, t->remote_port);
	case EXPR_AUTOBOUND:
		if (!has_ports(s))
			return EXPR_UNKNOWN;
		return answer(t->local_port >= e->first_port && t->local_port <= e->last_port);
	default:
		return EXPR_UNKNOWN;
	}
}

/* Children stand before their parents, so that one pass over all will do. */
enum expr_answer expr_ask(const struct expr *e, const struct record *rec)
{
	uint8_t said[EXPR_NODES_MAX] = { 0 };

	for (uint16_t i = 0; i < e->n; i++) {
		const struct expr_node *node = &e->nodes[i];
		uint8_t l = said[node->left], r = said[node->right];

		switch ((enum expr_kind)node->kind) {
		case EXPR_AND:
			said[i] = l < r ? l : r;
			break;
		case EXPR_OR:
			said[i] = l > r ? l : r;
			break;
		case EXPR_NOT:
			said[i] = (uint8_t)(EXPR_YES - l);
			break;
		default:
			said[i] = ask_leaf(e, node, rec);
		}
	}
	return e->n ? said[e->root] : EXPR_YES;
}
