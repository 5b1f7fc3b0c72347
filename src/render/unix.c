// SPDX-License-Identifier: GPL-2.0-only
#include "render/unix.h"

#include <string.h>

#include "base/buf.h"
#include "core/row.h"
#include "core/unix_socket.h"
#include "event.h"
#include "render/cell.h"
#include "render/color.h"
#include "render/escape.h"
#include "render/holders.h"
#include "render/render.h"
#include "render/schema.h"
#include "render/squeeze.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define OWNER_WIDTH 11 /* "PID/Program": at least; nothing is ever cut */
#define PEER_WIDTH 4
#define PATH_TEXT_MAX FIELD_SCRATCH
#define WIDE_WIDTH 56	     /* of all before the owner */
#define NARROW_WIDTH 47	     /* likewise, where there is less room */
#define PATH_LEAST 4	     /* of its title */
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

/* An abstract name as netstat and ss write it: every NUL is an '@'. Returns the length. */
static size_t path_format(const struct unix_socket *s, char name[PATH_TEXT_MAX])
{
	size_t len = s->path_len < PATH_TEXT_MAX ? s->path_len : PATH_TEXT_MAX;

	memcpy(name, s->path, len);
	for (size_t i = 0; i < len; i++)
		if (!name[i])
			name[i] = '@';
	return len;
}

/* --- text ------------------------------------------------------------------------------------- */

static void put_holders(struct buf *b, const struct holder *holders, uint32_t n)
{
	holders_put_text(b, holders, n);
	if (!n)
		buf_putc(b, '-');
}

