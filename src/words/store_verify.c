// SPDX-License-Identifier: GPL-2.0-only
#include "words/store_verify.h"

#include <errno.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/output.h"
#include "store/verify.h"

/* A segment that was sealed and is as it was needs no words. */
static void put_segment(void *arg, const char *name, enum verify_state state)
{
	struct output *out = arg;

	if (state == VERIFY_GOOD)
		return;
	buf_puts(&out->buf, name);
	buf_putc(&out->buf, ' ');
	buf_puts(&out->buf, verify_words(state));
	buf_putc(&out->buf, '\n');
}

static void put_sum(struct buf *b, const struct verify_result *r)
{
	char text[160];

	snprintf(text, sizeof(text),
		 "%zu sealed segments are as they were, %zu removed, %zu not sealed yet\n",
		 r->count[VERIFY_GOOD], r->count[VERIFY_REMOVED], r->count[VERIFY_LIVE]);
	buf_puts(b, text);
	if (!r->head[0])
		return;
	buf_puts(b, "last digest ");
	buf_puts(b, r->head);
	buf_putc(b, '\n');
}

int store_verify_tell(const char *dir, struct output *out)
{
	struct verify_result r = { 0 };
	int err = store_verify(dir, put_segment, out, &r);

	if (err)
		return err;
	put_sum(&out->buf, &r);
	output_flush(out);
	if (r.first < VERIFY_WRONG)
		return out->err;
	log_error("%s/%s %s: the store is not as it was written", dir, r.name,
		  verify_words(r.first));
	return -EBADMSG;
}
