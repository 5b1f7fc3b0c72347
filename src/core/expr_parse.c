// SPDX-License-Identifier: GPL-2.0-only
/*
 * From words to the tree of expr.h:
 *
 *   list   = factor { [ "and" | "or" ] factor }     from the left; without either it is "and"
 *   factor = "not" factor | "(" list ")" | condition
 */
#include "core/expr.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/addr.h"

#define TEXT_MAX 256
#define CONDITIONS "dport, sport, dst, src, dev or autobound"

/* A word, or a sign; at the end of all its length is 0. */
struct token {
	const char *at;
	size_t len;
};

struct parser {
	char *const *words;
	size_t n;
	size_t word;	/* that is read */
	const char *at; /* in it */
	struct token token;
	const struct expr_names *names;
	struct expr *e;
	unsigned int depth;
	char *why;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static int fail(struct parser *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->why, p->size, format, args);
	va_end(args);
	return -EINVAL;
}

/* What `fail` may be given for a "%.*s". */
static int length(const struct token *t)
{
	return t->len < TEXT_MAX ? (int)t->len : TEXT_MAX;
}

static bool token_is(const struct token *t, const char *text)
{
	return t->len == strlen(text) && !memcmp(t->at, text, t->len);
}

static bool is_any(const struct token *t, const char *const *texts)
{
	for (; *texts; texts++)
		if (token_is(t, *texts))
			return true;
	return false;
}

/* Of two signs that belong together, or of one. */
static size_t sign_length(const char *at)
{
	static const char *const pairs[] = { "==", "!=", "<=", ">=", "&&", "||" };

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (!strncmp(at, pairs[i], 2))
			return 2;
	return 1;
}

static void next(struct parser *p)
{
	static const char blanks[] = " \t\r\n", signs[] = "()!&|=<>";

	for (;;) {
		p->at += strspn(p->at, blanks);
		if (*p->at || p->word + 1 >= p->n)
			break;
		p->at = p->words[++p->word];
	}
	p->token.at = p->at;
	if (!*p->at)
		p->token.len = 0;
	else if (strchr(signs, *p->at))
		p->token.len = sign_length(p->at);
	else
		p->token.len = strcspn(p->at, " \t\r\n()!&|=<>");
	p->at += p->token.len;
}

static const char *const and_words[] = { "and", "&", "&&", NULL };
static const char *const or_words[] = { "or", "|", "||", NULL };
static const char *const not_words[] = { "not", "!", NULL };

/* --- the tree --------------------------------------------------------------------------------- */

/* Returns its index through *ret. */
static int add(struct parser *p, const struct expr_node *node, uint16_t *ret)
{
	if (p->e->n == EXPR_NODES_MAX)
		return fail(p, "the expression is too long: at most %d conditions, and, or, not",
			    EXPR_NODES_MAX);
	p->e->nodes[p->e->n] = *node;
	*ret = p->e->n++;
	return 0;
}

static int join(struct parser *p, uint8_t kind, uint16_t left, uint16_t right, uint16_t *ret)
{
	struct expr_node node = { .kind = kind, .left = left, .right = right };

	return add(p, &node, ret);
}

/* --- values ----------------------------------------------------------------------------------- */

/* The text of a token. 0, or -EINVAL: too long. */
static int text_of(struct parser *p, const struct token *t, char text[TEXT_MAX])
{
	if (t->len >= TEXT_MAX)
		return fail(p, "'%.*s...': too long", length(t), t->at);
	memcpy(text, t->at, t->len);
	text[t->len] = '\0';
	return 0;
}

/* A number to 65535. */
static bool is_number(const char *text, uint16_t *ret)
{
	uint32_t v = 0;

	if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 5)
		return false;
	for (; *text; text++)
		v = v * 10 + (uint32_t)(*text - '0');
	if (v > UINT16_MAX)
		return false;
	*ret = (uint16_t)v;
	return true;
}

static int take_port(struct parser *p, const char *text, uint16_t *ret)
{
	if (is_number(text, ret) || !p->names->port(text, ret))
		return 0;
	return fail(p, "'%s' is not a port: a number to 65535 or a service (:443, :https)", text);
}

static int add_ports(struct parser *p, struct expr_node *node, const struct token *t, uint16_t *ret)
{
	char text[TEXT_MAX];

	if (text_of(p, t, text) || take_port(p, text + (text[0] == ':'), &node->port))
		return -EINVAL;
	return add(p, node, ret);
}

