// SPDX-License-Identifier: GPL-2.0-only
/* The tables of what is told: held against the manual's, and what becomes of them. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/row.h"
#include "manual.h"
#include "render/conn_owners.h"
#include "render/counts.h"
#include "render/features.h"
#include "render/fields.h"
#include "render/holders.h"
#include "render/link.h"
#include "render/nat_fields.h"
#include "render/route.h"
#include "render/rule.h"
#include "render/schema.h"
#include "render/stats.h"
#include "render/summary.h"
#include "render/unix.h"
#include "render/who.h"
#include "render/who_past.h"
#include "top/fields.h"

static const struct schema *const schemas[] = {
	&record_schema,	 &holder_schema, &unix_schema,	     &process_schema, &route_schema,
	&rule_schema,	 &link_schema,	 &counter_schema,    &fault_schema,   &features_schema,
	&feature_schema, &count_schema,	 &conn_owner_schema, &summary_schema, &who_past_schema,
	&frame_schema,	 &row_schema,	 &forward_schema,    &nat_schema,
};

/* --- the manual ------------------------------------------------------------------------------- */

/* Behind the heading of this name. */
static const char *find_section(const char *manual, const char *title)
{
	char heading[128];
	const char *at;

	snprintf(heading, sizeof(heading), "\n.Ss %s\n", title);
	at = strstr(manual, heading);
	if (!at)
		fail_msg("%s has no section \"%s\"", MANUAL, title);
	return at + strlen(heading) - 1;
}

struct item {
	char key[64];
	char text[1024]; /* up to the first macro in it */
};

static bool is_heading(const char *line)
{
	return !strncmp(line, ".Ss ", 4) || !strncmp(line, ".Sh ", 4);
}

/* Fills *ret from the next item of the section that *at is in; false: there is none. */
static bool next_item(const char **at, struct item *ret)
{
	const char *line = *at;
	size_t len = 0;

	while ((line = strchr(line, '\n')) && strncmp(++line, ".It ", 4))
		if (is_heading(line))
			return false;
	if (!line)
		return false;
	line += 4;
	snprintf(ret->key, sizeof(ret->key), "%.*s", (int)strcspn(line, "\n"), line);
	for (line += strcspn(line, "\n"); line[0] && line[1] != '.'; line += strcspn(line, "\n")) {
		line++;
		len += (size_t)snprintf(ret->text + len, sizeof(ret->text) - len, "%s%.*s",
					len ? " " : "", (int)strcspn(line, "\n"), line);
		assert_true(len < sizeof(ret->text));
	}
	*at = line;
	return true;
}

/* CSV may have one at another place than JSON. */
static bool was_there(const struct schema *s, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!strcmp(s->fields[k].key, s->fields[i].key))
			return true;
	return false;
}

static void check_section(const char *manual, const struct schema *s)
{
	const char *at = find_section(manual, s->title);
	struct item item;

	for (size_t i = 0; i < s->n; i++) {
		const struct field *f = &s->fields[i];

		if (was_there(s, i))
			continue;
		if (!next_item(&at, &item) || strcmp(item.key, f->key))
			fail_msg("%s, %s: \"%s\" is not at its place", MANUAL, s->title, f->key);
		if (strncmp(item.text, f->about, strlen(f->about)))
			fail_msg("%s, %s: \"%s\" is not \"%s\"", MANUAL, s->title, f->key,
				 f->about);
	}
	if (next_item(&at, &item))
		fail_msg("%s, %s: nobody tells \"%s\"", MANUAL, s->title, item.key);
}

TEST(schema__manual_has_every_key_with_its_description)
{
	char *manual = manual_read();

	for (size_t i = 0; i < COUNT(schemas); i++)
		check_section(manual, schemas[i]);
	free(manual);
}

TEST(schema__manual_has_no_table_of_keys_that_is_not_checked)
{
	char *manual = manual_read();
	size_t n = 0;

	for (const char *at = manual; (at = strstr(at, "\n.Ss Keys of ")); at++)
		n++;
	assert_int_equal(n, COUNT(schemas));
	free(manual);
}

/* --- the tables ------------------------------------------------------------------------------- */

/* Its last bytes are not copied when it is too long: compilers only warn of that. */
TEST(schema__json_has_the_key_whole)
{
	char want[64];

	for (size_t i = 0; i < COUNT(schemas); i++) {
		for (const struct field *f = schemas[i]->fields;
		     f < schemas[i]->fields + schemas[i]->n; f++) {
			int len = snprintf(want, sizeof(want), ",\"%s\":", f->key);

			assert_int_equal(f->json.len, len);
			assert_true((size_t)len <= sizeof(f->json.text));
			assert_memory_equal(f->json.text, want, (size_t)len);
		}
	}
}

struct thing {
	uint64_t wide;
	uint32_t number;
	uint16_t narrow;
	uint8_t byte;
	bool has_number;
	bool is_good;
	const char *text;
	char name[4];
};

struct view {
	const struct thing *thing;
	uint64_t wall_ns;
	const struct holder *holders;
};

static bool get_real(const void *view, struct field_value *v)
{
	(void)view;
	v->real = 0.5;
	return true;
}

static bool get_signed(const void *view, struct field_value *v)
{
	(void)view;
	v->negative = true;
	return value_number(v, true, 7);
}

