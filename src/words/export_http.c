// SPDX-License-Identifier: GPL-2.0-only
#include "words/export_http.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "core/opts.h"
#include "filter.h"
#include "http/listen.h"
#include "http/server.h"
#include "metrics/expose.h"
#include "metrics/meter.h"

#define PAGE "/metrics"

static const char *give(void *arg, const char *accept, struct buf *b)
{
	struct export_http *h = arg;
	enum expose_form form = expose_choose(accept);

	expose(b, h->meter, form);
	return expose_type(form);
}

static void note_given(void *arg, int err)
{
	struct export_http *h = arg;

	if (err)
		h->meter->not_given++;
	else
		h->meter->given++;
}

static const char *why_not(int err)
{
	if (err == -EADDRINUSE)
		return "somebody listens there already";
	return err == -EEXIST ? "it is there, and no socket" : strerror(-err);
}

int export_http_open(struct export_http *h, const struct export_opts *opts, struct meter *meter)
{
	struct http_server_opts server = {
		.path = PAGE, .page = give, .given = note_given, .arg = h
	};

	*h = (struct export_http){ .opts = opts, .meter = meter };
	server.fd = opts->form == METRICS_UNIX ? listen_at(opts->path)
					       : listen_on(&opts->addr, opts->port);
	if (server.fd < 0) {
		log_error("--metrics %s: %s", opts->metrics, why_not(server.fd));
		return server.fd;
	}
	h->server = http_server_new(&server);
	if (!h->server) {
		log_error("--metrics %s: the server cannot be started", opts->metrics);
		return -EIO;
	}
	if (opts->form == METRICS_INET && !sw_addr_is_loopback(&opts->addr))
		log_note("--metrics %s: whoever reaches that address can read them", opts->metrics);
	return 0;
}

int export_http_turn(struct export_http *h, int fd, bool empty)
{
	struct pollfd fds[2] = { { .fd = http_server_fd(h->server), .events = POLLIN },
				 { .fd = empty ? fd : -1, .events = POLLIN } };

	if (poll(fds, 2, empty ? http_server_timeout_ms(h->server) : 0) < 0)
		return errno == EINTR ? 0 : -errno;
	return http_server_run(h->server);
}

/* Where we may not, the path stays, and the next server removes it. */
void export_http_closed(void *arg)
{
	struct export_http *h = arg;

	http_server_free(h->server);
	if (h->opts->form == METRICS_UNIX)
		unlink(h->opts->path);
}
