/* SPDX-License-Identifier: GPL-2.0-only */
/* Metrics by HTTP, for a Prometheus that asks for them. */
#ifndef SOCKWATCH_WORDS_EXPORT_HTTP_H
#define SOCKWATCH_WORDS_EXPORT_HTTP_H

#include <stdbool.h>

struct export_opts;
struct http_server;
struct meter;

struct export_http {
	const struct export_opts *opts; /* borrowed, as the next */
	struct meter *meter;
	struct http_server *server; /* owned */
};

/* Listens, while there are rights. 0, or -errno after a message. */
int export_http_open(struct export_http *h, const struct export_opts *opts, struct meter *meter);

/* As process_served.turn, but for its first argument: waits for both, and answers. */
int export_http_turn(struct export_http *h, int fd, bool empty);

/* As metrics_sink.closed. */
void export_http_closed(void *arg);

#endif
