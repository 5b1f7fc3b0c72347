// SPDX-License-Identifier: GPL-2.0-only
#include "proc/net_unix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/unix_socket.h"
#include "proc/cursor.h"
#include "proc/lines.h"
#include "proc/netns.h"

#define ACCEPTS 0x10000u /* __SO_ACCEPTCON, include/uapi/linux/net.h */

/* enum of socket states there: SS_FREE, SS_UNCONNECTED, ... */
static uint8_t state_of(uint32_t number, uint32_t flags)
{
	static const uint8_t states[] = { UNIX_UNCONNECTED, UNIX_UNCONNECTED, UNIX_CONNECTING,
					  UNIX_CONNECTED, UNIX_DISCONNECTING };

	if (flags & ACCEPTS)
		return UNIX_LISTENING;
	return number < sizeof(states) ? states[number] : UNIX_UNCONNECTED;
}

/* "%pK:": a number as wide as a pointer; that of early boot says so in words. */
static bool skip_address(struct cursor *c)
{
	static const char early[] = "(____ptrval____)";
	size_t left = (size_t)(c->end - c->at);
	int digits = 0;

	if (left >= sizeof(early) && !memcmp(c->at, early, sizeof(early) - 1)) {
		c->at += sizeof(early) - 1;
		return skip_char(c, ':');
	}
	for (; c->at < c->end && hex_digit(*c->at) >= 0; c->at++)
		digits++;
	return (digits == 8 || digits == 16) && skip_char(c, ':');
}

/* A column of this many digits, and the blank before it. */
static bool take_column(struct cursor *c, int digits, uint32_t *ret)
{
	return skip_char(c, ' ') && take_hex(c, digits, ret);
}

/*
 * An abstract name begins with '@', as one in the file system may, and has one for each NUL: they
 * cannot be told apart here.
 */
static int take_path(const char *text, size_t len, struct unix_socket *s)
{
	s->path = malloc(len + 1);
	if (!s->path)
		return -ENOMEM;
	memcpy(s->path, text, len);
	s->path[len] = '\0';
	if (len && text[0] == '@')
		s->path[0] = '\0';
	s->path_len = len;
	return 0;
}

int net_unix_parse_line(const char *line, size_t len, struct unix_socket *ret)
{
	struct cursor c = { .at = line, .end = line + len };
	uint32_t protocol, flags, type, state;
	struct unix_socket s = { 0 };

	if (len >= 4 && !memcmp(line, "Num ", 4))
		return -ENODATA;
	if (!skip_address(&c) || !take_column(&c, 8, &s.refcnt) || !take_column(&c, 8, &protocol) ||
	    !take_column(&c, 8, &flags) || !take_column(&c, 4, &type) || type > UINT8_MAX ||
	    !take_column(&c, 2, &state) || !skip_blanks(&c) ||
	    !take_decimal(&c, UINT64_MAX, &s.inode) || (c.at < c.end && !skip_char(&c, ' ')))
		return -EBADMSG;
	s.type = (uint8_t)type;
	s.state = state_of(state, flags);
	/* behind its blank a path may begin with a newline, and so be on the next line as a whole
	 */
	if (c.at[-1] == ' ' && take_path(c.at, (size_t)(c.end - c.at), &s))
		return -ENOMEM;
	*ret = s;
	return 0;
}

/* What was taken for a path's end was a newline in it. */
static int path_continue(struct unix_socket *s, const char *text, size_t len)
{
	char *path = realloc(s->path, s->path_len + len + 2);

	if (!path)
		return -ENOMEM;
	path[s->path_len] = '\n';
	memcpy(path + s->path_len + 1, text, len);
	s->path = path;
	s->path_len += len + 1;
	path[s->path_len] = '\0';
	return 0;
}

/* The table of one namespace. */
struct reading {
	struct unix_list *l; /* borrowed */
	uint32_t netns;
	bool add;
	bool last_is_new; /* the line before was a socket that was not known */
	size_t skip;	  /* lines to come that are the rest of a path that is known */
};

/* Whether a path of the table is the known one, up to a newline in that: NULs are '@' there. */
static bool path_begins(const struct unix_socket *known, const struct unix_socket *s)
{
	if (s->path_len > known->path_len)
		return false;
	for (size_t i = 0; i < s->path_len; i++)
		if ((known->path[i] ? known->path[i] : '@') != (s->path[i] ? s->path[i] : '@'))
			return false;
	return s->path_len == known->path_len || known->path[s->path_len] == '\n';
}

/*
 * Completes what diagnosis told. It told the path exactly, so that its other lines are known to be
 * none of the kernel's.
 */
static void complete(struct reading *r, struct unix_socket *known, const struct unix_socket *s)
{
	if (known->netns != r->netns || !path_begins(known, s))
		return;
	known->refcnt = s->refcnt;
	for (size_t i = s->path_len; i < known->path_len; i++)
		r->skip += known->path[i] == '\n';
}

static int take_line(void *arg, const char *line, size_t len)
{
	struct reading *r = arg;
	struct unix_socket s, *known;
	int err;

	if (r->skip) {
		r->skip--;
		return 0;
	}
	err = net_unix_parse_line(line, len, &s);
	if (err == -EBADMSG && r->last_is_new && r->l->all[r->l->n - 1].path)
		return path_continue(&r->l->all[r->l->n - 1], line, len);
	if (err)
		return err == -ENOMEM ? err : 0;
	s.netns = r->netns;
	known = unix_list_find(r->l, s.inode);
	r->last_is_new = !known && r->add;
	if (known && !r->add)
		complete(r, known, &s);
	err = r->last_is_new ? unix_list_add(r->l, &s) : 0;
	if (err || !r->last_is_new)
		free(s.path);
	return err;
}

int net_unix_read(int proc_fd, const struct netns *netns, bool add, struct unix_list *l)
{
	struct reading r = { .l = l, .netns = netns->inode, .add = add };
	int fd = netns_open_table(proc_fd, netns, "net/unix");

	return fd < 0 ? fd : lines_read(fd, take_line, &r);
}
