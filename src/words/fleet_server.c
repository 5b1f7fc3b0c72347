// SPDX-License-Identifier: GPL-2.0-only
#include "words/fleet_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/signals.h"
#include "cli/options.h"
#include "remote/client.h"

#define TIMEOUT_MS 30000
#define SILENCE_MS 300000 /* while a question is thought about */
#define LINE_MAX_BYTES (16u << 20)
#define FILE_MAX (1u << 20)

/* --- its files -------------------------------------------------------------------------------- */

static int fail(const char *option, const char *path, int err)
{
	log_error("--%s %s: %s", option, path, strerror(-err));
	return err;
}

static int read_all(int fd, struct buf *ret)
{
	while (ret->len < FILE_MAX) {
		char *room = buf_room(ret, 4096);
		ssize_t n = room ? read(fd, room, 4096) : -1;

		if (!room)
			return -ENOMEM;
		if (n < 0)
			return -errno;
		if (!n)
			return 0;
		ret->len += (size_t)n;
	}
	return -EFBIG;
}

/* secret: nobody else may read it. */
static int read_file(const char *option, const char *path, bool secret, struct buf *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), err;
	struct stat st;

	if (fd < 0)
		return fail(option, path, -errno);
	err = fstat(fd, &st) ? -errno : 0;
	if (!err && secret && (st.st_mode & S_IROTH)) {
		log_error("--%s %s: everybody may read it: chmod o-r %s", option, path, path);
		close(fd);
		return -EPERM;
	}
	if (!err)
		err = read_all(fd, ret);
	close(fd);
	return err ? fail(option, path, err) : 0;
}

static int read_login(struct fleet_server *s, const char *path)
{
	int err = read_file("login", path, true, &s->login);
	char *end;

	if (err)
		return err;
	buf_putc(&s->login, '\n');
	buf_putc(&s->login, '\0');
	if (buf_failed(&s->login))
		return -ENOMEM;
	end = strpbrk(s->login.data, "\r\n");
	if (end)
		*end = '\0';
	if (strchr(s->login.data, ':'))
		return 0;
	log_error("--login %s: its first line is to be USER:PASSWORD", path);
	return -EINVAL;
}

/* --- opening ---------------------------------------------------------------------------------- */