/* Any of the addresses of a name. */
static int add_hosts(struct parser *p, struct expr_node *node, const char *host, uint16_t *ret)
{
	struct sw_cidr addrs[EXPR_HOSTS_MAX];
	uint16_t at = 0, more = 0;
	size_t n = 0;
	int err = 0;

	node->has_addr = true;
	if (!cidr_parse(host, &addrs[0]))
		n = 1;
	else
		err = p->names->hosts(host, addrs, EXPR_HOSTS_MAX, &n);
	if (err == -EAGAIN)
		return fail(p,
			    "'%s': names of hosts are looked up on the command line only: write an "
			    "address or a block",
			    host);
	if (err || !n)
		return fail(p,
			    "'%s' is not an address (10.0.0.9, [::1]), a block (10.0.0.0/8) or the "
			    "name of a host",
			    host);
	for (size_t i = 0; i < n; i++) {
		node->addr = addrs[i];
		if (add(p, node, i ? &more : &at) || (i && join(p, EXPR_OR, at, more, &at)))
			return -EINVAL;
	}
	*ret = at;
	return 0;
}

/* Cuts the port off: "10.0.0.9:80", "10.0.0.0/8:80", "[::1]:80", "*:80", ":80". Or NULL. */
static char *cut_port(char *text)
{
	struct sw_cidr whole;
	char *colon = text[0] == '[' && strchr(text, ']') ? strchr(strchr(text, ']'), ':')
							  : strrchr(text, ':');

	if (!colon || (text[0] != '[' && !cidr_parse(text, &whole)))
		return NULL;
	*colon = '\0';
	return colon + 1;
}

/* EXPR_NE of an end is the negation of EXPR_EQ: of address and port together. */
static int add_end(struct parser *p, struct expr_node *node, const struct token *t, uint16_t *ret)
{
	bool negated = node->op == EXPR_NE;
	char text[TEXT_MAX], *port;
	uint16_t at;
	int err = text_of(p, t, text);

	node->op = EXPR_EQ;
	if (err)
		return err;
	port = cut_port(text);
	if (port && *port && strcmp(port, "*")) {
		node->has_port = true;
		if (take_port(p, port, &node->port))
			return -EINVAL;
	}
	if (*text && strcmp(text, "*"))
		err = add_hosts(p, node, text, &at);
	else
		err = add(p, node, &at);
	if (!err && negated)
		err = join(p, EXPR_NOT, at, at, &at);
	if (!err)
		*ret = at;
	return err;
}

static int add_device(struct parser *p, struct expr_node *node, const struct token *t,
		      uint16_t *ret)
{
	if (t->len >= TEXT_MAX)
		return fail(p, "'%.*s...': too long", length(t), t->at);
	node->name = t->at;
	node->name_len = (uint16_t)t->len;
	return add(p, node, ret);
}

/* --- conditions ------------------------------------------------------------------------------- */

/* A comparison, or none, which is "=". */
static uint8_t take_op(struct parser *p)
{
	static const struct {
		const char *const words[4];
		uint8_t op;
	} ops[] = {
		{ { "=", "==", "eq" }, EXPR_EQ },   { { "!=", "ne", "neq" }, EXPR_NE },
		{ { "<", "lt" }, EXPR_LT },	    { { ">", "gt" }, EXPR_GT },
		{ { "<=", "le", "leq" }, EXPR_LE }, { { ">=", "ge", "geq" }, EXPR_GE },
	};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (!is_any(&p->token, ops[i].words))
			continue;
		next(p);
		return ops[i].op;
	}
	return EXPR_EQ;
}

static int take_value(struct parser *p, const struct token *name, struct expr_node *node,
		      uint16_t *ret)
{
	bool is_port = node->kind == EXPR_SPORT || node->kind == EXPR_DPORT;
	struct token value;

	node->op = take_op(p);
	value = p->token;
	if (!is_port && node->op != EXPR_EQ && node->op != EXPR_NE)
		return fail(p, "'%.*s': only = and != compare %s", length(name), name->at,
			    node->kind == EXPR_DEVICE ? "interfaces" : "addresses");
	if (!value.len || (strchr("()!&|=<>", value.at[0]) && value.at[0]))
		return fail(p, "'%.*s' needs a value: %s", length(name), name->at,
			    is_port			? "dport = :443"
			    : node->kind == EXPR_DEVICE ? "dev = eth0"
							: "dst 10.0.0.0/8, src [::1]:80");
	next(p);
	if (is_port)
		return add_ports(p, node, &value, ret);
	return node->kind == EXPR_DEVICE ? add_device(p, node, &value, ret)
					 : add_end(p, node, &value, ret);
}

