// SPDX-License-Identifier: GPL-2.0-only
#include "proc/net_unix.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/unix_socket.h"
#include "proc/netns.h"

#define ACCEPTS 0x10000u /* __SO_ACCEPTCON, include/uapi/linux/net.h */

/* enum of socket states there: SS_FREE, SS_UNCONNECTED, ... */
static uint8_t state_of(unsigned int number, unsigned int flags)
{
	static const uint8_t states[] = { UNIX_UNCONNECTED, UNIX_UNCONNECTED, UNIX_CONNECTING,
					  UNIX_CONNECTED, UNIX_DISCONNECTING };

	if (flags & ACCEPTS)
		return UNIX_LISTENING;
	return number < sizeof(states) ? states[number] : UNIX_UNCONNECTED;
}

/* An abstract name begins with '@', as one in the file system may: only the first is without '/'.
 */
static int take_path(const char *text, size_t len, struct unix_socket *s)
{
	s->path = malloc(len + 1);
	if (!s->path)
		return -ENOMEM;
	memcpy(s->path, text, len);
	s->path[len] = '\0';
	if (text[0] == '@')
		s->path[0] = '\0';
	s->path_len = len;
	return 0;
}

int net_unix_parse_line(const char *line, size_t len, struct unix_socket *ret)
{
	unsigned int refcnt, protocol, flags, type, state;
	unsigned long long address, inode;
	struct unix_socket s = { 0 };
	char text[128]; /* all but the path: 16 + 8 + 8 + 8 + 4 + 2 + 20 digits */
	int end = -1;

	if (len >= 3 && !memcmp(line, "Num", 3))
		return -ENODATA;
	snprintf(text, sizeof(text), "%.*s", (int)(len < sizeof(text) ? len : sizeof(text) - 1),
		 line);
	if (sscanf(text, "%16llx: %8x %8x %8x %4x %2x %20llu%n", &address, &refcnt, &protocol,
		   &flags, &type, &state, &inode, &end) != 7 ||
	    end < 0 || ((size_t)end < len && line[end] != ' '))
		return -EBADMSG;
	s.refcnt = refcnt;
	s.type = (uint8_t)type;
	s.state = state_of(state, flags);
	s.inode = inode;
	if ((size_t)end + 1 < len && take_path(line + end + 1, len - (size_t)end - 1, &s))
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
};

static int take_line(struct reading *r, const char *line, size_t len)
{
	struct unix_socket s, *known;
	int err = net_unix_parse_line(line, len, &s);

	if (err == -EBADMSG && r->last_is_new && r->l->all[r->l->n - 1].path)
		return path_continue(&r->l->all[r->l->n - 1], line, len);
	if (err)
		return err == -ENOMEM ? err : 0;
	s.netns = r->netns;
	known = unix_list_find(r->l, s.inode);
	r->last_is_new = !known && r->add;
	if (known)
		known->refcnt = s.refcnt;
	err = r->last_is_new ? unix_list_add(r->l, &s) : 0;
	if (err || !r->last_is_new)
		free(s.path);
	return err;
}

int net_unix_read(int proc_fd, const struct netns *netns, bool add, struct unix_list *l)
{
	struct reading r = { .l = l, .netns = netns->inode, .add = add };
	int err = 0, fd = netns_open_table(proc_fd, netns, "net/unix");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	FILE *file;

	if (fd < 0)
		return fd;
	file = fdopen(fd, "r");
	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	while (!err && (len = getline(&line, &size, file)) >= 0)
		err = take_line(&r, line, (size_t)len - (len && line[len - 1] == '\n'));
	if (!err && ferror(file))
		err = -EIO;
	free(line);
	fclose(file);
	return err;
}
