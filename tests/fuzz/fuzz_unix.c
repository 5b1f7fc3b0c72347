// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is read twice: as lines of /proc/net/unix, and as a message of sock_diag. What comes of
 * either is told in every format.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <linux/netlink.h>

#include "base/buf.h"
#include "core/row.h"
#include "core/unix_socket.h"
#include "fuzz.h"
#include "netlink/unix_diag.h"
#include "proc/net_unix.h"
#include "render/render.h"
#include "render/unix.h"

static const struct holder people[] = { { .pid = 1, .fd = 3, .comm = "a\nb" } };

/* One line, and nothing in it that moves a cursor or begins another. */
static void check_told(struct buf *b)
{
	FUZZ_CHECK(!b->failed && b->len && b->data[b->len - 1] == '\n');
	for (size_t i = 0; i + 1 < b->len; i++)
		FUZZ_CHECK((unsigned char)b->data[i] >= ' ' && b->data[i] != 0x7f);
	b->len = 0;
}

static void tell(const struct unix_socket *s)
{
	struct unix_row row = { .socket = s, .peer = s, .holders = people, .wall_ns = 1 };
	struct unix_widths w = { 0 };
	struct render r = { 0 };
	struct buf b = { 0 };

	render_unix_fit(&w, &row);
	render_unix_text(&b, &w, &row, true);
	check_told(&b);
	render_unix_json(&r, &b, &row);
	check_told(&b);
	render_unix_csv(&r, &b, &row);
	check_told(&b);
	buf_free(&b);
}

static void check_socket(struct unix_socket *s)
{
	FUZZ_CHECK(s->state <= UNIX_DISCONNECTING);
	FUZZ_CHECK(s->path || !s->path_len);
	FUZZ_CHECK(!s->n_holders);
	s->n_holders = s->inode & 1;
	tell(s);
}

/* What the kernel would print for a socket is understood as the same. */
static void check_round_trip(const struct unix_socket *s)
{
	static const int states[] = { [UNIX_UNCONNECTED] = 1,
				      [UNIX_LISTENING] = 1,
				      [UNIX_CONNECTING] = 2,
				      [UNIX_CONNECTED] = 3,
				      [UNIX_DISCONNECTING] = 4 };
	struct unix_socket again;
	struct buf b = { 0 };
	char text[128];

	snprintf(text, sizeof(text), "%016x: %08X %08X %08X %04X %02X %5" PRIu64, 0, s->refcnt, 0,
		 s->state == UNIX_LISTENING ? 0x10000u : 0, s->type, states[s->state], s->inode);
	buf_puts(&b, text);
	if (s->path)
		buf_putc(&b, ' ');
	for (size_t i = 0; i < s->path_len; i++)
		buf_putc(&b, i || s->path[i] ? s->path[i] : '@');
	FUZZ_CHECK(!net_unix_parse_line(b.data, b.len, &again));
	FUZZ_CHECK(again.refcnt == s->refcnt && again.type == s->type && again.state == s->state);
	FUZZ_CHECK(again.inode == s->inode && again.path_len == s->path_len);
	FUZZ_CHECK(!again.path == !s->path);
	FUZZ_CHECK(!s->path || !memcmp(again.path, s->path, s->path_len));
	free(again.path);
	buf_free(&b);
}

static void take_line(const char *line, size_t len)
{
	struct unix_socket s, before;
	int err;

	memset(&s, 0xa5, sizeof(s));
	before = s;
	err = net_unix_parse_line(line, len, &s);
	FUZZ_CHECK(err == 0 || err == -ENODATA || err == -EBADMSG);
	if (err) {
		FUZZ_CHECK(!memcmp(&s, &before, sizeof(s)));
		return;
	}
	check_round_trip(&s);
	check_socket(&s);
	free(s.path);
}

/* In memory of its own, so that a read behind it is seen; its length is made to fit. */
static void take_message(const uint8_t *data, size_t size)
{
	struct unix_list l = { 0 };
	char *message = malloc(size ? size : 1);
	uint32_t len = (uint32_t)size;
	int err;

	FUZZ_CHECK(message);
	if (size)
		memcpy(message, data, size);
	if (size >= sizeof(struct nlmsghdr))
		memcpy(message, &len, sizeof(len));
	err = unix_diag_take(message, size, 7, &l);
	FUZZ_CHECK(err == 0 || err == -EBADMSG);
	FUZZ_CHECK(l.n == !err);
	if (l.n) {
		FUZZ_CHECK(l.all[0].netns == 7);
		check_socket(&l.all[0]);
	}
	unix_list_free(&l);
	free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	char *line;
	size_t len;

	while ((line = input_line(&in, &len))) {
		take_line(line, len);
		free(line);
	}
	take_message(data, size);
	return 0;
}
