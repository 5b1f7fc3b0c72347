// SPDX-License-Identifier: GPL-2.0-only
#include "http/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"

#define CLIENTS 32
#define CLIENT_NS 10000000000ull /* that one has, from its first byte to the last of the answer */
#define CROWDED_NS 500000000ull	 /* and where there is no room for another */
#define MEMORY 16384		 /* bytes of a request, and of what is kept for it */

struct client {
	struct MHD_Connection *connection; /* borrowed; NULL: not in use */
	int fd;				   /* borrowed */
	uint64_t since_ns;
	bool is_told; /* that it is over */
};

struct http_server {
	struct http_server_opts opts;
	struct MHD_Daemon *daemon; /* owned */
	struct client clients[CLIENTS];
};

/* --- clients ---------------------------------------------------------------------------------- */

static struct client *client_of(struct http_server *s, const struct MHD_Connection *connection)
{
	for (size_t i = 0; i < CLIENTS; i++)
		if (s->clients[i].connection == connection)
			return &s->clients[i];
	return NULL;
}

static void note_client(void *arg, struct MHD_Connection *connection, void **context,
			enum MHD_ConnectionNotificationCode what)
{
	struct http_server *s = arg;
	bool begins = what == MHD_CONNECTION_NOTIFY_STARTED;
	struct client *c = client_of(s, begins ? NULL : connection);
	const union MHD_ConnectionInfo *info;

	(void)context;
	if (!c)
		return;
	*c = (struct client){ 0 };
	if (!begins)
		return;
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	*c = (struct client){ .connection = connection,
			      .fd = info ? info->connect_fd : -1,
			      .since_ns = clock_now() };
}

/* The one that came first; NULL: there is none. *ret_n: how many there are. */
static struct client *oldest(struct http_server *s, size_t *ret_n)
{
	struct client *first = NULL;

	*ret_n = 0;
	for (size_t i = 0; i < CLIENTS; i++) {
		struct client *c = &s->clients[i];

		*ret_n += c->connection != NULL;
		if (c->connection && !c->is_told && (!first || c->since_ns < first->since_ns))
			first = c;
	}
	return first;
}

/* When it is over, at the latest. 0: never. */
static uint64_t next_end(struct http_server *s, struct client **ret)
{
	size_t n;

	*ret = oldest(s, &n);
	if (!*ret)
		return 0;
	return (*ret)->since_ns + (n == CLIENTS ? CROWDED_NS : CLIENT_NS);
}

/* It ends as if the client had: that is for the library to see. */
static void end_late(struct http_server *s)
{
	uint64_t now_ns = clock_now(), end_ns;
	struct client *c;

	while ((end_ns = next_end(s, &c)) && end_ns <= now_ns) {
		c->is_told = true;
		shutdown(c->fd, SHUT_RDWR);
	}
}

/* --- answers ---------------------------------------------------------------------------------- */

/* Takes the response, also when it is NULL. */
static enum MHD_Result answer_with(struct MHD_Connection *connection, unsigned int status,
				   struct MHD_Response *response, const char *type)
{
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned int status,
				   const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return MHD_NO;
	return answer_with(connection, status,
			   MHD_create_response_from_buffer(strlen(copy), copy,
							   MHD_RESPMEM_MUST_FREE),
			   "text/plain; charset=utf-8");
}

static enum MHD_Result answer_page(struct http_server *s, struct MHD_Connection *connection)
{
	const char *accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
							 MHD_HTTP_HEADER_ACCEPT);
	struct buf b = { 0 };
	const char *type = s->opts.page(s->opts.arg, accept, &b);
	enum MHD_Result result = MHD_NO;

	if (buf_failed(&b) || !b.len)
		buf_free(&b);
	else /* the bytes are the response's from here on */
		result = answer_with(connection, MHD_HTTP_OK,
				     MHD_create_response_from_buffer(b.len, b.data,
								     MHD_RESPMEM_MUST_FREE),
				     type);
	s->opts.given(s->opts.arg, result == MHD_YES ? 0 : -ENOMEM);
	return result;
}

/* Called when the head is there, for each part of a body, and at the end: that is when we answer.
 */
static enum MHD_Result answer(void *arg, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *body,
			      size_t *body_size, void **context)
{
	struct http_server *s = arg;

	(void)version;
	(void)body;
	if (!*context) {
		*context = s;
		return MHD_YES;
	}
	if (*body_size) {
		*body_size = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET only\n");
	if (strcmp(url, s->opts.path))
		return answer_text(connection, MHD_HTTP_NOT_FOUND, "/metrics is what there is\n");
	return answer_page(s, connection);
}

/* --- the server ------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 0))) static void tell(void *arg, const char *format, va_list args)
{
	char text[256];

	(void)arg;
	vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\n")] = '\0';
	log_verbose("libmicrohttpd: %s", text);
}

struct http_server *http_server_new(const struct http_server_opts *opts)
{
	struct http_server *s = calloc(1, sizeof(*s));

	if (s) {
		s->opts = *opts;
		s->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, NULL, NULL,
					     answer, s, MHD_OPTION_EXTERNAL_LOGGER, tell, NULL,
					     MHD_OPTION_LISTEN_SOCKET, opts->fd,
					     MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CLIENTS,
					     MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY,
					     MHD_OPTION_CONNECTION_TIMEOUT,
					     (unsigned int)(CLIENT_NS / 1000000000u),
					     MHD_OPTION_NOTIFY_CONNECTION, note_client, s,
					     MHD_OPTION_END);
	}
	if (s && s->daemon)
		return s;
	close(opts->fd);
	free(s);
	return NULL;
}

int http_server_fd(const struct http_server *s)
{
	return MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int http_server_timeout_ms(const struct http_server *s)
{
	struct client *c;
	int ours = clock_ms_until(next_end((struct http_server *)(uintptr_t)s, &c));
	MHD_UNSIGNED_LONG_LONG theirs;

	if (MHD_get_timeout(s->daemon, &theirs) != MHD_YES ||
	    (ours >= 0 && theirs > (unsigned int)ours))
		return ours;
	return theirs > 3600000 ? 3600000 : (int)theirs;
}

int http_server_run(struct http_server *s)
{
	enum MHD_Result result;

	end_late(s);
	result = MHD_run(s->daemon);
	return result == MHD_YES ? 0 : -EIO;
}

void http_server_free(struct http_server *s)
{
	if (!s)
		return;
	MHD_stop_daemon(s->daemon);
	free(s);
}
