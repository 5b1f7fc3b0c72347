/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A server of one page by HTTP, in the loop of its owner: no thread. Whoever connects may be
 * hostile: there are few connections at a time, each for a short time, and the oldest makes room
 * for others.
 */
#ifndef SOCKWATCH_HTTP_SERVER_H
#define SOCKWATCH_HTTP_SERVER_H

struct buf;
struct http_server; /* opaque */

struct http_server_opts {
	int fd;		  /* that listens: the server's from then on, also when it fails */
	const char *path; /* of the page, borrowed: "/metrics" */
	/*
	 * Appends the page. accept: what the client would take; NULL: it does not say. Returns its
	 * type, static.
	 */
	const char *(*page)(void *arg, const char *accept, struct buf *b);
	void (*given)(void *arg, int err); /* after each; err: 0 or -errno */
	void *arg;
};

/* NULL: it could not be started. */
struct http_server *http_server_new(const struct http_server_opts *opts);

/* Readable when there is something to do; and when there is, if nothing comes: -1: never. */
int http_server_fd(const struct http_server *s);
int http_server_timeout_ms(const struct http_server *s);

/* Does what there is to do; sleeps never. 0 or -EIO. */
int http_server_run(struct http_server *s);

/* NULL is fine. */
void http_server_free(struct http_server *s);

#endif
