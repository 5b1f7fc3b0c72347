// SPDX-License-Identifier: GPL-2.0-only
#include "render/rule.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <linux/fib_rules.h>

#include "base/buf.h"
#include "core/route.h"
#include "core/route_rule.h"
#include "render/cell.h"
#include "render/escape.h"
#include "render/stamp.h"

#define PRIORITY_WIDTH 8
#define TEXT_MAX (INET6_ADDRSTRLEN + 4)

/* "10.0.0.0/8", or a host without its length; "all" */
static const char *prefix(const struct route_rule *r, const uint8_t *addr, uint8_t bits, char *text)
{
	size_t len;

	if (!bits)
		return "all";
	inet_ntop(r->family, addr, text, INET6_ADDRSTRLEN);
	len = strlen(text);
	if (bits != (r->family == AF_INET ? 32 : 128))
		snprintf(text + len, TEXT_MAX - len, "/%u", bits);
	return text;
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

static void put_word(struct buf *b, const char *key, const char *word)
{
	if (!word[0])
		return;
	buf_puts(b, key);
	escape_text(b, word, strlen(word));
}

static void put_number(struct buf *b, const char *key, bool has, uint64_t number)
{
	if (!has)
		return;
	buf_puts(b, key);
	buf_put_u64(b, number);
}

static void put_ports(struct buf *b, const char *key, const uint16_t ports[2])
{
	put_number(b, key, ports[0], ports[0]);
	put_number(b, "-", ports[1] > ports[0], ports[1]);
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
		put_number(b, "action ", true, r->action);
	put_number(b, " ", r->action == FR_ACT_GOTO, r->target);
	if (r->action == FR_ACT_TO_TBL)
		put_word(b, " ", table_name(r, text, sizeof(text)));
	put_number(b, " suppress_prefixlength ", r->has_suppress, r->suppress);
	put_number(b, " suppress_ifgroup ", r->has_suppress_group, r->suppress_group);
	if (!r->realm_from && !r->realm_to)
		return;
	buf_puts(b, " realms");
	put_number(b, " ", r->realm_from, r->realm_from);
	put_number(b, r->realm_from ? "/" : " ", true, r->realm_to);
}

void render_rule_text(struct buf *b, const struct route_rule *r)
{
	size_t start = b->len;
	char text[TEXT_MAX];

	buf_put_u64(b, r->priority);
	cell_end(b, start, PRIORITY_WIDTH);
	buf_puts(b, r->inverted ? "not from " : "from ");
	buf_puts(b, prefix(r, r->src, r->src_len, text));
	if (r->dst_len)
		put_word(b, " to ", prefix(r, r->dst, r->dst_len, text));
	put_number(b, " tos ", r->tos, r->tos);
	put_mark(b, r);
	put_word(b, " iif ", r->in);
	put_word(b, " oif ", r->out);
	put_number(b, " uidrange ", r->has_uids, r->first_uid);
	put_number(b, "-", r->has_uids, r->last_uid);
	put_number(b, " ipproto ", r->ip_proto, r->ip_proto);
	put_ports(b, " sport ", r->src_ports);
	put_ports(b, " dport ", r->dst_ports);
	put_action(b, r);
	if (r->has_more)
		buf_puts(b, " [more]");
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void json_word(struct buf *b, const char *key, const char *word)
{
	if (!word || !word[0])
		return;
	buf_puts(b, key);
	escape_json(b, word, strlen(word));
	buf_putc(b, '"');
}

static void json_ports(struct buf *b, const char *key, const uint16_t ports[2])
{
	if (!ports[0])
		return;
	put_number(b, key, true, ports[0]);
	put_number(b, ",", true, ports[1]);
	buf_putc(b, ']');
}

static void json_selector(struct buf *b, const struct route_rule *r)
{
	char text[TEXT_MAX];

	if (r->inverted)
		buf_puts(b, ",\"not\":true");
	if (r->src_len)
		json_word(b, ",\"from\":\"", prefix(r, r->src, r->src_len, text));
	if (r->dst_len)
		json_word(b, ",\"to\":\"", prefix(r, r->dst, r->dst_len, text));
	put_number(b, ",\"tos\":", r->tos, r->tos);
	put_number(b, ",\"fwmark\":", r->mark || r->mask, r->mark);
	put_number(b, ",\"fwmask\":", r->mark || r->mask, r->mask);
	json_word(b, ",\"iif\":\"", r->in);
	json_word(b, ",\"oif\":\"", r->out);
	put_number(b, ",\"first_uid\":", r->has_uids, r->first_uid);
	put_number(b, ",\"last_uid\":", r->has_uids, r->last_uid);
	put_number(b, ",\"ip_proto\":", r->ip_proto, r->ip_proto);
	json_ports(b, ",\"src_ports\":[", r->src_ports);
	json_ports(b, ",\"dst_ports\":[", r->dst_ports);
}

void render_rule_json(struct buf *b, const struct route_rule *r, const char *change,
		      uint64_t wall_ns)
{
	struct stamp_cache stamp = { 0 };
	bool looks_up = r->action == FR_ACT_TO_TBL && !r->l3mdev;

	buf_puts(b, "{\"time\":\"");
	stamp_put(b, &stamp, STAMP_ISO, wall_ns);
	buf_puts(b, "\",\"event\":\"rule\"");
	json_word(b, ",\"change\":\"", change);
	buf_puts(b, r->family == AF_INET ? ",\"family\":\"ipv4\"" : ",\"family\":\"ipv6\"");
	put_number(b, ",\"priority\":", true, r->priority);
	json_selector(b, r);
	json_word(b, ",\"action\":\"", route_rule_action_name(r->action));
	put_number(b, ",\"goto\":", r->action == FR_ACT_GOTO, r->target);
	put_number(b, ",\"table\":", looks_up, r->table);
	json_word(b, ",\"table_name\":\"", looks_up ? route_table_name(r->table) : NULL);
	if (r->l3mdev)
		buf_puts(b, ",\"l3mdev\":true");
	put_number(b, ",\"suppress_prefixlength\":", r->has_suppress, r->suppress);
	put_number(b, ",\"suppress_ifgroup\":", r->has_suppress_group, r->suppress_group);
	put_number(b, ",\"realm_from\":", r->realm_from, r->realm_from);
	put_number(b, ",\"realm_to\":", r->realm_to, r->realm_to);
	put_number(b, ",\"protocol\":", r->protocol, r->protocol);
	json_word(b, ",\"protocol_name\":\"", route_protocol_name(r->protocol));
	buf_puts(b, r->has_more ? ",\"more\":true}\n" : "}\n");
}
