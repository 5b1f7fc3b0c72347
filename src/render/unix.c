// SPDX-License-Identifier: GPL-2.0-only
#include "render/unix.h"

#include <string.h>

#include "base/buf.h"
#include "core/names.h"
#include "core/row.h"
#include "core/unix_socket.h"
#include "event.h"
#include "render/cell.h"
#include "render/color.h"
#include "render/escape.h"
#include "render/render.h"
#include "render/stamp.h"

#define OWNER_WIDTH 11 /* "PID/Program": at least; nothing is ever cut */
#define PEER_WIDTH 4
#define HOLDERS_WIDTH_MAX 48 /* what more holders take, they take of their own row only */

/* Of one of the two sockets; NULL: nobody that we know of. */
static const struct holder *holders_of(const struct unix_row *row, const struct unix_socket *s)
{
	return s && s->n_holders ? row->holders + s->first_holder : NULL;
}

static uint32_t count_of(const struct unix_socket *s)
{
	return s ? s->n_holders : 0;
}

static void put_holders(struct buf *b, const struct holder *holders, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct holder *h = &holders[i];

		if (i && h->pid == holders[i - 1].pid)
			continue;
		if (i)
			buf_putc(b, ',');
		buf_put_u64(b, h->pid);
		buf_putc(b, '/');
		escape_text(b, h->comm, strnlen(h->comm, SW_COMM_LEN));
	}
	if (!n)
		buf_putc(b, '-');
}

/* An abstract name as netstat and ss write it: every NUL is an '@'. */
static void put_path(struct buf *b, const struct unix_socket *s,
		     void (*escape)(struct buf *b, const char *s, size_t len))
{
	char name[256];
	size_t len = s->path_len < sizeof(name) ? s->path_len : sizeof(name);

	if (!s->path)
		return;
	memcpy(name, s->path, len);
	for (size_t i = 0; i < len; i++)
		if (!name[i])
			name[i] = '@';
	escape(b, name, len);
}

/* --- text ------------------------------------------------------------------------------------- */

static void put_number_cell(struct buf *b, uint64_t number, int width)
{
	size_t start = b->len;

	buf_put_u64(b, number);
	cell_end(b, start, width);
}

static void fit(int *width, int least, const struct unix_row *row, const struct unix_socket *s)
{
	struct buf b = { 0 };

	put_holders(&b, holders_of(row, s), count_of(s));
	if (*width < least)
		*width = least;
	if (b.len <= HOLDERS_WIDTH_MAX && *width < (int)b.len)
		*width = (int)b.len;
	buf_free(&b);
}

void render_unix_fit(struct unix_widths *w, const struct unix_row *row)
{
	fit(&w->owner, OWNER_WIDTH, row, row->socket);
	fit(&w->peer, PEER_WIDTH, row, row->peer);
}

void render_unix_text_header(struct buf *b, const struct unix_widths *w)
{
	if (w->color)
		buf_puts(b, COLOR_HEAD);
	buf_puts(b, "Proto RefCnt Flags   Type      State         I-Node     ");
	cell_put(b, "PID/Program", w->owner > OWNER_WIDTH ? w->owner : OWNER_WIDTH);
	cell_put(b, "Peer", w->peer > PEER_WIDTH ? w->peer : PEER_WIDTH);
	buf_puts(b, "Path");
	if (w->color)
		buf_puts(b, COLOR_END);
	buf_putc(b, '\n');
}

static void put_extra(struct buf *b, const char *key, bool has, uint64_t number)
{
	if (!has)
		return;
	buf_puts(b, key);
	buf_put_u64(b, number);
}

static void put_extended(struct buf *b, const struct unix_socket *s)
{
	put_extra(b, " recv_q=", s->has_queues, s->recv_q);
	put_extra(b, " send_q=", s->has_queues, s->send_q);
	put_extra(b, " uid=", s->has_uid, s->uid);
	put_extra(b, " netns=", true, s->netns);
	put_extra(b, " peer_inode=", s->peer_inode, s->peer_inode);
}

/* Blanks that nothing follows; those of a path stay. */
static void trim(struct buf *b)
{
	while (b->len && b->data[b->len - 1] == ' ')
		b->len--;
}

