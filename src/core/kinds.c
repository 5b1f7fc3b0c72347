// SPDX-License-Identifier: GPL-2.0-only
#include "core/kinds.h"

#include <string.h>

#include "core/opts.h"
#include "event.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FLAG(member) .flag = offsetof(struct select_opts, member)

const struct sock_kind sock_kinds[] = {
	{ "tcp", FLAG(tcp), SW_PROTO_TCP, .has_addrs = true, .is_usual = true },
	{ "udp", FLAG(udp), SW_PROTO_UDP, .has_addrs = true, .is_usual = true },
	{ "udplite", FLAG(udplite), SW_PROTO_UDPLITE, .has_addrs = true, .is_usual = true },
	{ "icmp", FLAG(icmp), SW_PROTO_ICMP, .has_addrs = true, .is_usual = true },
	{ "raw", FLAG(raw), SW_PROTO_RAW, .has_addrs = true, .is_usual = true },
	{ "mptcp", FLAG(mptcp), SW_PROTO_META, .has_addrs = true, .is_usual = true },
	{ "sctp", FLAG(sctp), SW_PROTO_SCTP, .has_addrs = true, .is_usual = true },
	{ "packet", FLAG(packet), SW_PROTO_PACKET },
	{ "netlink", FLAG(netlink), SW_PROTO_NETLINK },
	{ "vsock", FLAG(vsock), SW_PROTO_VSOCK },
	{ "tipc", FLAG(tipc), SW_PROTO_TIPC },
	{ "xdp", FLAG(xdp), SW_PROTO_XDP },
	{ "unix", FLAG(unix_sockets), .is_usual = true },
};
const size_t n_sock_kinds = COUNT(sock_kinds);

const struct sock_kind *kind_find(const char *name)
{
	for (size_t i = 0; i < COUNT(sock_kinds); i++)
		if (!strcmp(name, sock_kinds[i].name))
			return &sock_kinds[i];
	return NULL;
}

bool kind_is_asked(const struct select_opts *select, const struct sock_kind *kind)
{
	return *(const bool *)((const char *)select + kind->flag);
}

void kind_ask(struct select_opts *select, const struct sock_kind *kind)
{
	*(bool *)((char *)select + kind->flag) = true;
}

bool kinds_any(const struct select_opts *select)
{
	for (size_t i = 0; i < COUNT(sock_kinds); i++)
		if (kind_is_asked(select, &sock_kinds[i]))
			return true;
	return false;
}

bool kinds_any_row(const struct select_opts *select)
{
	for (size_t i = 0; i < COUNT(sock_kinds); i++)
		if (sock_kinds[i].proto && kind_is_asked(select, &sock_kinds[i]))
			return true;
	return false;
}

bool kinds_any_other(const struct select_opts *select)
{
	for (size_t i = 0; i < COUNT(sock_kinds); i++)
		if (sock_kinds[i].proto != SW_PROTO_TCP && sock_kinds[i].proto != SW_PROTO_UDP &&
		    kind_is_asked(select, &sock_kinds[i]))
			return true;
	return false;
}

bool kinds_need_addrs(const struct sw_filter *filter)
{
	return filter->on &
	       (SW_F_PORT | SW_F_LOCAL_PORT | SW_F_REMOTE_PORT | SW_F_ADDR | SW_F_LOCAL_ADDR |
		SW_F_REMOTE_ADDR | SW_F_IPV4 | SW_F_IPV6 | SW_F_NO_LOOPBACK);
}

void kinds_ask_inet(struct select_opts *select)
{
	for (size_t i = 0; i < COUNT(sock_kinds); i++)
		if (sock_kinds[i].is_usual && sock_kinds[i].has_addrs)
			kind_ask(select, &sock_kinds[i]);
}

void kinds_ask_usual(struct select_opts *select, bool all)
{
	bool need_addrs = kinds_need_addrs(&select->filter) || select->where.expr.n;

	for (size_t i = 0; i < COUNT(sock_kinds); i++)
		if ((all || sock_kinds[i].is_usual) && (!need_addrs || sock_kinds[i].has_addrs))
			kind_ask(select, &sock_kinds[i]);
}
