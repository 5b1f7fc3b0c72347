// SPDX-License-Identifier: GPL-2.0-only
#include "cli/target.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/options.h"
#include "cli/values.h"
#include "core/addr.h"
#include "core/kinds.h"
#include "core/who.h"

#define HOST_MAX 64

static const struct {
	const char *name;
	uint8_t proto;
} protos[] = {
	{ "/udplite", SW_PROTO_UDPLITE },
	{ "/sctp", SW_PROTO_SCTP },
	{ "/mptcp", SW_PROTO_META },
	{ "/vsock", SW_PROTO_VSOCK },
};

/* "53/udp": the ports of one protocol. */
static int take_ports_of(const char *name, const char *slash, struct who_target *t)
{
	if (!strcmp(slash, "/tcp"))
		return value_port_of(name, "tcp", &t->tcp);
	if (!strcmp(slash, "/udp"))
		return value_port_of(name, "udp", &t->udp);
	for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++) {
		if (strcmp(slash, protos[i].name))
			continue;
		t->other_proto = protos[i].proto;
		/* services are named for few protocols */
		return value_port_of(name, slash + 1, &t->others) ? value_port(name, &t->others)
								  : 0;
	}
	return -EINVAL;
}

/* Of one protocol, or of all that have it: a service of those for which it is named. */
static int take_ports(const char *text, struct who_target *t)
{
	const char *slash = strchr(text, '/');
	char name[64];

	t->has_ports = true;
	if (!slash) {
		value_port_of(text, "tcp", &t->tcp);
		value_port_of(text, "udp", &t->udp);
		return value_port(text, &t->others);
	}
	if ((size_t)(slash - text) >= sizeof(name))
		return -EINVAL;
	memcpy(name, text, (size_t)(slash - text));
	name[slash - text] = '\0';
	return take_ports_of(name, slash, t);
}

/*
 * An address without the zone that the tables print it with, "fe80::1%eth0" or "[fe80::1%eth0]":
 * numbers of interfaces differ from one network namespace to the next, so all zones are meant.
 */
static int parse_address(const char *text, struct sw_cidr *ret)
{
	const char *zone = strchr(text, '%'), *end;
	char address[HOST_MAX];
	struct sw_cidr c;

	if (!zone)
		return cidr_parse(text, ret);
	end = *text == '[' ? strchr(zone, ']') : zone + strlen(zone);
	if (!end || end == zone + 1 || strpbrk(zone, "/:") || (*end && end[1]) ||
	    (size_t)(zone - text) + strlen(end) >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, (size_t)(zone - text));
	strcpy(address + (zone - text), end);
	if (cidr_parse(address, &c) || !addr_is_link_local(&c.net))
		return -EINVAL;
	*ret = c;
	return 0;
}

/* "" and "*" are all addresses, as 0.0.0.0 and :: are: none in particular. */
static int take_host(const char *text, size_t len, struct who_target *t)
{
	char host[HOST_MAX];

	if (len == 0 || (len == 1 && *text == '*'))
		return 0;
	if (len >= sizeof(host) || memchr(text, '/', len))
		return -EINVAL;
	memcpy(host, text, len);
	host[len] = '\0';
	if (parse_address(host, &t->addr))
		return -EINVAL;
	t->has_addr = !addr_is_any(&t->addr.net);
	return 0;
}

/* "127.0.0.1:80", "::1:80", "[::1]:80", "*:53/udp": an address, a colon and ports. */
static int take_both(const char *text, struct who_target *t)
{
	const char *colon = strrchr(text, ':');

	if (!colon || take_host(text, (size_t)(colon - text), t))
		return -EINVAL;
	return take_ports(colon + 1, t);
}

/* As people write an address of IPv6, its last part is no port: but that of loopback has none. */
static bool is_address(const char *text, struct who_target *t)
{
	const char *loopback = "::1:";

	t->has_addr = !parse_address(text, &t->addr);
	return t->has_addr && strncmp(text, loopback, strlen(loopback)) != 0;
}

