// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records in the schemas of others, byte for byte against tests/golden/ (tests/unit/test_golden.c
 * says how a change is accepted); tests/schemas/check.py holds those files against the schemas.
 */
#include "unit.h"

#include <string.h>

#include "base/buf.h"
#include "core/act.h"
#include "golden.h"
#include "golden_scenes.h"
#include "render/escape.h"
#include "render/fields.h"
#include "render/mapped.h"
#include "render/render.h"
#include "render/schema.h"

/* --- golden ----------------------------------------------------------------------------------- */

static void put_all(const struct formatter *f, struct buf *b, const struct scene *scene, size_t n)
{
	struct render r = { .time = STAMP_ISO, .extended = true, .names = true };

	for (; n; n--, scene++)
		put_scene(f, &r, b, scene, scene->time_ns);
}

static void check_golden(const char *name, const struct formatter *f)
{
	struct buf got = { 0 };

	put_all(f, &got, scenes, n_scenes);
	put_all(f, &got, asked, n_asked);
	put_all(f, &got, conns, n_conns);
	golden_check(name, &got);
}

TEST(mapped__golden_ecs)
{
	check_golden("ecs.json", &render_ecs);
}

TEST(mapped__golden_ocsf)
{
	check_golden("ocsf.json", &render_ocsf);
}

TEST(mapped__golden_otel)
{
	check_golden("otel.json", &render_otel);
}

/* --- nothing is lost -------------------------------------------------------------------------- */

static const struct formatter *const formatters[] = { &render_ecs, &render_ocsf, &render_otel };

/* As it is, or in a text that is JSON itself. */
static bool has_text(const struct buf *b, const char *text, size_t len)
{
	struct buf inner = { 0 };
	bool found;

	escape_json(&inner, text, len);
	found = memmem(b->data, b->len, text, len) ||
		memmem(b->data, b->len, inner.data, inner.len);
	buf_free(&inner);
	return found;
}

/* All that our JSON tells stands in the others' somewhere: each text of it. */
static void check_texts(const struct formatter *f, const struct scene *scene)
{
	struct render r = { .time = STAMP_ISO, .extended = true, .names = true };
	struct buf ours = { 0 }, theirs = { 0 };
	char *at, *end;

	put_scene(&render_json, &r, &ours, scene, scene->time_ns);
	put_scene(f, &r, &theirs, scene, scene->time_ns);
	buf_putc(&ours, '\0');
	buf_putc(&theirs, '\0');
	for (at = ours.data; (at = strstr(at, "\":\"")); at = end + 1) {
		at += 2;
		for (end = at + 1; *end != '"'; end++)
			end += *end == '\\';
		if (end > at + 1 && !has_text(&theirs, at + 1, (size_t)(end - at - 1)))
			fail_msg("%s has no %.*s: %s", f->name, (int)(end - at), at, theirs.data);
	}
	buf_free(&ours);
	buf_free(&theirs);
}

static void check_all_texts(const struct formatter *f, const struct scene *scene, size_t n)
{
	for (; n; n--, scene++)
		check_texts(f, scene);
}

TEST(mapped__every_text_of_ours_is_there)
{
	for (size_t i = 0; i < COUNT(formatters); i++) {
		check_all_texts(formatters[i], scenes, n_scenes);
		check_all_texts(formatters[i], asked, n_asked);
		check_all_texts(formatters[i], conns, n_conns);
	}
}

/* --- tables ----------------------------------------------------------------------------------- */

static bool get_seven(const void *record, struct field_value *v)
{
	(void)record;
	return value_number(v, true, 7);
}

static const struct mapping lines[] = {
	{ .path = "a.b.c", GETTER(NUMBER, get_seven) },
	{ .path = "a.b.d", CONSTANT("x") },
	{ .path = "a.e", RAW("[1]") },
	{ .path = "ab.b.c", .as = AS_TEXT, GETTER(NUMBER, get_seven) },
	{ .path = "own.proto", .key = "proto" },
	{ .path = "f", .key = "event", .keep = true },
	{ .path = "g", .key = "no such key" },
};
static const struct mapped_schema schema = { "test", lines, COUNT(lines), "own" };

static void put_lost(struct buf *b)
{
	struct sw_event ev = { .kind = SW_EV_LOST };
	struct record rec = { .ev = &ev, .lost = UINT64_MAX };
	struct stamp_cache stamp = { 0 };
	const struct field_times times = { .time = &stamp, .start = &stamp };
	struct mapped m = { 0 };

	mapped_put_object(&m, &schema, b, &rec, &times);
	rec.lost = INT64_MAX;
	mapped_put_object(&m, &schema, b, &rec, &times);
	buf_putc(b, '\0');
}

TEST(mapped__members_stand_in_the_objects_of_their_paths_and_large_numbers_nowhere)
{
	struct buf b = { 0 };

	put_lost(&b);
	assert_string_equal(
		b.data,
		"{\"a\":{\"b\":{\"c\":7,\"d\":\"x\"},\"e\":[1]},\"ab\":{\"b\":{\"c\":\"7\"}},"
		"\"f\":\"lost\",\"own\":{\"time\":\"1970-01-01T00:00:00.000000000Z\","
		"\"event\":\"lost\"}}"
		"{\"a\":{\"b\":{\"c\":7,\"d\":\"x\"},\"e\":[1]},\"ab\":{\"b\":{\"c\":\"7\"}},"
		"\"f\":\"lost\",\"own\":{\"time\":\"1970-01-01T00:00:00.000000000Z\","
		"\"event\":\"lost\",\"lost\":9223372036854775807}}");
	buf_free(&b);
}

