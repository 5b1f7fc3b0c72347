// SPDX-License-Identifier: GPL-2.0-only
#include "remote/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define ANSWER_MAX (1u << 20)
#define CONNECT_MS 10000L
#define POLL_MS 1000
#define MS UINT64_C(1000000)

struct client {
	struct client_opts opts;
	CURL *easy;   /* owned, as the rest */
	CURLM *multi; /* it waits for stop_fd, too */
	struct curl_slist *plain, *packed;
	char error[CURL_ERROR_SIZE];
};

/* A request that is under way. */
struct asking {
	CURL *easy;
	const struct client_request *r;
	struct client_answer *a;
	uint64_t heard_ns; /* when something came last */
	int err;	   /* what its taker said */
};

static size_t take_body(char *data, size_t size, size_t n, void *arg)
{
	struct asking *q = arg;
	struct buf *body = &q->a->body;
	size_t len = size * n, room = body->len < ANSWER_MAX ? ANSWER_MAX - body->len : 0;
	long status = 0;

	curl_easy_getinfo(q->easy, CURLINFO_RESPONSE_CODE, &status);
	if (!q->r->take || status != 200) {
		buf_put(body, data, len < room ? len : room);
		return len;
	}
	q->err = q->r->take(q->r->arg, data, len);
	q->heard_ns = clock_now();
	return q->err ? 0 : len;
}

static void set_secrets(struct client *c)
{
	const struct client_opts *o = &c->opts;

	if (o->login) {
		curl_easy_setopt(c->easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(c->easy, CURLOPT_USERPWD, o->login);
	}
#if LIBCURL_VERSION_NUM >= 0x074d00 /* 7.77.0 */
	if (o->ca) {
		struct curl_blob blob = { (void *)(uintptr_t)o->ca, o->ca_len, CURL_BLOB_NOCOPY };

		curl_easy_setopt(c->easy, CURLOPT_CAINFO_BLOB, &blob);
	}
#endif
}

/* A name that takes long to look up is not waited for when it ends. */
static void set_usual(struct client *c)
{
	curl_easy_setopt(c->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(c->easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(c->easy, CURLOPT_USERAGENT, "sockwatch/" SOCKWATCH_VERSION);
	curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->error);
	curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c->easy, CURLOPT_POST, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700 /* 7.87.0 */
	curl_easy_setopt(c->easy, CURLOPT_QUICK_EXIT, 1L);
#endif
}

static int prepare(struct client *c)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return -ENOMEM;
	c->easy = curl_easy_init();
	c->multi = curl_multi_init();
	/* without "Expect: 100-continue", which costs a round trip */
	c->plain = curl_slist_append(NULL, "Expect:");
	c->packed = curl_slist_append(NULL, "Expect:");
	if (!c->easy || !c->multi || !c->plain || !c->packed ||
	    !curl_slist_append(c->packed, "Content-Encoding: gzip"))
		return -ENOMEM;
	set_usual(c);
	set_secrets(c);
	return 0;
}

int client_new(const struct client_opts *opts, struct client **ret)
{
	struct client *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->opts = *opts;
	err = prepare(c);
#if LIBCURL_VERSION_NUM < 0x074d00
	if (!err && opts->ca) {
		log_error("--ca: this libcurl is older than 7.77, and takes the system's "
			  "certificates only");
		err = -ENOTSUP;
	}
#endif
	if (err)
		client_free(c);
	else
		*ret = c;
	return err;
}

void client_free(struct client *c)
{
	if (!c)
		return;
	curl_easy_cleanup(c->easy);
	curl_multi_cleanup(c->multi);
	curl_slist_free_all(c->plain);
	curl_slist_free_all(c->packed);
	curl_global_cleanup();
	free(c);
}

/* --- a request -------------------------------------------------------------------------------- */

static bool is_silent(const struct client *c, const struct asking *q)
{
	return q->r->take && clock_now() - q->heard_ns > c->opts.timeout_ms * MS;
}

/* 0; -ECANCELED; -ETIMEDOUT; -EIO: what libcurl ended with is in *ret. */
static int run(struct client *c, const struct asking *q, CURLcode *ret)
{
	struct curl_waitfd stop = { .fd = c->opts.stop_fd, .events = CURL_WAIT_POLLIN };
	int running = 1, left;
	CURLMsg *done;

	for (;;) {
		if (curl_multi_perform(c->multi, &running))
			return -ENOMEM;
		if (!running)
			break;
		if (is_silent(c, q)) {
			snprintf(c->error, sizeof(c->error), "nothing came for %g seconds",
				 c->opts.timeout_ms / 1000.0);
			*ret = CURLE_OPERATION_TIMEDOUT;
			return -ETIMEDOUT;
		}
		stop.revents = 0;
		curl_multi_poll(c->multi, &stop, stop.fd >= 0, POLL_MS, NULL);
		if (stop.revents)
			return -ECANCELED;
	}
	*ret = CURLE_OK;
	while ((done = curl_multi_info_read(c->multi, &left)))
		if (done->msg == CURLMSG_DONE)
			*ret = done->data.result;
	return *ret ? -EIO : 0;
}

static int post(struct client *c, const char *url, const struct client_request *r,
		struct client_answer *a)
{
	struct asking q = { .easy = c->easy, .r = r, .a = a, .heard_ns = clock_now() };
	CURLcode code = CURLE_OK;
	int err;

	c->error[0] = '\0';
	curl_easy_setopt(c->easy, CURLOPT_TIMEOUT_MS, r->take ? 0L : (long)c->opts.timeout_ms);
	curl_easy_setopt(c->easy, CURLOPT_URL, url);
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, r->gzip ? c->packed : c->plain);
	curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, r->body);
	curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->len);
	curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, &q);
	if (curl_multi_add_handle(c->multi, c->easy))
		return -ENOMEM;
	err = run(c, &q, &code);
	curl_multi_remove_handle(c->multi, c->easy);
	if (q.err)
		return q.err;
	if (!err)
		curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &a->status);
	else if (err != -ECANCELED)
		snprintf(a->error, sizeof(a->error), "%s",
			 *c->error ? c->error : curl_easy_strerror(code));
	return code == CURLE_OPERATION_TIMEDOUT ? -ETIMEDOUT : err;
}

int client_post(struct client *c, const struct client_request *r, struct client_answer *ret)
{
	struct client_answer a = { 0 };
	struct buf url = { 0 };
	int err = -ENOMEM;

	buf_puts(&url, c->opts.url);
	buf_puts(&url, "/?");
	buf_puts(&url, r->query);
	buf_putc(&url, '\0');
	if (!buf_failed(&url))
		err = post(c, url.data, r, &a);
	buf_free(&url);
	if (!err && buf_failed(&a.body))
		err = -ENOMEM;
	if (err == -ENOMEM && !*a.error)
		snprintf(a.error, sizeof(a.error), "out of memory");
	if (err)
		buf_free(&a.body); /* of no use */
	*ret = a;
	return err;
}

void client_answer_free(struct client_answer *a)
{
	buf_free(&a->body);
}

void client_escape(struct buf *b, const char *text, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    c == '_' || c == '.' || c == '-') {
			buf_putc(b, (char)c);
			continue;
		}
		buf_putc(b, '%');
		buf_putc(b, digits[c >> 4]);
		buf_putc(b, digits[c & 15]);
	}
}