static void put_path(struct buf *b, const struct unix_socket *s)
{
	char name[PATH_TEXT_MAX];

	if (s->path)
		escape_text(b, name, path_format(s, name));
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

void render_unix_fit_terminal(struct unix_widths *w, int columns)
{
	int room = columns - NARROW_WIDTH - PATH_LEAST;

	w->columns = columns;
	w->narrow = columns && WIDE_WIDTH + w->owner + w->peer + 2 + PATH_LEAST > columns;
	if (!w->narrow)
		return;
	if (w->owner > room / 2)
		w->owner = room / 2 > OWNER_WIDTH ? room / 2 : OWNER_WIDTH;
	if (w->peer > room - w->owner - 2)
		w->peer = room - w->owner - 2 > PEER_WIDTH ? room - w->owner - 2 : PEER_WIDTH;
}

void render_unix_text_header(struct buf *b, const struct unix_widths *w)
{
	if (w->color)
		buf_puts(b, COLOR_HEAD);
	buf_puts(b, w->narrow ? "Proto Ref Flags   Type      State     I-Node   "
			      : "Proto RefCnt Flags   Type      State         I-Node     ");
	cell_put(b, "PID/Program", w->owner > OWNER_WIDTH ? w->owner : OWNER_WIDTH);
	cell_put(b, "Peer", w->peer > PEER_WIDTH ? w->peer : PEER_WIDTH);
	buf_puts(b, "Path");
	if (w->color)
		buf_puts(b, COLOR_END);
	buf_putc(b, '\n');
}

static void put_extended(struct buf *b, const struct unix_socket *s)
{
	label_put_number(b, " recv_q=", s->has_queues, s->recv_q);
	label_put_number(b, " send_q=", s->has_queues, s->send_q);
	label_put_number(b, " uid=", s->has_uid, s->uid);
	label_put_number(b, " netns=", true, s->netns);
	label_put_number(b, " peer_inode=", s->peer_inode, s->peer_inode);
}

/* Blanks that nothing follows; those of a path stay. */
static void trim(struct buf *b)
{
	while (b->len && b->data[b->len - 1] == ' ')
		b->len--;
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
	cell_put(b, unix_state_name(state), w->narrow ? 9 : 13);
	if (has_color)
		buf_puts(b, COLOR_END);
}

/* Blanks of a path are none of columns. */
static void fit_line(struct buf *b, struct squeeze *give, int columns)
{
	if (give->blanks.to > b->len)
		give->blanks.to = b->len;
	squeeze_row(b, give, columns);
}

void render_unix_text(struct buf *b, const struct unix_widths *w, const struct unix_row *row,
		      bool extended)
{
	const struct unix_socket *s = row->socket, *peer = row->peer;
	struct squeeze give = { .line = b->len };
	size_t start;

	buf_puts(b, "unix  ");
	if (s->refcnt)
		cell_put_number(b, s->refcnt, w->narrow ? 3 : 6);
	else
		cell_put(b, "-", w->narrow ? 3 : 6);
	cell_put(b, s->state == UNIX_LISTENING ? "[ ACC ]" : "[ ]", 7);
	cell_put(b, unix_type_name(s->type), 9);
	put_state(b, w, s->state);
	cell_put_number(b, s->inode, w->narrow ? 8 : 10);
	start = b->len;
	put_holders(b, holders_of(row, s), s->n_holders);
	give.name = squeeze_name(b, start, b->len);
	cell_end(b, start, w->owner);
	start = b->len;
	put_holders(b, holders_of(row, peer), count_of(peer));
	cell_end(b, start, w->peer);
	give.blanks = (struct squeeze_span){ give.line, b->len };
	if (!s->path && !(peer && peer->path) && !extended)
		trim(b);
	put_path(b, s);
	if (peer && !s->path && peer->path) { /* a server's name says whose end this is */
		buf_puts(b, "-> ");
		put_path(b, peer);
	}
	if (extended)
		put_extended(b, s);
	else
		fit_line(b, &give, w->columns);
	buf_putc(b, '\n');
}

/* --- JSON and CSV ----------------------------------------------------------------------------- */

static const struct unix_row *row_of(const void *row)
{
	return row;
}

static const struct unix_socket *sock(const void *row)
{
	return row_of(row)->socket;
}

/* The first one; NULL: nobody that we know of. */
static const struct holder *owner(const void *row)
{
	return holders_of(row, sock(row));
}

static bool get_type(const void *row, struct field_value *v)
{
	return value_text(v, unix_type_name(sock(row)->type));
}

static bool get_state(const void *row, struct field_value *v)
{
	return value_text(v, unix_state_name(sock(row)->state)) && v->len;
}

static bool set_path(struct field_value *v, const struct unix_socket *s)
{
	if (!s || !s->path)
		return false;
	v->len = path_format(s, v->scratch);
	v->text = v->scratch;
	return true;
}

static bool get_path(const void *row, struct field_value *v)
{
	return set_path(v, sock(row));
}

static bool get_peer_path(const void *row, struct field_value *v)
{
	return set_path(v, row_of(row)->peer);
}

static bool get_pid(const void *row, struct field_value *v)
{
	return owner(row) && value_number(v, true, owner(row)->pid);
}

static bool get_comm(const void *row, struct field_value *v)
{
	return owner(row) && value_comm(v, true, owner(row)->comm);
}

static bool get_owner_source(const void *row, struct field_value *v)
{
	return value_text(v, owner(row) ? "snapshot" : "unknown");
}

static bool get_owners(const void *row, struct field_value *v)
{
	return value_holders(v, owner(row), sock(row)->n_holders);
}

static bool get_peer_owners(const void *row, struct field_value *v)
{
	const struct unix_socket *peer = row_of(row)->peer;

	return value_holders(v, holders_of(row, peer), count_of(peer));
}

static bool get_flags(const void *row, struct field_value *v)
{
	return value_text(v, sock(row)->state == UNIX_LISTENING ? "ACC" : NULL);
}

#define IN(member) FIELD_IN(struct unix_socket, member)
#define HAS(member) .has = offsetof(struct unix_socket, member)

static const struct field fields[] = {
	{ KEY("time", TIME, field_member, "When: RFC 3339, UTC, nanoseconds"),
	  FIELD_AT(struct unix_row, wall_ns) },
	{ KEY("event", WORD, field_word, "Always socket"), .word = "socket" },
	{ KEY("proto", WORD, field_word, "Always unix"), .word = "unix" },
	{ KEY("type", WORD, get_type, "STREAM, DGRAM or SEQPACKET") },
	{ KEY("state", WORD, get_state, "LISTENING, CONNECTED, CONNECTING or DISCONNECTING") },
	{ KEY("path", FOREIGN, get_path, "Its name, with @ for each NUL") },
	{ KEY("pid", NUMBER, get_pid, "The process number of the first that holds it") },
	{ KEY("comm", FOREIGN, get_comm, "The name of the first that holds it") },
	{ KEY("uid", NUMBER, field_if, "The user of the socket"), IN(uid), HAS(has_uid) },
	{ KEY("owner_source", WORD, get_owner_source,
	      "How the owner is known: snapshot or unknown") },
	{ KEY("owners", HOLDERS, get_owners, "Every process that holds it") },
	{ KEY("inode", NUMBER, field_nonzero, "The socket's inode"), IN(inode) },
	{ KEY("netns", NUMBER, field_member, "The network namespace, by its inode"), IN(netns) },
	{ KEY("refcnt", NUMBER, field_nonzero, "How often the kernel refers to it"), IN(refcnt) },
	{ KEY("flags", WORD, get_flags, "ACC of one that accepts connections") },
	{ KEY("recv_q", NUMBER, field_if,
	      "Bytes that were not read yet; of a listener, connections that wait for accept"),
	  IN(recv_q), HAS(has_queues) },
	{ KEY("send_q", NUMBER, field_if,
	      "Bytes that the peer did not read yet; of a listener, how many may wait"),
	  IN(send_q), HAS(has_queues) },
	{ KEY("peer_inode", NUMBER, field_nonzero, "The socket at the other end"), IN(peer_inode) },
	{ KEY("peer_path", FOREIGN, get_peer_path, "The name of the socket at the other end") },
	{ KEY("peer_owners", HOLDERS, get_peer_owners, "Every process that holds the other end") },
};

const struct schema unix_schema = { "Keys of Unix sockets", fields, COUNT(fields) };

void render_unix_json(struct render *r, struct buf *b, const struct unix_row *row)
{
	schema_put_json(&unix_schema, b, row, &(struct field_times){ .time = &r->stamp });
}

void render_unix_csv_header(struct buf *b)
{
	schema_put_csv_header(&unix_schema, b);
}

void render_unix_csv(struct render *r, struct buf *b, const struct unix_row *row)
{
	schema_put_csv(&unix_schema, b, row, &(struct field_times){ r->time, &r->stamp, NULL });
}