/* What ss has, and we have elsewhere. */
static const char *elsewhere(const struct token *t)
{
	static const struct {
		const char *name, *way;
	} others[] = {
		{ "state", "states stand before the conditions: state established dport = :443" },
		{ "exclude", "states stand before the conditions: exclude listening ..." },
		{ "cgroup", "--cgroup PATH or --unit NAME filter by where a process runs" },
		{ "fwmark", "the mark of a socket is a field, which -e tells" },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (token_is(t, others[i].name))
			return others[i].way;
	return NULL;
}

static int take_condition(struct parser *p, uint16_t *ret)
{
	static const struct {
		const char *name;
		uint8_t kind;
	} kinds[] = {
		{ "sport", EXPR_SPORT }, { "dport", EXPR_DPORT }, { "src", EXPR_SRC },
		{ "dst", EXPR_DST },	 { "dev", EXPR_DEVICE },  { "autobound", EXPR_AUTOBOUND },
	};
	struct expr_node node = { 0 };
	struct token name = p->token;
	const char *way = elsewhere(&name);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!token_is(&name, kinds[i].name))
			continue;
		node.kind = kinds[i].kind;
		next(p);
		if (node.kind != EXPR_AUTOBOUND)
			return take_value(p, &name, &node, ret);
		if (p->names->chosen_ports(&p->e->first_port, &p->e->last_port))
			return fail(p, "'autobound': /proc/sys/net/ipv4/ip_local_port_range cannot "
				       "be read: compare the port itself: sport >= :32768");
		return add(p, &node, ret);
	}
	if (way)
		return fail(p, "'%.*s': %s", length(&name), name.at, way);
	if (!name.len)
		return fail(p, "the expression ends where a condition is expected: " CONDITIONS);
	return fail(p, "'%.*s': expected is a condition: " CONDITIONS, length(&name), name.at);
}

/* --- the grammar ------------------------------------------------------------------------------ */

static int take_list(struct parser *p, uint16_t *ret);

static int take_brackets(struct parser *p, uint16_t *ret)
{
	int err;

	next(p);
	err = take_list(p, ret);
	if (err)
		return err;
	if (!token_is(&p->token, ")"))
		return fail(p, "a '(' is not closed: write ' )' at the end, in quotes for the "
			       "shell");
	next(p);
	return 0;
}

static int take_factor(struct parser *p, uint16_t *ret)
{
	uint16_t at;
	int err;

	if (++p->depth > EXPR_DEPTH_MAX)
		return fail(p, "the expression is too deep: at most %d brackets and negations",
			    EXPR_DEPTH_MAX);
	if (is_any(&p->token, not_words)) {
		next(p);
		err = take_factor(p, &at);
		if (!err)
			err = join(p, EXPR_NOT, at, at, ret);
	} else if (token_is(&p->token, "(")) {
		err = take_brackets(p, ret);
	} else {
		err = take_condition(p, ret);
	}
	p->depth--;
	return err;
}

static int take_list(struct parser *p, uint16_t *ret)
{
	uint16_t at = 0, more = 0;
	int err = take_factor(p, &at);

	while (!err && p->token.len && !token_is(&p->token, ")")) {
		bool either = is_any(&p->token, or_words);

		if (either || is_any(&p->token, and_words))
			next(p);
		err = take_factor(p, &more);
		if (!err)
			err = join(p, either ? EXPR_OR : EXPR_AND, at, more, &at);
	}
	*ret = at;
	return err;
}

bool expr_begins(const char *word)
{
	static const char *const begins[] = { "state",	"exclude", "excl", "sport",	"dport",
					      "src",	"dst",	   "dev",  "autobound", "not",
					      "fwmark", "cgroup",  NULL };
	struct token t = { .at = word, .len = strcspn(word, " \t\r\n=!<>") };

	return word[0] == '(' || word[0] == '!' || is_any(&t, begins);
}

int expr_parse(char *const *words, size_t n, const struct expr_names *names, struct expr *ret,
	       char *why, size_t size)
{
	struct parser p = { .words = words,
			    .n = n,
			    .at = n ? words[0] : "",
			    .names = names,
			    .e = ret,
			    .why = why,
			    .size = size };
	int err;

	ret->n = 0;
	next(&p);
	err = take_list(&p, &ret->root);
	if (!err && p.token.len)
		err = fail(&p, "')' without a '(' before it: leave it out");
	if (err)
		ret->n = 0;
	return err;
}