TEST(mapped__every_key_has_room)
{
	assert_true(record_schema.n <= MAPPED_REST);
}

/* --- acts and roles --------------------------------------------------------------------------- */

static void check_act(enum act act, enum role role, struct sw_event e, const struct sw_conn *c)
{
	struct sw_conn conn = c ? *c : (struct sw_conn){ 0 };
	struct record rec = { .ev = &conn.e, .conn = c ? &conn : NULL };

	e.sock.proto = e.sock.proto ? e.sock.proto : SW_PROTO_TCP;
	conn.e = e;
	assert_int_equal(record_act(&rec), act);
	assert_int_equal(record_role(&rec), role);
}

#define STATE(from, to, ...) \
	((struct sw_event){ .kind = SW_EV_STATE, CHANGE(SW_TCP_##from, SW_TCP_##to), __VA_ARGS__ })
#define BY(source_) .sock.owner_source = SW_OWNER_##source_
#define WHY(reason_) .reason = SW_REASON_##reason_

TEST(record_act__one_open_and_one_end_a_connection)
{
	check_act(ACT_ATTEMPT, ROLE_CLIENT, STATE(CLOSE, SYN_SENT, BY(CONNECT)), NULL);
	check_act(ACT_OPEN, ROLE_CLIENT, STATE(SYN_SENT, ESTABLISHED, BY(CONNECT)), NULL);
	check_act(ACT_CHANGE, ROLE_CLIENT, STATE(ESTABLISHED, FIN_WAIT1, BY(CONNECT)), NULL);
	check_act(ACT_CLOSE, ROLE_CLIENT, STATE(FIN_WAIT2, TIME_WAIT, BY(CONNECT)), NULL);
	check_act(ACT_CHANGE, ROLE_CLIENT, STATE(TIME_WAIT, CLOSE, BY(CONNECT)), NULL);
	check_act(ACT_ATTEMPT, ROLE_SERVER, STATE(LISTEN, SYN_RECV, BY(INHERITED)), NULL);
	check_act(ACT_OPEN, ROLE_SERVER, STATE(SYN_RECV, ESTABLISHED, BY(INHERITED)), NULL);
	check_act(ACT_CLOSE, ROLE_UNKNOWN, STATE(LAST_ACK, CLOSE, BY(USE)), NULL);
	check_act(ACT_LISTEN, ROLE_SERVER, STATE(CLOSE, LISTEN, BY(LISTEN)), NULL);
	check_act(ACT_LISTEN_END, ROLE_SERVER, STATE(LISTEN, CLOSE, BY(USE)), NULL);
}

TEST(record_act__end_says_how)
{
	check_act(ACT_REFUSE, ROLE_CLIENT, STATE(SYN_SENT, CLOSE, WHY(REFUSED)), NULL);
	check_act(ACT_FAIL, ROLE_CLIENT, STATE(SYN_SENT, CLOSE, WHY(TIMED_OUT)), NULL);
	check_act(ACT_FAIL, ROLE_CLIENT, STATE(SYN_SENT, CLOSE), NULL);
	check_act(ACT_FAIL, ROLE_SERVER, STATE(SYN_RECV, CLOSE, WHY(RESET_BY_PEER), BY(INHERITED)),
		  NULL);
	check_act(ACT_RESET, ROLE_UNKNOWN, STATE(ESTABLISHED, CLOSE, WHY(RESET_BY_PEER)), NULL);
	check_act(ACT_RESET, ROLE_UNKNOWN, STATE(ESTABLISHED, CLOSE, WHY(RESET_LOCALLY)), NULL);
	check_act(ACT_FAIL, ROLE_UNKNOWN, STATE(ESTABLISHED, CLOSE, WHY(TIMED_OUT)), NULL);
}

TEST(record_act__of_connections_by_their_history)
{
	static const struct sw_event end = { .kind = SW_EV_CONN, .sock.have = SW_HAVE_AGE };
	static const struct sw_event cut = { .kind = SW_EV_CONN, WHY(RESET_BY_PEER) };
	struct sw_conn opened = { .history = SW_TCP_SYN_SENT << 8 | SW_TCP_ESTABLISHED << 4 |
					     SW_TCP_CLOSE },
		       never = { .history = SW_TCP_SYN_RECV << 4 | SW_TCP_CLOSE }, older = { 0 },
		       goes_on = { .history = SW_TCP_ESTABLISHED, .so_far = 1 };

	check_act(ACT_CLOSE, ROLE_CLIENT, end, &opened);
	check_act(ACT_RESET, ROLE_CLIENT, cut, &opened);
	check_act(ACT_FAIL, ROLE_SERVER, end, &never);
	check_act(ACT_RESET, ROLE_UNKNOWN, cut, &older);
	check_act(ACT_TRAFFIC, ROLE_UNKNOWN, cut, &goes_on);
}

TEST(record_act__of_datagrams)
{
	struct sw_event e = { .kind = SW_EV_OPEN, .sock.proto = SW_PROTO_UDP };

	check_act(ACT_OPEN, ROLE_CLIENT, e, NULL);
	e.sock.have = SW_HAVE_RECEIVED;
	check_act(ACT_OPEN, ROLE_SERVER, e, NULL);
	e.kind = SW_EV_CLOSE;
	check_act(ACT_CLOSE, ROLE_UNKNOWN, e, NULL);
	e.kind = SW_EV_CONNECT;
	check_act(ACT_OPEN, ROLE_CLIENT, e, NULL);
	e.reason = SW_REASON_UNREACHABLE;
	check_act(ACT_FAIL, ROLE_CLIENT, e, NULL);
}
