/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages of netlink made by hand, for the tests of what takes them apart. */
#ifndef SOCKWATCH_TESTS_NETLINK_H
#define SOCKWATCH_TESTS_NETLINK_H

#include "unit.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* Of a type, with this in front of its attributes. There is one: the next call takes its place. */
static inline struct nlmsghdr *message(uint16_t type, const void *body, size_t size)
{
	static _Alignas(8) char buffer[8192];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);

	h->nlmsg_type = type;
	memcpy(mnl_nlmsg_put_extra_header(h, size), body, size);
	return h;
}

/* A copy in memory of its own, cut to so many bytes: what reads behind its end is seen. */
static inline struct nlmsghdr *message_cut(const struct nlmsghdr *h, uint32_t len)
{
	struct nlmsghdr *copy = calloc(1, MNL_ALIGN(len));

	assert_non_null(copy);
	memcpy(copy, h, len);
	copy->nlmsg_len = len;
	return copy;
}

static inline void put_addr(struct nlmsghdr *h, uint16_t type, int family, const char *text)
{
	uint8_t addr[16];

	assert_int_equal(inet_pton(family, text, addr), 1);
	mnl_attr_put(h, type, family == AF_INET ? 4 : 16, addr);
}

/* Empties the buffer. */
static inline void assert_text(struct buf *b, const char *expected)
{
	buf_putc(b, '\0');
	assert_string_equal(b->data, expected);
	buf_free(b);
}

/* CSV: as many fields in every line. */
static inline void assert_one_width(const char *text)
{
	int commas = -1;

	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		int n = 0;

		for (const char *c = line; *c && *c != '\n'; c++)
			n += *c == ',';
		if (commas >= 0)
			assert_int_equal(n, commas);
		commas = n;
	}
}

#endif
