// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each line is a row of a fleet's table, as a server answers, or one of a recorder's run; what is
 * read of it is a record that every formatter can tell, and that goes through the wire. Bytes of
 * the input are as a literal of a statement has them: nothing ends it.
 */
#include <string.h>

#include "base/buf.h"
#include "core/wire.h"
#include "fuzz.h"
#include "render/fields.h"
#include "render/fleet_ask.h"
#include "render/fleet_literal.h"
#include "render/fleet_read.h"
#include "render/render.h"

static const struct formatter *const formatters[] = { &render_json, &render_csv,  &render_conns,
						      &render_ecs,  &render_ocsf, &render_otel };

#define N_FORMATTERS (sizeof(formatters) / sizeof(formatters[0]))

/* One line, whatever it holds. */
static void tell(struct render *r, const struct formatter *f, const struct record *rec)
{
	struct buf b = { 0 };

	f->record(r, &b, rec);
	FUZZ_CHECK(!buf_failed(&b) && b.len && b.data[b.len - 1] == '\n');
	FUZZ_CHECK(memchr(b.data, '\n', b.len) == b.data + b.len - 1);
	FUZZ_CHECK(!memchr(b.data, '\0', b.len) && !memchr(b.data, '\033', b.len));
	buf_free(&b);
}

static void send(const struct record *rec)
{
	struct wire_frame frame;
	struct buf b = { 0 };

	if (!wire_pack(&b, WIRE_RECORD, rec)) {
		FUZZ_CHECK(wire_unpack(b.data, b.len, &frame) == (ssize_t)b.len);
		FUZZ_CHECK(frame.rec.lost == rec->lost && frame.rec.not_sent == rec->not_sent);
		FUZZ_CHECK(!frame.rec.host == !rec->host);
	}
	buf_free(&b);
}

static void read_row(char *line, size_t len)
{
	static struct render renders[N_FORMATTERS];
	struct fleet_row row;

	if (fleet_read_row(line, len, &row))
		return;
	FUZZ_CHECK(row.rec.ev);
	for (size_t i = 0; i < N_FORMATTERS; i++) {
		renders[i].extended = true;
		renders[i].time = STAMP_ISO;
		renders[i].host_width = formatters[i] == &render_conns ? 8 : 0;
		tell(&renders[i], formatters[i], &row.rec);
	}
	send(&row.rec);
}

static void put_literal(const char *text, size_t len)
{
	struct buf b = { 0 };

	fleet_put_literal(&b, text, len);
	FUZZ_CHECK(b.len >= 2 && b.data[0] == '\'' && b.data[b.len - 1] == '\'');
	FUZZ_CHECK(!memchr(b.data + 1, '\'', b.len - 2));
	for (size_t i = 1; i + 1 < b.len; i++)
		FUZZ_CHECK(b.data[i] != '\\' || b.data[i + 1] == 'x');
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	struct fleet_run run;
	size_t len;
	char *line;

	put_literal(in.at, size);
	while ((line = input_line(&in, &len))) {
		if (*line == '#' && !fleet_read_run(line + 1, len - 1, &run))
			FUZZ_CHECK(run.host);
		else if (*line != '#')
			read_row(line, len);
		free(line);
	}
	return 0;
}
