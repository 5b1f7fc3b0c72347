/* SPDX-License-Identifier: GPL-2.0-only */
/* A client of HTTP: one server, one request at a time; libcurl is known here only. */
#ifndef SOCKWATCH_REMOTE_CLIENT_H
#define SOCKWATCH_REMOTE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct client; /* opaque */

/* All borrowed until the client is freed. */
struct client_opts {
	const char *url;   /* http://host:port or https://host:port */
	const char *login; /* user:password; NULL: none */
	const char *ca;	   /* certificates that are trusted, as PEM; NULL: the system's */
	size_t ca_len;
	uint32_t timeout_ms; /* of a request, from its begin to the end of its answer */
	int stop_fd;	     /* readable: the request is to be given up; -1: none */
};

struct client_answer {
	long status;	 /* of HTTP */
	struct buf body; /* owned: its first MiB */
	char error[256]; /* where there was no answer: why */
};

/* 0; -ENOMEM; -ENOTSUP: this libcurl cannot do that, after a message. */
int client_new(const struct client_opts *opts, struct client **ret);

/* What is sent with a request. */
struct client_request {
	const char *query; /* of the URL, behind its '?': escaped */
	const void *body;  /* borrowed, as all here */
	size_t len;
	bool gzip; /* the body is packed so */
	/*
	 * Where it is not NULL: takes what is answered with status 200, as it comes, in place of
	 * ret->body; 0, or what client_post() returns: the rest is given up. timeout_ms is then for
	 * how long nothing comes.
	 */
	int (*take)(void *arg, const char *data, size_t len);
	void *arg;
};

/*
 * Posts it. 0: there was an answer, to be freed by client_answer_free(), whatever it says;
 * -ECANCELED: it was given up; what r->take() returned; or another -errno with ret->error.
 */
int client_post(struct client *c, const struct client_request *r, struct client_answer *ret);

void client_answer_free(struct client_answer *a);

/* Appends text as a value in a URL's query. */
void client_escape(struct buf *b, const char *text, size_t len);

/* NULL is fine. */
void client_free(struct client *c);

#endif
