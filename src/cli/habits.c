// SPDX-License-Identifier: GPL-2.0-only
#include "cli/habits.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "cli/expression.h"
#include "cli/options.h"
#include "cli/values.h"
#include "core/kinds.h"

#define WHERE_TEXT 256
#define NOT_TOLD "not told here"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What there is elsewhere only. */
static const struct {
	char letter;
	const char *name;
	const char *say;
} unknown[] = {
	{ 'K', "kill",
	  "sockets are looked at, not ended: ss -K, or kill $(sockwatch who -t PORT)" },
	{ 0, "bpf", "the filter on a socket is " NOT_TOLD ": ss -b" },
	{ 'z', "contexts", "SELinux contexts are " NOT_TOLD ": ps -Z -p PID" },
	{ 'Z', "context", "SELinux contexts are " NOT_TOLD ": ps -Z -p PID" },
	{ 'g', "groups",
	  "groups of multicast are " NOT_TOLD ": ip maddress (those of netlink: list --netlink "
	  "-j)" },
	{ 'F', "fib",
	  "routes are the word route; what ss -F reads from a file stands behind the options: list "
	  "state established dport = :443" },
	{ 'C', "cache", "Linux has no cache of routes since 3.6: the word route has the routes" },
	{ 0, "masquerade", "what is masqueraded is " NOT_TOLD ": conntrack -L --src-nat" },
	{ '2', "l2cap", "sockets of Bluetooth are " NOT_TOLD ": netstat -2" },
	{ 0, "rfcomm", "sockets of Bluetooth are " NOT_TOLD ": netstat --rfcomm" },
	{ 'd', "dccp", "DCCP, which Linux has no more since 6.16, is " NOT_TOLD ": ss -d" },
	{ 0, "threads", "a socket is told with its processes; of an event --json has actor_tid" },
	{ 0, "tos", "the TOS is " NOT_TOLD ": ss --tos; the priority: -e" },
	{ 0, "tipcinfo", "that is " NOT_TOLD ": ss --tipcinfo; the sockets: list --tipc" },
	{ 0, "inet-sockopt", "options of sockets are " NOT_TOLD ": ss --inet-sockopt" },
	{ 0, "diag", "there is no dump to a file but of lines: list -j -O FILE" },
	{ 0, "ax25", "sockets of AX.25 are " NOT_TOLD ": netstat --ax25" },
	{ 0, "ipx", "sockets of IPX are " NOT_TOLD ": netstat --ipx" },
	{ 0, "netrom", "sockets of NET/ROM are " NOT_TOLD ": netstat --netrom" },
};

const char *habit_unknown(int letter, const char *name)
{
	for (size_t i = 0; i < COUNT(unknown); i++)
		if (letter ? unknown[i].letter == letter : !strcmp(unknown[i].name, name))
			return unknown[i].say;
	return NULL;
}

/* Ours, and what it is elsewhere. */
static const struct {
	const char *name;
	uint32_t words; /* FOR(...) of each where that may have been meant */
	const char *say;
} meant[] = {
	{ "route", FOR_LIST,
	  "the routes of netstat -r are the word route, the names of ss -r --resolve" },
	{ "time", FOR_LIST, "ss -T, threads, is not told: --json has what a thread did" },
	{ "output", FOR_LIST, "ss -O, a line for each socket, is always so" },
	{ "port", FOR_ALL, "lsof -P, numbers of ports, is -n" },
	{ "mptcp", FOR_ALL & ~FOR_LIST,
	  "netstat -M, what is masqueraded, is not told: conntrack -L --src-nat" },
	{ "follow", FOR_LIST, "ss -f FAMILY is --family" },
	{ "batch", FOR_LIST, "the filter on a socket is " NOT_TOLD ": ss -b" },
	{ "events", FOR_LIST, "ss -E, sockets as they end, is the word conns" },
	{ "cgroup", FOR_LIST, "ss --cgroup, a column, is -e" },
	{ "remote-port", FOR_LIST, "ss -D FILE is list -j -O FILE" },
};

const char *habit_meant(const char *name, const char *value, enum word_id id)
{
	for (size_t i = 0; i < COUNT(meant); i++)
		if (!strcmp(meant[i].name, name) && meant[i].words & FOR(id) &&
		    (strcmp(name, "port") != 0 || !value || value[0] == '-'))
			return meant[i].say;
	return NULL;
}

/* --- families --------------------------------------------------------------------------------- */

/* Both together are as if none was named. */
static void take_version(struct options *o, uint32_t bit)
{
	o->families |= bit;
	o->select.filter.on &= ~(uint32_t)(SW_F_IPV4 | SW_F_IPV6);
	if (o->families != (SW_F_IPV4 | SW_F_IPV6))
		o->select.filter.on |= o->families;
}

