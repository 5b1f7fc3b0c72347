// SPDX-License-Identifier: GPL-2.0-only
#include "render/endpoints.h"

#include <string.h>

#include "base/buf.h"
#include "core/addr.h"
#include "core/family.h"
#include "core/record.h"
#include "render/cell.h"
#include "render/escape.h"
#include "render/named.h"
#include "render/render.h"

#define NARROW_ADDRESS_WIDTH 15
#define LONGEST_WIDTH 45 /* of IPv6, eight groups of four digits, and a port */
#define PORT_MAX 6	 /* ":65535" */
#define ENDPOINT_MAX (ADDR_TEXT_MAX + PORT_MAX)

_Static_assert(ENDPOINT_MAX <= FAMILY_TEXT_MAX, "either fits");

/* "10.0.0.1:80", ":::80", "0.0.0.0:*": netstat's way. Returns the length. */
static size_t endpoint_format(const union sw_addr *addr, uint16_t port, char *text)
{
	size_t len = addr_format(addr, text);

	text[len++] = ':';
	if (port)
		return len + u64_format(port, text + len);
	text[len++] = '*';
	return len;
}

static void fit(struct render *r, size_t len)
{
	int least = r->narrow ? NARROW_ADDRESS_WIDTH : ADDRESS_WIDTH;

	if (r->address_width < least)
		r->address_width = least;
	if (r->address_most && r->address_width > r->address_most) /* smaller by now */
		r->address_width = r->address_most;
	if (r->address_width < (int)len && !(r->address_most && (int)len > r->address_most))
		r->address_width = (int)len;
}

/* As fit(), among rows that are there already: columns move seldom, and then for most of IPv4. */
static void grow(struct render *r, size_t len)
{
	if (r->address_width < (int)len)
		fit(r, len < ADDRESS_WIDTH ? ADDRESS_WIDTH : len);
}

void endpoints_fit_room(struct render *r, int room)
{
	int each = room / 2 - 1;

	r->address_most = !room ? 0 : each > ADDRESS_WIDTH ? each : ADDRESS_WIDTH;
}

bool endpoints_may_both_be_long(const struct render *r, const struct sw_event *e)
{
	return e->sock.tuple.family == SW_AF_INET6 && r->columns > 2 * (LONGEST_WIDTH + 1);
}

/* Of names, which can be cut. */
static int named_width(const struct render *r)
{
	int width = r->narrow ? NARROW_ADDRESS_WIDTH : NAMED_WIDTH;

	return r->address_most && width > r->address_most ? r->address_most : width;
}

static struct named local_of(const struct record *rec)
{
	const struct record_names *names = rec->names;

	return (struct named){ .addr = &rec->ev->sock.tuple.local,
			       .port = rec->ev->sock.tuple.local_port,
			       .host = names ? names->local_host : NULL,
			       .service = names ? names->local_service : NULL,
			       .device = rec->device };
}

static struct named remote_of(const struct record *rec)
{
	const struct sw_tuple *t = &rec->ev->sock.tuple;
	const struct record_names *names = rec->names;

	return (struct named){ .addr = &t->remote,
			       .port = t->remote_port,
			       .host = names ? names->remote_host : NULL,
			       .service = names ? names->remote_service : NULL,
			       .device = addr_is_link_local(&t->remote) ? rec->device : NULL };
}

/* Of a family without addresses of IP. */
static bool is_other(const struct record *rec)
{
	return family_is_other(rec->ev->sock.proto);
}

static void fit_named(struct render *r, const struct named *n)
{
	struct buf b = { 0 };

	named_put(&b, n, r->wide ? 0 : named_width(r));
	fit(r, b.len);
	buf_free(&b);
}

void endpoints_fit(struct render *r, const struct record *rec)
{
	const struct sw_tuple *t = &rec->ev->sock.tuple;
	struct named local, remote;
	char text[FAMILY_TEXT_MAX];

	if (is_other(rec)) {
		fit(r, family_format_local(&rec->ev->sock, rec->device, text));
		fit(r, family_format_remote(&rec->ev->sock, text));
		return;
	}
	if (!rec->names && !rec->device) {
		fit(r, endpoint_format(&t->local, t->local_port, text));
		fit(r, endpoint_format(&t->remote, t->remote_port, text));
		return;
	}
	local = local_of(rec);
	remote = remote_of(rec);
	fit_named(r, &local);
	fit_named(r, &remote);
}

static void put_endpoint(struct render *r, struct buf *b, const union sw_addr *addr, uint16_t port)
{
	char *text = buf_room(b, ENDPOINT_MAX);
	size_t start = b->len;

	if (!text)
		return;
	b->len += endpoint_format(addr, port, text);
	grow(r, b->len - start);
	cell_end(b, start, r->address_width);
}

static void put_named(struct render *r, struct buf *b, const struct named *n)
{
	size_t start = b->len;

	if (r->names)
		fit(r, (size_t)named_width(r));
	named_put(b, n, r->wide ? 0 : r->address_width);
	grow(r, b->len - start);
	cell_end(b, start, r->address_width);
}

/* One of them; what does not fit pushes. */
static void put_text(struct render *r, struct buf *b, const char *text)
{
	size_t start = b->len;

	escape_text(b, text, strlen(text)); /* an interface may have any name */
	grow(r, b->len - start);
	cell_end(b, start, r->address_width);
}

static void put_other(struct render *r, struct buf *b, const struct record *rec)
{
	char text[FAMILY_TEXT_MAX];

	family_format_local(&rec->ev->sock, rec->device, text);
	put_text(r, b, text);
	family_format_remote(&rec->ev->sock, text);
	put_text(r, b, text);
}

void endpoints_put(struct render *r, struct buf *b, const struct record *rec)
{
	struct named local, remote;

	if (is_other(rec)) {
		put_other(r, b, rec);
		return;
	}
	if (!rec->names && !rec->device) {
		put_endpoint(r, b, &rec->ev->sock.tuple.local, rec->ev->sock.tuple.local_port);
		put_endpoint(r, b, &rec->ev->sock.tuple.remote, rec->ev->sock.tuple.remote_port);
		return;
	}
	local = local_of(rec);
	remote = remote_of(rec);
	put_named(r, b, &local);
	put_named(r, b, &remote);
}

void endpoints_fit_header(struct render *r)
{
	fit(r, r->names ? (size_t)named_width(r) : 0);
}
