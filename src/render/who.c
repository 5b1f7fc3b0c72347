// SPDX-License-Identifier: GPL-2.0-only
#include "render/who.h"

#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "core/who.h"
#include "render/escape.h"
#include "render/stamp.h"

static void put_label(struct buf *b, const char *label, const char *text)
{
	if (!text)
		return;
	buf_puts(b, label);
	escape_text(b, text, strlen(text));
}

/* ", since 2026-11-23 10:02:11 (5m12s)", local time */
static void put_start(struct buf *b, uint64_t start_ns, uint64_t now_ns)
{
	time_t second = (time_t)(start_ns / 1000000000);
	char text[32];
	struct tm tm;

	if (!start_ns || !localtime_r(&second, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm))
		return;
	buf_puts(b, ", since ");
	buf_puts(b, text);
	if (now_ns <= start_ns)
		return;
	buf_puts(b, " (");
	span_put(b, now_ns - start_ns);
	buf_putc(b, ')');
}

void render_who_text(struct buf *b, const struct who_process *p, uint64_t now_ns)
{
	buf_put_u64(b, p->pid);
	buf_putc(b, '/');
	escape_text(b, p->comm, strnlen(p->comm, SW_COMM_LEN));
	buf_puts(b, ": user ");
	if (p->user)
		escape_text(b, p->user, strlen(p->user));
	else if (p->has_uid)
		buf_put_u64(b, p->uid);
	else
		buf_putc(b, '-');
	put_start(b, p->start_wall_ns, now_ns);
	put_label(b, ", unit ", p->unit);
	put_label(b, ", container ", p->container);
	put_label(b, ", runtime ", p->runtime);
	put_label(b, ", pod ", p->pod);
	put_label(b, "\n    runs ", p->exe);
	put_label(b, "\n    as   ", p->cmdline);
	buf_putc(b, '\n');
}

static void put_number(struct buf *b, const char *key, uint64_t number)
{
	buf_puts(b, key);
	buf_put_u64(b, number);
}

static void put_string(struct buf *b, const char *key, const char *text)
{
	if (!text)
		return;
	buf_puts(b, key);
	escape_json(b, text, strlen(text));
	buf_putc(b, '"');
}

void render_who_json(struct buf *b, const struct who_process *p)
{
	struct stamp_cache stamp = { 0 };

	put_number(b, "{\"event\":\"process\",\"pid\":", p->pid);
	buf_puts(b, ",\"comm\":\"");
	escape_json(b, p->comm, strnlen(p->comm, SW_COMM_LEN));
	buf_putc(b, '"');
	if (p->has_uid)
		put_number(b, ",\"uid\":", p->uid);
	put_string(b, ",\"user\":\"", p->user);
	put_string(b, ",\"container\":\"", p->container);
	put_string(b, ",\"runtime\":\"", p->runtime);
	put_string(b, ",\"pod\":\"", p->pod);
	put_string(b, ",\"unit\":\"", p->unit);
	put_string(b, ",\"exe\":\"", p->exe);
	put_string(b, ",\"cmdline\":\"", p->cmdline);
	if (p->start_wall_ns) {
		buf_puts(b, ",\"start_time\":\"");
		stamp_put(b, &stamp, STAMP_ISO, p->start_wall_ns);
		buf_putc(b, '"');
	}
	buf_puts(b, "}\n");
}
