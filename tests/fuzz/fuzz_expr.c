// SPDX-License-Identifier: GPL-2.0-only
/* The input is a scene: its words are an expression, which is asked of its events. */
#include <errno.h>
#include <string.h>

#include "core/addr.h"
#include "core/expr.h"
#include "core/record.h"
#include "fuzz.h"
#include "scene.h"

static struct expr expr, again;

static int port_of(const char *name, uint16_t *ret)
{
	FUZZ_CHECK(strlen(name) < 256);
	if (strcmp(name, "https") != 0)
		return -ENOENT;
	*ret = 443;
	return 0;
}

static int hosts_of(const char *name, struct sw_cidr *ret, size_t most, size_t *ret_n)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < n && i < most; i++)
		cidr_parse(i % 2 ? "::1" : "10.0.0.9", &ret[i]);
	*ret_n = n < most ? n : most;
	return n ? 0 : -ENOENT;
}

static int chosen_ports(uint16_t *ret_first, uint16_t *ret_last)
{
	*ret_first = 32768;
	*ret_last = 60999;
	return 0;
}

static const struct expr_names names = { port_of, hosts_of, chosen_ports };

static void check_tree(const struct expr *e)
{
	FUZZ_CHECK(e->n && e->n <= EXPR_NODES_MAX && e->root < e->n);
	for (uint16_t i = 0; i < e->n; i++) {
		const struct expr_node *node = &e->nodes[i];

		if (node->kind <= EXPR_NOT)
			FUZZ_CHECK(node->left < i && node->right < i);
		FUZZ_CHECK(node->op <= EXPR_GE);
	}
}

/* Of "not ( words )", and of "( words ) or ( words )", where there is room for them. */
static void check_others(char **words, size_t n, const struct record *rec, enum expr_answer said)
{
	char open[] = "(", close[] = ")", not [] = "not", or [] = "or", why[128];
	char *more[2 * SCENE_WORDS + 8];
	size_t at = 0;

	more[at++] = not ;
	more[at++] = open;
	memcpy(more + at, words, n * sizeof(*words));
	more[n + at++] = close;
	if (!expr_parse(more, n + at, &names, &again, why, sizeof(why)))
		FUZZ_CHECK(expr_ask(&again, rec) == EXPR_YES - said);
	at = 0;
	more[at++] = open;
	memcpy(more + at, words, n * sizeof(*words));
	at += n;
	more[at++] = close;
	more[at++] = or ;
	memcpy(more + at, more, (n + 2) * sizeof(*words));
	if (!expr_parse(more, at + n + 2, &names, &again, why, sizeof(why)))
		FUZZ_CHECK(expr_ask(&again, rec) == said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[128];
	struct scene s;
	int err;

	scene_read(data, size, &s);
	memset(why, 0, sizeof(why));
	err = expr_parse(s.words, (size_t)s.n_words, &names, &expr, why, sizeof(why));
	if (err) {
		FUZZ_CHECK(err == -EINVAL && why[0] && !expr.n);
		scene_free(&s);
		return 0;
	}
	check_tree(&expr);
	for (int i = 0; i < s.n_words; i++)
		expr_states(s.words[i]);
	for (size_t i = 0; i < s.n_events; i++) {
		struct record rec = { .ev = &s.events[i], .device = i % 2 ? "eth0" : NULL };
		enum expr_answer said = expr_ask(&expr, &rec);

		FUZZ_CHECK(said <= EXPR_YES);
		check_others(s.words, (size_t)s.n_words, &rec, said);
	}
	scene_free(&s);
	return 0;
}
