// SPDX-License-Identifier: GPL-2.0-only
#include "render/rule.h"

#include <stdio.h>
#include <string.h>

#include <linux/fib_rules.h>

#include "base/buf.h"
#include "core/route.h"
#include "core/route_rule.h"
#include "render/cell.h"
#include "render/json_put.h"
#include "render/prefix.h"
#include "render/schema.h"
#include "render/stamp.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define PRIORITY_WIDTH 8

/* "10.0.0.0/8", or a host without its length; "all" */
static const char *prefix(const struct route_rule *r, const uint8_t *addr, uint8_t bits, char *text)
{
	if (!bits)
		return "all";
	if (bits == (r->family == AF_INET ? 32 : 128))
		return inet_ntop(r->family, addr, text, INET6_ADDRSTRLEN);
	return prefix_format(r->family, addr, bits, text);
}

static const char *table_name(const struct route_rule *r, char *text, size_t size)
{
	const char *name = route_table_name(r->table);

	if (r->l3mdev)
		return "[l3mdev-table]";
	if (name)
		return name;
	snprintf(text, size, "%u", r->table);
	return text;
}

/* --- text ------------------------------------------------------------------------------------- */

void render_rule_header(struct buf *b)
{
	cell_put(b, "Priority", PRIORITY_WIDTH);
	buf_puts(b, "Rule\n");
}

static void put_ports(struct buf *b, const char *key, const uint16_t ports[2])
{
	label_put_number(b, key, ports[0], ports[0]);
	label_put_number(b, "-", ports[1] > ports[0], ports[1]);
}

static void put_mark(struct buf *b, const struct route_rule *r)
{
	char text[32];

	if (!r->mark && !r->mask)
		return;
	snprintf(text, sizeof(text), r->mask == UINT32_MAX ? " fwmark 0x%x" : " fwmark 0x%x/0x%x",
		 r->mark, r->mask);
	buf_puts(b, text);
}

static void put_action(struct buf *b, const struct route_rule *r)
{
	const char *name = route_rule_action_name(r->action);
	char text[16];

	buf_putc(b, ' ');
	if (name)
		buf_puts(b, name);
	else
		label_put_number(b, "action ", true, r->action);
	label_put_number(b, " ", r->action == FR_ACT_GOTO, r->target);
	if (r->action == FR_ACT_TO_TBL)
		label_put_text(b, " ", table_name(r, text, sizeof(text)));
	label_put_number(b, " suppress_prefixlength ", r->has_suppress, r->suppress);
	label_put_number(b, " suppress_ifgroup ", r->has_suppress_group, r->suppress_group);
	if (!r->realm_from && !r->realm_to)
		return;
	buf_puts(b, " realms");
	label_put_number(b, " ", r->realm_from, r->realm_from);
	label_put_number(b, r->realm_from ? "/" : " ", true, r->realm_to);
}

void render_rule_text(struct buf *b, const struct route_rule *r)
{
	size_t start = b->len;
	char text[PREFIX_TEXT_MAX];

	buf_put_u64(b, r->priority);
	cell_end(b, start, PRIORITY_WIDTH);
	buf_puts(b, r->inverted ? "not from " : "from ");
	buf_puts(b, prefix(r, r->src, r->src_len, text));
	if (r->dst_len)
		label_put_text(b, " to ", prefix(r, r->dst, r->dst_len, text));
	label_put_number(b, " tos ", r->tos, r->tos);
	put_mark(b, r);
	label_put_text(b, " iif ", filled(r->in));
	label_put_text(b, " oif ", filled(r->out));
	label_put_number(b, " uidrange ", r->has_uids, r->first_uid);
	label_put_number(b, "-", r->has_uids, r->last_uid);
	label_put_number(b, " ipproto ", r->ip_proto, r->ip_proto);
	put_ports(b, " sport ", r->src_ports);
	put_ports(b, " dport ", r->dst_ports);
	put_action(b, r);
	if (r->has_more)
		buf_puts(b, " [more]");
}

/* --- JSON ------------------------------------------------------------------------------------- */

/* The rule comes first: fields follow it. */
struct rule_line {
	const struct route_rule *rule;
	const char *change; /* NULL: none */
	uint64_t wall_ns;
};

static const struct route_rule *rule_of(const void *line)
{
	return ((const struct rule_line *)line)->rule;
}

static bool looks_up(const struct route_rule *r)
{
	return r->action == FR_ACT_TO_TBL && !r->l3mdev;
}

static bool get_family(const void *line, struct field_value *v)
{
	return value_text(v, rule_of(line)->family == AF_INET ? "ipv4" : "ipv6");
}

static bool get_from(const void *line, struct field_value *v)
{
	const struct route_rule *r = rule_of(line);

	return r->src_len && value_text(v, prefix(r, r->src, r->src_len, v->scratch));
}

static bool get_to(const void *line, struct field_value *v)
{
	const struct route_rule *r = rule_of(line);

	return r->dst_len && value_text(v, prefix(r, r->dst, r->dst_len, v->scratch));
}

static bool get_mark(const void *line, struct field_value *v)
{
	return (rule_of(line)->mark || rule_of(line)->mask) && field_member(line, v);
}

