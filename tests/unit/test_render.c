// SPDX-License-Identifier: GPL-2.0-only
/* Records that no kernel of today sends, through the formatters; what the fuzzer found is here. */
#include "unit.h"

#include <string.h>

#include "base/buf.h"
#include "core/record.h"
#include "event.h"
#include "render/fields.h"
#include "render/render.h"
#include "render/schema.h"

static void check_ends(const struct formatter *f, const struct sw_event *e, const char *end)
{
	struct render r = { .time = STAMP_EPOCH };
	struct record rec = { .ev = e };
	struct buf b = { 0 };

	f->record(&r, &b, &rec);
	assert_false(buf_failed(&b));
	assert_true(b.len >= strlen(end));
	assert_memory_equal(b.data + b.len - strlen(end), end, strlen(end));
	buf_free(&b);
}

TEST(render__number_without_a_name_is_left_out)
{
	struct sw_event e = { .kind = SW_EV_STATE,
			      .old_state = SW_TCP_ESTABLISHED,
			      .sock.state = SW_TCP_CLOSE,
			      .reason = 255,
			      .error = 4711 };

	check_ends(&render_text, &e, "ESTABLISHED -> CLOSE      -\n");
	check_ends(&render_json, &e, "\"owner_source\":\"unknown\"}\n");
	check_ends(&render_csv, &e, ",,,\n");
}

TEST(fields__names_are_where_the_table_says)
{
	assert_true(end_name_field <= record_schema.n);
	assert_string_equal(record_schema.fields[first_name_field].key, "local_name");
	assert_string_equal(record_schema.fields[end_name_field - 1].key, "user");
}