static bool get_holders(const void *view, struct field_value *v)
{
	const struct view *of = view;

	return value_holders(v, of->holders, of->holders ? 2 : 0);
}

static void put_two(struct buf *b, const void *view, const struct field_value *v)
{
	(void)view;
	for (uint64_t i = 0; i < 2; i++) {
		json_next(b);
		json_put_number(b, v->num + i);
	}
}

static bool get_list(const void *view, struct field_value *v)
{
	(void)view;
	v->put_elements = put_two;
	return value_number(v, true, 4);
}

#define IN(member) FIELD_IN(struct thing, member)

static const struct field fields[] = {
	{ KEY("time", TIME, field_member, ""), FIELD_AT(struct view, wall_ns) },
	{ KEY("start", START, field_member, ""), FIELD_AT(struct view, wall_ns) },
	{ KEY("event", WORD, field_word, ""), .word = "thing", JSON_ONLY },
	{ KEY("wide", NUMBER, field_member, ""), IN(wide) },
	{ KEY("number", NUMBER, field_if, ""), IN(number),
	  .has = offsetof(struct thing, has_number) },
	{ KEY("narrow", NUMBER, field_nonzero, ""), IN(narrow) },
	{ KEY("byte", NUMBER, field_member, ""), IN(byte) },
	{ KEY("good", BOOL, field_member, ""), IN(is_good) },
	{ KEY("text", FOREIGN, field_text, ""), IN(text) },
	{ KEY("name", FOREIGN, field_filled, ""), IN(name) },
	{ KEY("chars", FOREIGN, field_chars, ""), IN(name) },
	{ KEY("real", REAL, get_real, "") },
	{ KEY("signed", SIGNED, get_signed, "") },
	{ KEY("holders", HOLDERS, get_holders, "") },
	{ KEY("list", LIST, get_list, ""), JSON_ONLY },
};

static const struct schema schema = { NULL, fields, COUNT(fields) };

static const struct holder two[] = { { .pid = 8, .fd = 3, .comm = "a,b" },
				     { .pid = 9, .fd = -1, .comm = "fifteen letters" } };
static const struct thing all = {
	UINT64_MAX, 1u << 31, 1u << 15, 1u << 7, true, true, "x\n", "full"
};
static const struct thing none = { 0 };

static void check(void (*put)(const struct schema *s, struct buf *b, const void *object,
			      const struct field_times *times),
		  const struct view *view, const char *want)
{
	struct stamp_cache time = { 0 }, start = { 0 };
	const struct field_times times = { STAMP_EPOCH, &time, &start };
	struct buf b = { 0 };

	put(&schema, &b, view, &times);
	assert_false(buf_failed(&b));
	buf_putc(&b, '\0');
	assert_string_equal(b.data, want);
	buf_free(&b);
}

TEST(schema_put_json__each_type_has_its_form)
{
	check(schema_put_json, &(struct view){ &all, 1000, two },
	      "{\"time\":\"1970-01-01T00:00:00.000001000Z\","
	      "\"start\":\"1970-01-01T00:00:00.000001000Z\",\"event\":\"thing\","
	      "\"wide\":18446744073709551615,\"number\":2147483648,\"narrow\":32768,\"byte\":128,"
	      "\"good\":true,\"text\":\"x\\u000a\",\"name\":\"full\",\"chars\":\"full\","
	      "\"real\":0.500,\"signed\":-7,\"holders\":[{\"pid\":8,\"comm\":\"a,b\",\"fd\":3},"
	      "{\"pid\":9,\"comm\":\"fifteen letters\"}],\"list\":[4,5]}\n");
}

TEST(schema_put_json__key_without_a_value_is_left_out)
{
	check(schema_put_json, &(struct view){ &none, 1000, NULL },
	      "{\"time\":\"1970-01-01T00:00:00.000001000Z\","
	      "\"start\":\"1970-01-01T00:00:00.000001000Z\",\"event\":\"thing\","
	      "\"wide\":0,\"byte\":0,\"good\":false,\"chars\":\"\",\"real\":0.500,\"signed\":-7,"
	      "\"list\":[4,5]}\n");
}

TEST(schema_put_csv__each_type_has_its_form)
{
	check(schema_put_csv, &(struct view){ &all, 1000, two },
	      "0.000001,1970-01-01T00:00:00.000001000Z,18446744073709551615,2147483648,32768,128,"
	      "true,x\\x0a,full,full,0.500,-7,\"8/\"\"a,b\"\" 9/\"\"fifteen letters\"\"\"\n");
}

TEST(schema_put_csv__field_without_a_value_is_empty)
{
	check(schema_put_csv, &(struct view){ &none, 1000, NULL },
	      "0.000001,1970-01-01T00:00:00.000001000Z,0,,,0,false,,,,0.500,-7,\n");
}

TEST(schema_put_csv_header__is_the_keys_but_for_those_of_json)
{
	struct buf b = { 0 };

	schema_put_csv_header(&schema, &b);
	buf_putc(&b, '\0');
	assert_string_equal(b.data, "time,start,wide,number,narrow,byte,good,text,name,chars,real,"
				    "signed,holders\n");
	buf_free(&b);
}