static const uint16_t *ports_of(const void *line, const struct field_value *v)
{
	const struct route_rule *r = rule_of(line);

	return v->field->at == offsetof(struct route_rule, src_ports) ? r->src_ports : r->dst_ports;
}

static void put_both_ports(struct buf *b, const void *line, const struct field_value *v)
{
	for (int i = 0; i < 2; i++) {
		json_next(b);
		json_put_number(b, ports_of(line, v)[i]);
	}
}

static bool get_ports(const void *line, struct field_value *v)
{
	v->put_elements = put_both_ports;
	return ports_of(line, v)[0];
}

static bool get_goto(const void *line, struct field_value *v)
{
	return rule_of(line)->action == FR_ACT_GOTO && field_member(line, v);
}

static bool get_action(const void *line, struct field_value *v)
{
	return value_text(v, route_rule_action_name(rule_of(line)->action));
}

static bool get_table(const void *line, struct field_value *v)
{
	return looks_up(rule_of(line)) && field_member(line, v);
}

static bool get_table_name(const void *line, struct field_value *v)
{
	return looks_up(rule_of(line)) && value_text(v, route_table_name(rule_of(line)->table));
}

static bool get_protocol_name(const void *line, struct field_value *v)
{
	return value_text(v, route_protocol_name(rule_of(line)->protocol));
}

#define IN(member) FIELD_IN(struct route_rule, member)
#define HAS(member) .has = offsetof(struct route_rule, member)

static const struct field fields[] = {
	{ KEY("time", TIME, field_member, "When: RFC 3339, UTC, nanoseconds"),
	  FIELD_AT(struct rule_line, wall_ns) },
	{ KEY("event", WORD, field_word, "Always rule"), .word = "rule" },
	{ KEY("change", WORD, field_text, "What happened to it: added or deleted"),
	  FIELD_AT(struct rule_line, change) },
	{ KEY("family", WORD, get_family, "ipv4 or ipv6") },
	{ KEY("priority", NUMBER, field_member, "Its place among the rules"), IN(priority) },
	{ KEY("not", BOOL, field_nonzero, "True when it is for what does not match"),
	  IN(inverted) },
	{ KEY("from", WORD, get_from, "The source addresses it is for") },
	{ KEY("to", WORD, get_to, "The destination addresses it is for") },
	{ KEY("tos", NUMBER, field_nonzero, "The type of service it is for"), IN(tos) },
	{ KEY("fwmark", NUMBER, get_mark, "The firewall's mark it is for"), IN(mark) },
	{ KEY("fwmask", NUMBER, get_mark, "The bits of the mark that count"), IN(mask) },
	{ KEY("iif", FOREIGN, field_filled, "The interface it came in by"), IN(in) },
	{ KEY("oif", FOREIGN, field_filled, "The interface that the socket is bound to"), IN(out) },
	{ KEY("first_uid", NUMBER, field_if, "The first of the users it is for"), IN(first_uid),
	  HAS(has_uids) },
	{ KEY("last_uid", NUMBER, field_if, "The last of the users it is for"), IN(last_uid),
	  HAS(has_uids) },
	{ KEY("ip_proto", NUMBER, field_nonzero, "The number of the protocol it is for"),
	  IN(ip_proto) },
	{ KEY("src_ports", LIST, get_ports, "The first and the last source port"), IN(src_ports),
	  JSON_ONLY },
	{ KEY("dst_ports", LIST, get_ports, "The first and the last destination port"),
	  IN(dst_ports), JSON_ONLY },
	{ KEY("action", WORD, get_action,
	      "lookup, goto, nop, blackhole, unreachable or prohibit") },
	{ KEY("goto", NUMBER, get_goto, "The priority of the rule that is next"), IN(target) },
	{ KEY("table", NUMBER, get_table, "The table that is looked up"), IN(table) },
	{ KEY("table_name", WORD, get_table_name, "Its name: main, local or default") },
	{ KEY("l3mdev", BOOL, field_nonzero, "True when the table is that of the VRF"),
	  IN(l3mdev) },
	{ KEY("suppress_prefixlength", NUMBER, field_if,
	      "Routes with a prefix so short or shorter do not count"),
	  IN(suppress), HAS(has_suppress) },
	{ KEY("suppress_ifgroup", NUMBER, field_if,
	      "Routes through interfaces of this group do not count"),
	  IN(suppress_group), HAS(has_suppress_group) },
	{ KEY("realm_from", NUMBER, field_nonzero, "The realm of the source"), IN(realm_from) },
	{ KEY("realm_to", NUMBER, field_nonzero, "The realm of the destination"), IN(realm_to) },
	{ KEY("protocol", NUMBER, field_nonzero, "Who made it, by number"), IN(protocol) },
	{ KEY("protocol_name", WORD, get_protocol_name, "Who made it, by name") },
	{ KEY("more", BOOL, field_nonzero, "True when it has conditions that are not known here"),
	  IN(has_more) },
};

const struct schema rule_schema = { "Keys of rules", fields, COUNT(fields) };

void render_rule_json(struct buf *b, const struct route_rule *r, const char *change,
		      uint64_t wall_ns)
{
	const struct rule_line line = { r, change, wall_ns };
	struct stamp_cache stamp = { 0 };

	schema_put_json(&rule_schema, b, &line, &(struct field_times){ .time = &stamp });
}
