// SPDX-License-Identifier: GPL-2.0-only
/* The writer of JSON. */
#include "unit.h"

#include <string.h>

#include "base/buf.h"
#include "render/json_put.h"
#include "render/number.h"
#include "render/stamp.h"

static const struct json_key a = JSON_KEY("a"), b = JSON_KEY("b");

static void check(struct buf *got, const char *want)
{
	assert_false(buf_failed(got));
	assert_int_equal(got->len, strlen(want));
	assert_memory_equal(got->data, want, got->len);
	buf_free(got);
}

TEST(json_end__nothing_in_it_is_two_brackets)
{
	struct buf out = { 0 };

	json_end_object(&out, json_begin(&out));
	json_end_array(&out, json_begin(&out));
	check(&out, "{}[]");
}

TEST(json_put_key__commas_are_between_members)
{
	struct buf out = { 0 };
	size_t object = json_begin(&out);

	json_put_key(&out, &a);
	json_put_number(&out, UINT64_MAX);
	json_put_key(&out, &b);
	bool_put(&out, false);
	json_end_object(&out, object);
	check(&out, "{\"a\":18446744073709551615,\"b\":false}");
}

TEST(json_next__commas_are_between_elements)
{
	struct buf out = { 0 };
	size_t array = json_begin(&out);

	for (uint64_t i = 1; i <= 3; i++) {
		json_next(&out);
		json_put_number(&out, i);
	}
	json_end_array(&out, array);
	check(&out, "[1,2,3]");
}

TEST(json_begin__one_within_the_other)
{
	struct buf out = { 0 };
	size_t outer, array, inner;

	buf_puts(&out, "before\n");
	outer = json_begin(&out);
	json_put_key(&out, &a);
	array = json_begin(&out);
	for (int i = 0; i < 2; i++) {
		json_next(&out);
		inner = json_begin(&out);
		json_put_key(&out, &b);
		bool_put(&out, true);
		json_end_object(&out, inner);
	}
	json_end_array(&out, array);
	json_put_key(&out, &b);
	json_end_object(&out, json_begin(&out));
	json_end_object(&out, outer);
	check(&out, "before\n{\"a\":[{\"b\":true},{\"b\":true}],\"b\":{}}");
}

TEST(json_put__text_from_outside_is_escaped)
{
	struct buf out = { 0 };
	size_t array = json_begin(&out);

	json_next(&out);
	json_put_word(&out, "LISTEN", 6);
	json_next(&out);
	json_put_text(&out, "a\"\n{[", 5);
	json_next(&out);
	json_put_text(&out, "", 0);
	json_end_array(&out, array);
	check(&out, "[\"LISTEN\",\"a\\\"\\u000a{[\",\"\"]");
}

TEST(json_put_time__is_rfc_3339)
{
	struct stamp_cache cache = { 0 };
	struct buf out = { 0 };

	json_put_time(&out, &cache, 1000);
	check(&out, "\"1970-01-01T00:00:00.000001000Z\"");
}

TEST(json_put__without_memory_nothing_is_written)
{
	struct buf out = { .failed = true };
	size_t object = json_begin(&out);

	json_put_key(&out, &a);
	json_put_text(&out, "x", 1);
	json_end_object(&out, object);
	assert_true(buf_failed(&out));
	assert_int_equal(out.len, 0);
}
