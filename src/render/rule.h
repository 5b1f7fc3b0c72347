/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules that choose the routing table: ip-rule(8)'s words, and JSON. */
#ifndef SOCKWATCH_RENDER_RULE_H
#define SOCKWATCH_RENDER_RULE_H

#include <stdint.h>

struct buf;
struct route_rule;
struct schema;

/* What render_rule_json() tells. */
extern const struct schema rule_schema;

void render_rule_header(struct buf *b);

/* Appends "32765    from 10.1.0.9 lookup 100" and no end of line. */
void render_rule_text(struct buf *b, const struct route_rule *rule);

/* change: "added", "deleted"; NULL for one that is there. wall_ns: since 1970, UTC. */
void render_rule_json(struct buf *b, const struct route_rule *rule, const char *change,
		      uint64_t wall_ns);

#endif