static bool is_loopback(const char *host)
{
	struct in_addr v4;

	return !strcmp(host, "localhost") || !strcmp(host, "[::1]") ||
	       (inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

int fleet_server_open(struct fleet_server *s, const struct options *o)
{
	const struct fleet_opts *f = &o->fleet;
	struct client_opts opts = { .url = s->url, .stop_fd = signals_fd() };
	int err = 0;

	*s = (struct fleet_server){ .options = o };
	snprintf(s->url, sizeof(s->url), "%s://%s:%u", f->tls ? "https" : "http", f->host, f->port);
	opts.timeout_ms = f->from ? SILENCE_MS : TIMEOUT_MS;
	if (o->past.timeout_ms)
		opts.timeout_ms = (uint32_t)o->past.timeout_ms;
	if (f->login)
		err = read_login(s, f->login);
	if (!err && f->ca)
		err = read_file("ca", f->ca, false, &s->ca);
	if (err)
		return err;
	if (f->login && !f->tls && !is_loopback(f->host))
		log_note("%s %s: the password goes there unencrypted: clickhouse+https:// is for "
			 "that",
			 FLEET_NAME(o));
	opts.login = f->login ? s->login.data : NULL;
	opts.ca = f->ca ? s->ca.data : NULL;
	opts.ca_len = s->ca.len;
	err = client_new(&opts, &s->client);
	if (err == -ENOMEM)
		log_error("out of memory");
	return err;
}

void fleet_server_close(struct fleet_server *s)
{
	client_free(s->client);
	if (s->login.data)
		explicit_bzero(s->login.data, s->login.len);
	buf_free(&s->login);
	buf_free(&s->ca);
	*s = (struct fleet_server){ 0 };
}

/* --- asking ----------------------------------------------------------------------------------- */

/* The first line of what it says, without what each begins with. */
static void take_text(struct fleet_server *s, const char *text, size_t len, long status)
{
	const char *end = memchr(text, '\n', len), *at;

	len = end ? (size_t)(end - text) : len;
	at = memmem(text, len, "DB::Exception: ", 15);
	if (at) {
		len -= (size_t)(at + 15 - text);
		text = at + 15;
	}
	at = memmem(text, len, ", e.what()", 10);
	len = at ? (size_t)(at - text) : len;
	if (len > sizeof(s->why) - 64)
		len = sizeof(s->why) - 64;
	if (len)
		snprintf(s->why, sizeof(s->why), "%.*s (HTTP %ld)", (int)len, text, status);
	else
		snprintf(s->why, sizeof(s->why), "it answers with HTTP %ld", status);
}

static void take_why(struct fleet_server *s, const struct client_answer *a)
{
	take_text(s, a->body.data ? a->body.data : "", a->body.len, a->status);
}

/* Who is refused, and a table that is not there, are so until somebody changes it. */
static enum fleet_result judge(struct fleet_server *s, const struct client_answer *a, bool silent)
{
	if (a->status == 200 && (!silent || !a->body.len))
		return FLEET_DONE;
	take_why(s, a);
	return a->status >= 400 && a->status < 500 && a->status != 408 && a->status != 429
		       ? FLEET_REFUSED
		       : FLEET_AGAIN;
}

/* silent: nothing is to be answered but that it is done. */
static enum fleet_result ask(struct fleet_server *s, const struct client_request *r, bool silent,
			     struct buf *ret)
{
	struct client_answer a;
	enum fleet_result result;
	int err = client_post(s->client, r, &a);

	if (err == -ECANCELED)
		return FLEET_STOPPED;
	if (err) {
		snprintf(s->why, sizeof(s->why), "%s", a.error);
		return FLEET_AGAIN;
	}
	result = judge(s, &a, silent);
	if (result == FLEET_DONE && ret) {
		*ret = a.body;
		return result;
	}
	client_answer_free(&a);
	return result;
}

enum fleet_result fleet_server_insert(struct fleet_server *s, const struct buf *statement,
				      const struct buf *packed)
{
	struct buf query = { 0 };
	struct client_request r = { .body = packed->data, .len = packed->len, .gzip = true };
	enum fleet_result result = FLEET_AGAIN;

	/* a table of a newer sockwatch has more columns, one of an older fewer; what is answered is
	 * on the shards */
	buf_puts(&query, "input_format_skip_unknown_fields=1&insert_distributed_sync=1&query=");
	client_escape(&query, statement->data, statement->len);
	buf_putc(&query, '\0');
	r.query = query.data;
	if (buf_failed(&query))
		snprintf(s->why, sizeof(s->why), "out of memory");
	else
		result = ask(s, &r, true, NULL);
	buf_free(&query);
	return result;
}

enum fleet_result fleet_server_run(struct fleet_server *s, const struct buf *statement,
				   struct buf *ret)
{
	struct client_request r = { .query = "", .body = statement->data, .len = statement->len };

	return ask(s, &r, false, ret);
}

/* --- lines ------------------------------------------------------------------------------------ */

struct lines {
	struct buf rest; /* owned: the begin of one whose end has not come */
	fleet_line_fn fn;
	void *arg;
};

/* As client_request.take: whole lines are given on in the buffer, behind what was left over. */
static int take_lines(void *arg, const char *data, size_t len)
{
	struct lines *l = arg;
	size_t at = 0;
	char *end;
	int err = 0;

	buf_put(&l->rest, data, len);
	if (buf_failed(&l->rest))
		return -ENOMEM;
	while (!err && (end = memchr(l->rest.data + at, '\n', l->rest.len - at))) {
		size_t n = (size_t)(end - l->rest.data) - at;

		err = l->fn(l->arg, l->rest.data + at, n);
		at += n + 1;
	}
	if (at)
		memmove(l->rest.data, l->rest.data + at, l->rest.len - at);
	l->rest.len -= at;
	return err || l->rest.len <= LINE_MAX_BYTES ? err : -EMSGSIZE;
}

/* Of an answer without its end. */
static void take_cut(struct fleet_server *s, const struct buf *rest)
{
	if (memmem(rest->data, rest->len, "DB::Exception", 13))
		take_text(s, rest->data, rest->len, 200);
	else
		snprintf(s->why, sizeof(s->why), "its answer ends in the midst of a line");
}

enum fleet_result fleet_server_lines(struct fleet_server *s, const struct buf *statement,
				     fleet_line_fn fn, void *arg, int *ret_err)
{
	struct lines lines = { .fn = fn, .arg = arg };
	struct client_request r = { .query = "",
				    .body = statement->data,
				    .len = statement->len,
				    .take = take_lines,
				    .arg = &lines };
	struct client_answer a;
	enum fleet_result result = FLEET_AGAIN;
	int err;

	s->why[0] = '\0';
	err = client_post(s->client, &r, &a);
	*ret_err = err;
	if (!err && a.status == 200 && lines.rest.len) {
		take_cut(s, &lines.rest);
		*ret_err = -EIO;
	} else if (!err) {
		result = judge(s, &a, false);
		*ret_err = result == FLEET_DONE ? 0 : -EIO;
	} else if (*a.error) {
		snprintf(s->why, sizeof(s->why), "%s", a.error);
	} else {
		result = FLEET_STOPPED; /* fn has said why */
	}
	if (!err)
		client_answer_free(&a);
	buf_free(&lines.rest);
	return result;
}

void fleet_server_explain(struct fleet_server *s, const char *text, size_t len)
{
	take_text(s, text, len, 200);
}
