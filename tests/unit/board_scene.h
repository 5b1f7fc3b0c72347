/* SPDX-License-Identifier: GPL-2.0-only */
/* A board that is told of sockets, page by page. */
#ifndef SOCKWATCH_TESTS_BOARD_SCENE_H
#define SOCKWATCH_TESTS_BOARD_SCENE_H

#include "unit.h"

#include <stdbool.h>

#include "event.h"
#include "top/board.h"

#define SCENE_MS 1000000ull

/* What is 0 is as usual: an established connection of 10.0.0.1 with 10.0.0.2:80. */
struct scene_sock {
	uint16_t port;
	uint16_t remote_port;
	uint64_t cookie;
	uint64_t sent, received;
	uint32_t pid; /* 0: nobody holds it */
	uint8_t state;
	uint8_t reason;
	uint8_t proto;
	bool alone;    /* it has no peer */
	bool incoming; /* it was accepted */
	const char *comm;
	const char *unit;
};

struct scene {
	struct board board;
	uint64_t now_ns;
};

void scene_begin(struct scene *s);
void scene_end(struct scene *s);

/* A page of these rows, a second after the one before. */
void scene_page(struct scene *s, const struct scene_sock *socks, size_t n);

/* One ends, which lived so long (0: it was there before). */
void scene_conn(struct scene *s, const struct scene_sock *sock, uint64_t age_ns);

void scene_lost(struct scene *s, uint64_t n);

#endif
