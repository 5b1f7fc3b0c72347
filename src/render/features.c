// SPDX-License-Identifier: GPL-2.0-only
#include "render/features.h"

#include <string.h>

#include "base/buf.h"
#include "core/feature.h"
#include "render/escape.h"

#define NAME_WIDTH 40

static void put_member(struct buf *b, const char *key, const char *value)
{
	buf_puts(b, ",\"");
	buf_puts(b, key);
	buf_puts(b, "\":\"");
	escape_json(b, value, strlen(value));
	buf_putc(b, '"');
}

void render_features_head(struct buf *b, bool json, const char *kernel)
{
	if (json) {
		buf_puts(b, "{\"kernel\":\"");
		escape_json(b, kernel, strlen(kernel));
		buf_puts(b, "\",\"features\":[");
		return;
	}
	buf_puts(b, "Linux ");
	escape_text(b, kernel, strlen(kernel));
	buf_puts(b, "\n\n     FEATURE");
	buf_pad(b, NAME_WIDTH - 7);
	buf_puts(b, " USED FOR\n");
}

static void feature_json(struct buf *b, const struct feature *f, bool has, bool first)
{
	buf_puts(b, first ? "{\"key\":\"" : ",{\"key\":\"");
	buf_puts(b, f->key);
	buf_puts(b, has ? "\",\"available\":true" : "\",\"available\":false");
	put_member(b, "name", f->name);
	put_member(b, "use", f->use);
	if (!has && f->instead)
		put_member(b, "instead", f->instead);
	buf_putc(b, '}');
}

void render_feature(struct buf *b, bool json, const struct feature *f, bool has, bool first)
{
	if (json) {
		feature_json(b, f, has, first);
		return;
	}
	buf_puts(b, has ? "yes  " : "no   ");
	buf_puts(b, f->name);
	buf_pad(b, NAME_WIDTH - (int)strlen(f->name));
	buf_putc(b, ' ');
	buf_puts(b, f->use);
	if (!has) {
		buf_puts(b, "; instead: ");
		buf_puts(b, f->instead ? f->instead : "nothing, sockwatch cannot work here");
	}
	buf_putc(b, '\n');
}

void render_features_tail(struct buf *b, bool json, const char *missing)
{
	if (json) {
		buf_putc(b, ']');
		put_member(b, "missing_privileges", missing);
		buf_puts(b, "}\n");
		return;
	}
	buf_puts(b, "\nPrivileges: ");
	buf_puts(b, missing[0] ? missing : "none");
	buf_puts(b, " missing\n");
}