static const char *flags_of(const struct unix_socket *s)
{
	return s->state == UNIX_LISTENING ? "ACC" : "";
}

/* In the colours of TCP's states that are alike. */
static void put_state(struct buf *b, const struct unix_widths *w, uint8_t state)
{
	static const uint8_t alike[] = { [UNIX_LISTENING] = SW_TCP_LISTEN,
					 [UNIX_CONNECTING] = SW_TCP_SYN_SENT,
					 [UNIX_CONNECTED] = SW_TCP_ESTABLISHED,
					 [UNIX_DISCONNECTING] = SW_TCP_CLOSING };
	bool has_color = w->color && state < sizeof(alike) && alike[state];

	if (has_color)
		buf_puts(b, color_of_state(alike[state]));
	cell_put(b, unix_state_name(state), 13);
	if (has_color)
		buf_puts(b, COLOR_END);
}

void render_unix_text(struct buf *b, const struct unix_widths *w, const struct unix_row *row,
		      bool extended)
{
	const struct unix_socket *s = row->socket, *peer = row->peer;
	size_t start;

	buf_puts(b, "unix  ");
	if (s->refcnt)
		put_number_cell(b, s->refcnt, 6);
	else
		cell_put(b, "-", 6);
	cell_put(b, s->state == UNIX_LISTENING ? "[ ACC ]" : "[ ]", 7);
	cell_put(b, unix_type_name(s->type), 9);
	put_state(b, w, s->state);
	put_number_cell(b, s->inode, 10);
	start = b->len;
	put_holders(b, holders_of(row, s), s->n_holders);
	cell_end(b, start, w->owner);
	start = b->len;
	put_holders(b, holders_of(row, peer), count_of(peer));
	cell_end(b, start, w->peer);
	if (!s->path && !(peer && peer->path) && !extended)
		trim(b);
	put_path(b, s, escape_text);
	if (peer && !s->path && peer->path) { /* a server's name says whose end this is */
		buf_puts(b, "-> ");
		put_path(b, peer, escape_text);
	}
	if (extended)
		put_extended(b, s);
	buf_putc(b, '\n');
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void json_number(struct buf *b, const char *key, uint64_t number)
{
	buf_puts(b, key);
	buf_put_u64(b, number);
}

static void json_path(struct buf *b, const char *key, const struct unix_socket *s)
{
	if (!s || !s->path)
		return;
	buf_puts(b, key);
	put_path(b, s, escape_json);
	buf_putc(b, '"');
}

static void json_owners(struct buf *b, const char *key, const struct holder *holders, uint32_t n)
{
	if (!n)
		return;
	buf_puts(b, key);
	for (uint32_t i = 0; i < n; i++) {
		json_number(b, i ? ",{\"pid\":" : "{\"pid\":", holders[i].pid);
		buf_puts(b, ",\"comm\":\"");
		escape_json(b, holders[i].comm, strnlen(holders[i].comm, SW_COMM_LEN));
		buf_putc(b, '"');
		if (holders[i].fd >= 0)
			json_number(b, ",\"fd\":", (uint64_t)holders[i].fd);
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
}

static void json_owner(struct buf *b, const struct unix_row *row)
{
	const struct unix_socket *s = row->socket;
	const struct holder *h = holders_of(row, s);

	if (h) {
		json_number(b, ",\"pid\":", h->pid);
		buf_puts(b, ",\"comm\":\"");
		escape_json(b, h->comm, strnlen(h->comm, SW_COMM_LEN));
		buf_putc(b, '"');
	}
	if (s->has_uid)
		json_number(b, ",\"uid\":", s->uid);
	buf_puts(b, h ? ",\"owner_source\":\"snapshot\"" : ",\"owner_source\":\"unknown\"");
	json_owners(b, ",\"owners\":[", h, s->n_holders);
}

void render_unix_json(struct render *r, struct buf *b, const struct unix_row *row)
{
	const struct unix_socket *s = row->socket, *peer = row->peer;

	buf_puts(b, "{\"time\":\"");
	stamp_put(b, &r->stamp, STAMP_ISO, row->wall_ns);
	buf_puts(b, "\",\"event\":\"socket\",\"proto\":\"unix\",\"type\":\"");
	buf_puts(b, unix_type_name(s->type));
	buf_putc(b, '"');
	if (unix_state_name(s->state)[0]) {
		buf_puts(b, ",\"state\":\"");
		buf_puts(b, unix_state_name(s->state));
		buf_putc(b, '"');
	}
	json_path(b, ",\"path\":\"", s);
	json_owner(b, row);
	if (s->inode)
		json_number(b, ",\"inode\":", s->inode);
	json_number(b, ",\"netns\":", s->netns);
	if (s->refcnt)
		json_number(b, ",\"refcnt\":", s->refcnt);
	if (*flags_of(s)) {
		buf_puts(b, ",\"flags\":\"");
		buf_puts(b, flags_of(s));
		buf_putc(b, '"');
	}
	if (s->has_queues) {
		json_number(b, ",\"recv_q\":", s->recv_q);
		json_number(b, ",\"send_q\":", s->send_q);
	}
	if (s->peer_inode)
		json_number(b, ",\"peer_inode\":", s->peer_inode);
	json_path(b, ",\"peer_path\":\"", peer);
	json_owners(b, ",\"peer_owners\":[", holders_of(row, peer), count_of(peer));
	buf_puts(b, "}\n");
}

/* --- CSV -------------------------------------------------------------------------------------- */

void render_unix_csv_header(struct buf *b)
{
	buf_puts(b, "time,event,proto,type,state,path,pid,comm,uid,owner_source,owners,inode,netns,"
		    "refcnt,flags,recv_q,send_q,peer_inode,peer_path,peer_owners\n");
}

static void csv_number(struct buf *b, bool has, uint64_t number)
{
	buf_putc(b, ',');
	if (has)
		buf_put_u64(b, number);
}

static void csv_path(struct buf *b, const struct unix_socket *s)
{
	buf_putc(b, ',');
	if (s)
		put_path(b, s, escape_csv);
}

/* "811/nginx 812/nginx": as one field */
static void csv_owners(struct buf *b, const struct holder *holders, uint32_t n)
{
	struct buf list = { 0 };

	buf_putc(b, ',');
	for (uint32_t i = 0; i < n; i++) {
		if (i)
			buf_putc(&list, ' ');
		buf_put_u64(&list, holders[i].pid);
		buf_putc(&list, '/');
		buf_put(&list, holders[i].comm, strnlen(holders[i].comm, SW_COMM_LEN));
	}
	if (list.failed)
		b->failed = true;
	else
		escape_csv(b, list.data, list.len);
	buf_free(&list);
}

/* The first owner, and how it is known. */
static void csv_owner(struct buf *b, const struct unix_row *row)
{
	const struct unix_socket *s = row->socket;
	const struct holder *h = holders_of(row, s);

	csv_number(b, h, h ? h->pid : 0);
	buf_putc(b, ',');
	if (h)
		escape_csv(b, h->comm, strnlen(h->comm, SW_COMM_LEN));
	csv_number(b, s->has_uid, s->uid);
	buf_puts(b, h ? ",snapshot" : ",unknown");
	csv_owners(b, h, s->n_holders);
}

void render_unix_csv(struct render *r, struct buf *b, const struct unix_row *row)
{
	const struct unix_socket *s = row->socket, *peer = row->peer;

	stamp_put(b, &r->stamp, r->time, row->wall_ns);
	buf_puts(b, ",socket,unix,");
	buf_puts(b, unix_type_name(s->type));
	buf_putc(b, ',');
	buf_puts(b, unix_state_name(s->state));
	csv_path(b, s);
	csv_owner(b, row);
	csv_number(b, s->inode, s->inode);
	csv_number(b, true, s->netns);
	csv_number(b, s->refcnt, s->refcnt);
	buf_putc(b, ',');
	buf_puts(b, flags_of(s));
	csv_number(b, s->has_queues, s->recv_q);
	csv_number(b, s->has_queues, s->send_q);
	csv_number(b, s->peer_inode, s->peer_inode);
	csv_path(b, peer);
	csv_owners(b, holders_of(row, peer), count_of(peer));
	buf_putc(b, '\n');
}