int target_parse(const char *text, struct who_target *ret)
{
	struct who_target ports = { 0 }, addr = { 0 }, both = { 0 };

	if (!take_ports(text, &ports))
		*ret = ports;
	else if (is_address(text, &addr))
		*ret = addr;
	else if (!take_both(text, &both))
		*ret = both;
	else
		return -EINVAL;
	return 0;
}

static bool any_port(const struct sw_port_set *set)
{
	for (size_t i = 0; i < sizeof(set->bits) / sizeof(set->bits[0]); i++)
		if (set->bits[i])
			return true;
	return false;
}

bool target_narrow(struct who_target *t, const struct select_opts *select)
{
	const struct sw_port_set none = { 0 };
	bool any_other = false;

	for (size_t i = 0; i < n_sock_kinds; i++) {
		const struct sock_kind *kind = &sock_kinds[i];

		if (who_has_ports(kind->proto) && kind->proto != SW_PROTO_TCP &&
		    kind->proto != SW_PROTO_UDP && kind_is_asked(select, kind))
			any_other = any_other || !t->other_proto || t->other_proto == kind->proto;
	}
	if (!select->tcp)
		t->tcp = none;
	if (!select->udp)
		t->udp = none;
	if (!any_other)
		t->others = none;
	return !t->has_ports || any_port(&t->tcp) || any_port(&t->udp) || any_port(&t->others);
}

/* What only who knows, as it stands; the rest is of TCP and UDP. */
static int check_protocols(const struct options *o, const char *word, char *why, size_t size)
{
	struct who_target target;

	if ((o->word == WORD_WHO_PAST || o->follow) && !o->select.tcp && !o->select.udp) {
		snprintf(why, size, "%s: what %s is told of TCP and UDP: leave the other out", word,
			 o->follow ? "goes on" : "is past");
		return -EINVAL;
	}
	for (int i = 0; i < o->n_args; i++) {
		target_parse(o->args[i], &target);
		if (target.other_proto && o->word != WORD_WHO) {
			snprintf(why, size, "%s: '%s': what is past is told of TCP and UDP", word,
				 o->args[i]);
			return -EINVAL;
		}
		if (o->word != WORD_WHO || target_narrow(&target, &o->select))
			continue;
		snprintf(why, size, "who: '%s' is a port of another protocol than was asked for",
			 o->args[i]);
		return -EINVAL;
	}
	return 0;
}

int targets_check(const struct options *o, char *why, size_t size)
{
	struct who_target target;

	const char *word = o->word == WORD_LOG ? "log" : "who";

	if (!o->n_args && o->word == WORD_LOG)
		return 0;
	if (!o->n_args) {
		snprintf(why, size, "who needs a port: who 8080, who https 53/udp, who 8000-8099");
		return -EINVAL;
	}
	for (int i = 0; i < o->n_args; i++) {
		if (!target_parse(o->args[i], &target))
			continue;
		snprintf(why, size,
			 "%s: '%s' is not a port (443, 53/udp, 53/sctp), a range (8000-8099), a "
			 "service "
			 "(https), an address, or both (10.0.0.9:80, [::1]:80); ports are 1 to "
			 "65535",
			 word, o->args[i]);
		return -EINVAL;
	}
	if (check_protocols(o, word, why, size))
		return -EINVAL;
	if (o->word == WORD_WHO_PAST && o->count.n_keys) {
		snprintf(why, size, "--by: what is past is counted by log: log %s --by ...",
			 o->args[0]);
		return -EINVAL;
	}
	if (o->word == WORD_WHO && o->count.n_keys && (o->follow || o->pids_only)) {
		snprintf(why, size, "--by counts in place of what is told: leave %s out",
			 o->follow ? "-f" : "--pids");
		return -EINVAL;
	}
	if (!o->pids_only || (!o->follow && o->print.format == OUTPUT_TEXT))
		return 0;
	snprintf(why, size, "--pids is a list of numbers: leave -f, -j and --csv out");
	return -EINVAL;
}