int take_inet(struct options *o, const char *v)
{
	(void)v;
	take_version(o, SW_F_IPV4);
	return 0;
}

int take_inet6(struct options *o, const char *v)
{
	(void)v;
	take_version(o, SW_F_IPV6);
	return 0;
}

bool habit_is_family(const char *text)
{
	return !strcmp(text, "inet") || !strcmp(text, "inet6") || !strcmp(text, "link") ||
	       kind_find(text);
}

int take_family(struct options *o, const char *v)
{
	const struct sock_kind *kind = kind_find(!strcmp(v, "link") ? "packet" : v);

	if (!strcmp(v, "inet") || !strcmp(v, "inet6")) {
		take_version(o, v[4] ? SW_F_IPV6 : SW_F_IPV4);
		return 0;
	}
	if (!kind)
		return -EINVAL;
	kind_ask(&o->select, kind);
	return 0;
}

int take_bound(struct options *o, const char *v)
{
	(void)v;
	o->select.tcp = true;
	return value_state("close", &o->select.filter);
}

int take_summary(struct options *o, const char *v)
{
	(void)v;
	if (o->word != WORD_WATCH && o->word != WORD_LIST)
		return -EEXIST;
	o->word = WORD_LIST;
	o->summary = true;
	return 0;
}

/* --- lsof ------------------------------------------------------------------------------------- */

/* Behind "TCP" or "UDP", in *ret; NULL: neither stands there. Small letters alone are letters. */
static const char *protocol(const char *text, const char **ret)
{
	*ret = NULL;
	if (!strncmp(text, "TCP", 3) || (!strncmp(text, "tcp", 3) && strchr("@:", text[3])))
		*ret = "tcp";
	if (!strncmp(text, "UDP", 3) || (!strncmp(text, "udp", 3) && strchr("@:", text[3])))
		*ret = "udp";
	return *ret ? text + 3 : text;
}

bool habit_is_lsof_where(const char *text)
{
	const char *rest, *proto;

	if ((text[0] == '4' || text[0] == '6') && text[1])
		text++;
	rest = protocol(text, &proto);
	if (!strcmp(rest, "") || !strchr("@:", rest[0]))
		return proto && !*rest && text[0] != 't' && text[0] != 'u';
	return rest[1];
}

bool habit_is_lsof_state(const char *text)
{
	return !strncmp(text, "TCP:", 4) || !strncmp(text, "tcp:", 4);
}

static int take_ports(struct options *o, char *list)
{
	char *port;

	while ((port = strsep(&list, ",")))
		if (value_port(port, &o->select.filter.any_port))
			return -EINVAL;
	o->select.filter.on |= SW_F_PORT;
	return 0;
}

/* An address, a block, or all of a name. */
static int take_host(struct sw_cidr_set *set, const char *host)
{
	size_t n = 0;

	if (!value_cidr(host, set))
		return 0;
	if (host_addresses(host, set->cidr + set->n, SW_FILTER_MAX - set->n, &n))
		return -EINVAL;
	set->n += (uint32_t)n;
	return 0;
}

/* "[46][TCP|UDP][@host][:port[,port...]]" */
int take_lsof_where(struct options *o, const char *v)
{
	char text[WHERE_TEXT], *at = text, *ports;
	const char *proto;

	if (strlen(v) >= sizeof(text) || o->lsof_where) /* of two, each would be a filter of both */
		return -EINVAL;
	strcpy(text, v);
	o->lsof_where = true;
	if (*at == '4' || *at == '6')
		take_version(o, *at++ == '4' ? SW_F_IPV4 : SW_F_IPV6);
	at += protocol(at, &proto) - at;
	o->select.tcp = o->select.tcp || !proto || !strcmp(proto, "tcp");
	o->select.udp = o->select.udp || !proto || !strcmp(proto, "udp");
	o->lsof = true;
	ports = at[0] == '@' && at[1] == '[' ? strchr(at, ']') : at;
	ports = ports ? strchr(ports, ':') : NULL;
	if (ports)
		*ports++ = '\0';
	if (ports && take_ports(o, ports))
		return -EINVAL;
	if (*at != '@')
		return *at ? -EINVAL : 0;
	if (take_host(&o->select.filter.any_addr, at + 1))
		return -EINVAL;
	o->select.filter.on |= SW_F_ADDR;
	return 0;
}

int take_lsof_state(struct options *o, const char *v)
{
	char text[WHERE_TEXT], *rest = text, *state;

	if (strlen(v) >= sizeof(text))
		return -EINVAL;
	strcpy(text, v + strlen("TCP:"));
	while ((state = strsep(&rest, ",")))
		if (value_state(state, &o->select.filter))
			return -EINVAL;
	o->select.filter.on |= SW_F_STATE;
	o->select.tcp = o->lsof = true;
	return 0;
}
