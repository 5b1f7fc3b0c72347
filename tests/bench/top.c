// SPDX-License-Identifier: GPL-2.0-only
/*
 *   top [SOCKETS]
 *
 * What the live table takes of a processor, by a model that is made up: a page of so many sockets
 * (50,000), a frame of it, and connections that end; one line of JSON.
 */
#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "conn.h"
#include "core/record.h"
#include "core/row.h"
#include "top/board.h"
#include "top/view.h"

#define FRAMES 20
#define CONNS 100000
#define WIDTH 120
#define HEIGHT 40

static struct board board;
static struct view view;
static struct view_page page;
static uint64_t now_ns = 1000000000000ull;

static struct sw_sock make(uint32_t i, uint64_t sent)
{
	struct sw_sock s = { .cookie = i + 1,
			     .inode = i + 1,
			     .bytes_sent = sent,
			     .bytes_received = sent / 2,
			     .srtt_us = 100 + i % 1000,
			     .pid = 1 + i % 500,
			     .have = SW_HAVE_COUNTERS | SW_HAVE_UID,
			     .proto = SW_PROTO_TCP,
			     .state = SW_TCP_ESTABLISHED,
			     .owner_source = SW_OWNER_CONNECT };

	s.tuple.family = SW_AF_INET;
	s.tuple.local_port = (uint16_t)(1024 + i % 60000);
	s.tuple.remote_port = 443;
	s.tuple.local.b[10] = s.tuple.local.b[11] = s.tuple.remote.b[10] = s.tuple.remote.b[11] =
		255;
	s.tuple.local.b[12] = s.tuple.remote.b[12] = 10;
	s.tuple.remote.b[13] = (uint8_t)(i / 60000);
	s.tuple.remote.b[15] = (uint8_t)i;
	snprintf(s.comm, sizeof(s.comm), "server-%u", i % 500);
	return s;
}

static void put_page(uint32_t n, uint64_t round)
{
	now_ns += 1000000000;
	board_begin(&board);
	for (uint32_t i = 0; i < n; i++) {
		struct sw_row row = { .sock = make(i, round * (i * 2654435761u % 100000)) };
		struct sw_event ev = { .sock = row.sock, .kind = SW_EV_SOCKET, .time_ns = now_ns };
		struct record rec = {
			.ev = &ev,
			.row = &row,
			.unit = "some-service-or-other.service",
			.exe = "/usr/lib/some/where/server",
			.cmdline = "/usr/lib/some/where/server --with some --arguments=here"
		};

		if (board_take(&board, &rec))
			exit(1);
	}
	board_end(&board, now_ns);
}

static void put_conns(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct sw_conn conn = { .e = { .kind = SW_EV_CONN,
					       .sock = make(1000000 + i, 100),
					       .time_ns = now_ns,
					       .age_ns = 1000000 } };
		struct record rec = { .ev = &conn.e, .conn = &conn, .exe = "/usr/bin/curl" };

		conn.e.sock.have |= SW_HAVE_AGE;
		if (board_take(&board, &rec))
			exit(1);
	}
}

static double ms_since(uint64_t cpu_ns)
{
	return (double)(clock_cpu() - cpu_ns) / 1e6;
}

static double frame_ms(enum top_kind kind)
{
	uint64_t begun = clock_cpu();

	view_show(&view, kind);
	for (int i = 0; i < FRAMES; i++) {
		if (view_refresh(&view, &board, now_ns))
			exit(1);
		view_draw(&view, &board, WIDTH, HEIGHT, now_ns, now_ns, &page);
	}
	return ms_since(begun) / FRAMES;
}

int main(int argc, char **argv)
{
	uint32_t n = argc > 1 ? (uint32_t)atoi(argv[1]) : 50000;
	double page_ms, conns_ms;
	uint64_t begun;

	setlocale(LC_CTYPE, "C.UTF-8");
	view_init(&view);
	view.bar = true;
	put_page(n, 1);
	begun = clock_cpu();
	for (uint64_t i = 0; i < 10; i++)
		put_page(n, i + 2);
	page_ms = ms_since(begun) / 10;
	printf("{\"sockets\":%" PRIu32 ",\"page_ms\":%.2f,\"connections_frame_ms\":%.2f,"
	       "\"processes_frame_ms\":%.2f,\"remotes_frame_ms\":%.2f",
	       n, page_ms, frame_ms(TOP_CONNS), frame_ms(TOP_PROCESSES), frame_ms(TOP_REMOTES));
	begun = clock_cpu();
	put_conns(CONNS);
	conns_ms = ms_since(begun);
	printf(",\"connection_us\":%.2f}\n", conns_ms * 1000 / CONNS);
	board_free(&board);
	view_free(&view);
	view_page_free(&page);
	return 0;
}
