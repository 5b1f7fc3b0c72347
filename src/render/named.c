// SPDX-License-Identifier: GPL-2.0-only
#include "render/named.h"

#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "core/addr.h"
#include "render/escape.h"

#define HOST_LEAST 4 /* as netstat has it */

void named_put_word(struct buf *b, const char *name)
{
	for (;;) {
		size_t len = strcspn(name, " ");

		escape_text(b, name, len);
		if (!name[len])
			return;
		buf_puts(b, "\\x20");
		name += len + 1;
	}
}

/* The length of the first character, or escape, of an escaped text. */
static size_t unit_len(const char *text, size_t len)
{
	size_t n = 1;

	if (text[0] == '\\' && len > 1)
		return text[1] == 'x' ? 4 : 2;
	while (n < len && ((unsigned char)text[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* How much of an escaped text fits into `room`. */
static size_t fitting(const char *text, size_t len, size_t room)
{
	size_t at = 0, n;

	for (; at < len; at += n) {
		n = unit_len(text + at, len - at);
		if (at + n > room)
			break;
	}
	return at;
}

static void put_port(struct buf *b, const struct named *n)
{
	if (n->device) {
		buf_putc(b, '%');
		named_put_word(b, n->device);
	}
	buf_putc(b, ':');
	if (!n->port)
		buf_putc(b, '*');
	else if (n->service)
		named_put_word(b, n->service);
	else
		buf_put_u64(b, n->port);
}

static void put_number(struct buf *b, const union sw_addr *addr)
{
	char text[ADDR_TEXT_MAX];

	buf_put(b, text, addr_format(addr, text));
}

void named_put(struct buf *b, const struct named *n, int width)
{
	size_t start = b->len, host_end, port_len, room = HOST_LEAST;

	if (!n->host) {
		put_number(b, n->addr);
		put_port(b, n);
		return;
	}
	named_put_word(b, n->host);
	host_end = b->len;
	put_port(b, n);
	port_len = b->len - host_end;
	if ((size_t)width > port_len + room)
		room = (size_t)width - port_len;
	if (!width || host_end - start <= room || buf_failed(b))
		return;
	/* the port moves up to where the name is cut */
	b->len = start + fitting(b->data + start, host_end - start, room);
	memmove(b->data + b->len, b->data + host_end, port_len);
	b->len += port_len;
}
