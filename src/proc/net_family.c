// SPDX-License-Identifier: GPL-2.0-only
#include "proc/net_family.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/family.h"
#include "core/row.h"
#include "proc/cursor.h"
#include "proc/lines.h"
#include "proc/netns.h"

/* "%pK": a number as wide as a pointer; that of early boot says so in words. */
static bool skip_address(struct cursor *c)
{
	static const char early[] = "(____ptrval____)";
	int digits = 0;

	if ((size_t)(c->end - c->at) >= sizeof(early) && !memcmp(c->at, early, sizeof(early) - 1)) {
		c->at += sizeof(early) - 1;
		return skip_blanks(c);
	}
	for (; c->at < c->end && hex_digit(*c->at) >= 0; c->at++)
		digits++;
	return (digits == 8 || digits == 16) && skip_blanks(c);
}

/* A number and the blanks behind it. */
static bool take_number(struct cursor *c, uint32_t *ret)
{
	uint64_t v;

	if (!take_decimal(c, UINT32_MAX, &v) || !skip_blanks(c))
		return false;
	*ret = (uint32_t)v;
	return true;
}

/* The last column. */
static bool take_inode(struct cursor *c, struct sw_row *row)
{
	uint64_t inode;

	if (!take_decimal(c, UINT64_MAX, &inode))
		return false;
	row->sock.inode = inode;
	skip_blanks(c);
	return c->at == c->end;
}

/* "RefCnt Type Proto Iface R Rmem User Inode" */
static bool take_packet(struct cursor *c, struct sw_row *row, struct family_addr *local)
{
	uint32_t refcnt, type, protocol, running;

	if (!take_number(c, &refcnt) || !take_number(c, &type) || type > UINT8_MAX ||
	    !take_hex(c, 4, &protocol) || !skip_blanks(c) ||
	    !take_number(c, &row->sock.tuple.device) || !take_number(c, &running) ||
	    !take_number(c, &row->recv_q) || !take_number(c, &row->sock.uid) || !take_inode(c, row))
		return false;
	local->type = (uint8_t)type;
	local->protocol = (uint16_t)protocol;
	row->sock.have = SW_HAVE_UID | SW_HAVE_QUEUES;
	return true;
}

/* "Eth Pid Groups Rmem Wmem Dump Locks Drops Inode" */
static bool take_netlink(struct cursor *c, struct sw_row *row, struct family_addr *local)
{
	uint32_t protocol, dumps, locks, drops;

	if (!take_number(c, &protocol) || protocol > UINT16_MAX || !take_number(c, &local->id) ||
	    !take_hex(c, 8, &local->groups) || !skip_blanks(c) || !take_number(c, &row->recv_q) ||
	    !take_number(c, &row->send_q) || !take_number(c, &dumps) || !take_number(c, &locks) ||
	    !take_number(c, &drops) || !take_inode(c, row))
		return false;
	local->protocol = (uint16_t)protocol;
	row->sock.have = SW_HAVE_QUEUES;
	return true;
}

int net_family_parse_line(uint8_t proto, const char *line, size_t len, struct sw_row *ret)
{
	struct cursor c = { .at = line, .end = line + len };
	struct sw_row row = { .sock.proto = proto, .sock.state = SW_TCP_CLOSE };
	struct family_addr local = { 0 };
	bool is_packet = proto == SW_PROTO_PACKET;

	if (len >= 3 && !memcmp(line, "sk ", 3))
		return -ENODATA;
	if (!skip_address(&c) ||
	    !(is_packet ? take_packet(&c, &row, &local) : take_netlink(&c, &row, &local)))
		return -EBADMSG;
	row.sock.tuple.family = is_packet ? AF_PACKET : AF_NETLINK;
	family_addr_set(&row.sock.tuple.local, &local);
	*ret = row;
	return 0;
}

/* A table that is read; all borrowed. */
struct reading {
	struct snapshot *s;
	uint32_t netns;
	uint8_t proto;
};

static int take_line(void *arg, const char *line, size_t len)
{
	struct reading *r = arg;
	struct sw_row row;

	if (net_family_parse_line(r->proto, line, len, &row))
		return 0;
	row.sock.tuple.netns = r->netns;
	return snapshot_add_row(r->s, &row);
}

int net_family_read(int proc_fd, const struct netns *netns, uint8_t proto, struct snapshot *s)
{
	const char *name = proto == SW_PROTO_PACKET ? "net/packet" : "net/netlink";
	struct reading r = { .s = s, .netns = netns->inode, .proto = proto };
	int fd = netns_open_table(proc_fd, netns, name);

	return fd < 0 ? fd : lines_read(fd, take_line, &r);
}
