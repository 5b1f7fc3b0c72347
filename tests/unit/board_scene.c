// SPDX-License-Identifier: GPL-2.0-only
#include "board_scene.h"

#include <string.h>

#include "conn.h"
#include "core/record.h"
#include "core/row.h"

#define WALL_NS 1795475645000000000ull

void scene_begin(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	s->now_ns = 100000 * SCENE_MS;
	s->board.traced = true;
}

void scene_end(struct scene *s)
{
	board_free(&s->board);
}

static void set_v4(union sw_addr *a, uint8_t last)
{
	memset(a, 0, sizeof(*a));
	a->b[10] = a->b[11] = 0xff;
	a->b[12] = 10;
	a->b[15] = last;
}

static struct sw_sock sock_of(const struct scene_sock *s)
{
	struct sw_sock sock = { .cookie = s->cookie,
				.inode = s->pid ? 1000u + s->port : 0,
				.bytes_sent = s->sent,
				.bytes_received = s->received,
				.pid = s->pid,
				.have = s->proto == SW_PROTO_UDP ? SW_HAVE_DATAGRAMS
								 : SW_HAVE_COUNTERS,
				.proto = s->proto ? s->proto : SW_PROTO_TCP,
				.state = s->state ? s->state : SW_TCP_ESTABLISHED };

	sock.tuple.family = SW_AF_INET;
	sock.tuple.netns = 7;
	sock.tuple.local_port = s->port;
	set_v4(&sock.tuple.local, 1);
	if (!s->alone) {
		sock.tuple.remote_port = s->remote_port ? s->remote_port : 80;
		set_v4(&sock.tuple.remote, 2);
	}
	sock.owner_source = s->pid ? SW_OWNER_CONNECT : SW_OWNER_UNKNOWN;
	if (s->comm)
		memcpy(sock.comm, s->comm, strnlen(s->comm, SW_COMM_LEN));
	return sock;
}

void scene_page(struct scene *s, const struct scene_sock *socks, size_t n)
{
	s->now_ns += 1000 * SCENE_MS;
	board_begin(&s->board);
	for (size_t i = 0; i < n; i++) {
		struct sw_row row = { .sock = sock_of(&socks[i]) };
		struct sw_event ev = { .kind = SW_EV_SOCKET,
				       .sock = row.sock,
				       .time_ns = s->now_ns };
		struct record rec = { .ev = &ev,
				      .row = &row,
				      .unit = socks[i].unit,
				      .wall_ns = WALL_NS + s->now_ns };

		assert_int_equal(board_take(&s->board, &rec), 0);
	}
	board_end(&s->board, s->now_ns);
}

void scene_conn(struct scene *s, const struct scene_sock *sock, uint64_t age_ns)
{
	struct sw_conn conn = { .e = { .kind = SW_EV_CONN,
				       .sock = sock_of(sock),
				       .time_ns = s->now_ns,
				       .age_ns = age_ns,
				       .reason = sock->reason } };
	struct record rec = {
		.ev = &conn.e, .conn = &conn, .unit = sock->unit, .wall_ns = WALL_NS + s->now_ns
	};

	conn.e.sock.state = SW_TCP_CLOSE;
	if (sock->incoming)
		conn.history = SW_TCP_SYN_RECV << 8 | SW_TCP_ESTABLISHED << 4 | SW_TCP_CLOSE;
	if (age_ns)
		conn.e.sock.have |= SW_HAVE_AGE;
	else
		conn.e.first_state = SW_TCP_ESTABLISHED;
	assert_int_equal(board_take(&s->board, &rec), 0);
}

void scene_lost(struct scene *s, uint64_t n)
{
	struct sw_event ev = { .kind = SW_EV_LOST, .time_ns = s->now_ns };
	struct record rec = { .ev = &ev, .lost = n };

	assert_int_equal(board_take(&s->board, &rec), 0);
}
