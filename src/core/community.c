// SPDX-License-Identifier: GPL-2.0-only
#include "core/community.h"

#include <stdbool.h>
#include <string.h>

#include "base/sha1.h"
#include "core/addr.h"
#include "event.h"

/* An end as it is hashed: what is compared, too, as ports are in network order. */
struct end {
	uint8_t addr[16];
	uint8_t port[2];
};

static struct end end_of(const union sw_addr *addr, uint16_t port)
{
	struct end e = { .port = { (uint8_t)(port >> 8), (uint8_t)port } };

	memcpy(e.addr, addr->b, sizeof(e.addr));
	return e;
}

/* 0: of none that has ports. MPTCP is TCP on the way. */
static uint8_t protocol_of(const struct sw_sock *s)
{
	if (s->proto == SW_PROTO_META)
		return SW_PROTO_TCP;
	return s->proto == SW_PROTO_TCP || s->proto == SW_PROTO_UDP || s->proto == SW_PROTO_SCTP
		       ? s->proto
		       : 0;
}

static bool is_known(const union sw_addr *addr, uint16_t port)
{
	return port && !addr_is_any(addr);
}

/* Seed, both addresses, the protocol and a 0, both ports; the lower end first. */
static size_t make_message(const struct sw_tuple *t, uint8_t protocol, uint8_t ret[SHA1_MOST])
{
	struct end a = end_of(&t->local, t->local_port), b = end_of(&t->remote, t->remote_port);
	size_t skip = tuple_version(t) == 4 ? 12 : 0, size = sizeof(a.addr) - skip, n = 2;
	const struct end *low = memcmp(&a, &b, sizeof(a)) <= 0 ? &a : &b;
	const struct end *high = low == &a ? &b : &a;

	ret[0] = ret[1] = 0;
	memcpy(ret + n, low->addr + skip, size);
	memcpy(ret + n + size, high->addr + skip, size);
	n += 2 * size;
	ret[n++] = protocol;
	ret[n++] = 0;
	memcpy(ret + n, low->port, 2);
	memcpy(ret + n + 2, high->port, 2);
	return n + 4;
}

/* Of SHA1_SIZE bytes: 28 characters, the last of which fills up. */
static void put_base64(const uint8_t *bytes, char *ret)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < SHA1_SIZE; i += 3) {
		uint32_t third = i + 2 < SHA1_SIZE ? bytes[i + 2] : 0;
		uint32_t word = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | third;

		for (int k = 18; k >= 0; k -= 6)
			*ret++ = letters[word >> k & 63];
	}
	ret[-1] = '=';
}

size_t community_id(const struct sw_sock *s, char ret[COMMUNITY_ID_LEN])
{
	uint8_t message[SHA1_MOST], digest[SHA1_SIZE], protocol = protocol_of(s);
	const struct sw_tuple *t = &s->tuple;

	if (!protocol || !is_known(&t->local, t->local_port) ||
	    !is_known(&t->remote, t->remote_port))
		return 0;
	sha1_short(message, make_message(t, protocol, message), digest);
	memcpy(ret, "1:", 2);
	put_base64(digest, ret + 2);
	return COMMUNITY_ID_LEN;
}
