// SPDX-License-Identifier: GPL-2.0-only
#include "core/addr.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

static char *put_octet(char *p, unsigned int v)
{
	if (v >= 100)
		*p++ = (char)('0' + v / 100);
	if (v >= 10)
		*p++ = (char)('0' + v / 10 % 10);
	*p++ = (char)('0' + v % 10);
	return p;
}

static char *put_dotted(char *p, const __u8 *octets)
{
	for (int i = 0; i < 4; i++) {
		if (i)
			*p++ = '.';
		p = put_octet(p, octets[i]);
	}
	return p;
}

static char *put_group(char *p, unsigned int v)
{
	static const char hex[] = "0123456789abcdef";

	if (v >= 0x1000)
		*p++ = hex[v >> 12];
	if (v >= 0x100)
		*p++ = hex[v >> 8 & 15];
	if (v >= 0x10)
		*p++ = hex[v >> 4 & 15];
	*p++ = hex[v & 15];
	return p;
}

/* RFC 5952: the longest run of zeros, the first of equals, is "::"; a single zero is none. */
static char *put_groups(char *p, const __u8 *b)
{
	int first = 8, n = 1, run = 0;

	for (int i = 0; i < 8; i++) {
		run = b[i * 2] || b[i * 2 + 1] ? 0 : run + 1;
		if (run > n) {
			n = run;
			first = i + 1 - run;
		}
	}
	for (int i = 0; i < 8; i++) {
		if (i == first) {
			*p++ = ':';
			i += n;
		}
		if (i)
			*p++ = ':';
		if (first == 0 && n == 6) /* ::192.0.2.1, the old IPv4-compatible form */
			return put_dotted(p, b + 12);
		if (i < 8)
			p = put_group(p, (unsigned int)b[i * 2] << 8 | b[i * 2 + 1]);
	}
	return p;
}

/* By hand: inet_ntop would be most of a line's cost. */
size_t addr_format(const union sw_addr *addr, char *text)
{
	char *p = sw_is_v4mapped(addr) ? put_dotted(text, addr->b + 12) : put_groups(text, addr->b);

	*p = '\0';
	return (size_t)(p - text);
}

bool addr_is_any(const union sw_addr *a)
{
	return a->q[0] == 0 && (a->q[1] == 0 || (sw_is_v4mapped(a) && !a->b[12] && !a->b[13] &&
						 !a->b[14] && !a->b[15]));
}

bool addr_is_link_local(const union sw_addr *addr)
{
	return addr->b[0] == 0xfe && (addr->b[1] & 0xc0) == 0x80;
}

union sw_addr addr_of_bytes(const void *bytes, bool v4)
{
	union sw_addr addr = { 0 };

	if (v4)
		addr.b[10] = addr.b[11] = 0xff;
	memcpy(addr.b + (v4 ? 12 : 0), bytes, v4 ? 4 : 16);
	return addr;
}

uint64_t tuple_hash_ends(uint64_t before, const struct sw_tuple *t)
{
	uint64_t hash = hash_bytes(before, &t->local, sizeof(t->local));

	hash = hash_bytes(hash, &t->remote, sizeof(t->remote));
	hash = hash_bytes(hash, &t->local_port, sizeof(t->local_port));
	return hash_bytes(hash, &t->remote_port, sizeof(t->remote_port));
}

int tuple_version(const struct sw_tuple *t)
{
	return sw_is_v4mapped(&t->local) || sw_is_v4mapped(&t->remote) ? 4 : 6;
}

static void mask_set(union sw_addr *mask, unsigned int bits)
{
	memset(mask, 0, sizeof(*mask));
	for (unsigned int i = 0; i < 16 && bits; i++) {
		unsigned int n = bits < 8 ? bits : 8;

		mask->b[i] = (__u8)(0xff00 >> n);
		bits -= n;
	}
}

/* The number behind the slash, at most `max`; -EINVAL for anything else. */
static int parse_prefix(const char *text, unsigned int max)
{
	char *end;
	unsigned long bits;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	bits = strtoul(text, &end, 10);
	return *end || bits > max ? -EINVAL : (int)bits;
}

int cidr_parse(const char *text, struct sw_cidr *ret)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char host[ADDR_TEXT_MAX];
	struct sw_cidr c = { 0 };
	unsigned int first = 96; /* bits before the address itself */
	int bits;

	if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (len == 0 || len >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, len);
	host[len] = '\0';
	if (inet_pton(AF_INET, host, &c.net.b[12]) == 1)
		c.net.b[10] = c.net.b[11] = 0xff;
	else if (inet_pton(AF_INET6, host, c.net.b) == 1)
		first = 0;
	else
		return -EINVAL;
	bits = slash ? parse_prefix(slash + 1, 128 - first) : (int)(128 - first);
	if (bits < 0)
		return bits;
	mask_set(&c.mask, first + (unsigned int)bits);
	c.net.q[0] &= c.mask.q[0];
	c.net.q[1] &= c.mask.q[1];
	c.v4 = (__u64)sw_is_v4mapped(&c.net);
	*ret = c;
	return 0;
}

bool cidr_has(const struct sw_cidr *c, const union sw_addr *a)
{
	return c->v4 == (__u64)sw_is_v4mapped(a) && (a->q[0] & c->mask.q[0]) == c->net.q[0] &&
	       (a->q[1] & c->mask.q[1]) == c->net.q[1];
}
