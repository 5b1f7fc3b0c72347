// SPDX-License-Identifier: GPL-2.0-only
/* Records as bytes: they come out as they went in, and what is no record does not come out. */
#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "conn.h"
#include "core/row.h"
#include "core/wire.h"

/* Where the head has its numbers. */
enum at {
	AT_SIZE = 0,
	AT_VERSION = 4,
	AT_KIND = 6,
	AT_HAS = 7,
	AT_STRINGS = 8,
	AT_STRINGS_LEN = 12,
	AT_HOLDERS = 16,
	AT_HELD_BY = 20,
	AT_EVENT = 72,
	AT_ROW = AT_EVENT + sizeof(struct sw_event),
	AT_FIRST_HOLDER = AT_ROW + offsetof(struct sw_row, first_holder),
};

/* --- what the tests are made of ----------------------------------------------------------------
 */

static const struct sw_event event = { .time_ns = 77,
				       .kind = SW_EV_STATE,
				       .error = -1,
				       .sock = { .pid = 42, .comm = "some \x1b name \xff..." },
				       .ns_pid = 7 };
static const struct sw_row row = {
	.recv_q = 5, .timer = { .ms = 9, .kind = SW_TIMER_PROBE }, .first_holder = 0, .n_holders = 2
};
static const struct holder holders[] = { { .pid = 1, .fd = -1, .comm = "abcdefghijklmnop" },
					 { .pid = 2, .fd = 3, .in_cgroups = true } };
static const struct record_names names = { .local_host = "here",
					   .user = "",
					   .remote_service = "x" };

static struct record full_record(void)
{
	return (struct record){ .ev = &event,
				.wall_ns = 1000000007,
				.row = &row,
				.holders = holders,
				.n_holders = 2,
				.held_by = holders + 1,
				.n_held_by = 1,
				.blocked_ms = 60000,
				.names = &names,
				.netns_name = "blue",
				.cgroup = "/a/b",
				.container = "c0ffee",
				.runtime = "docker",
				.pod = "p",
				.unit = "u.service",
				.exe = "/bin/\n",
				.cmdline = "a b c",
				.parent_comm = "sh",
				.containers = "a/c0ffee",
				.user_unit = "v.service",
				.container_name = "web",
				.container_image = "nginx:1",
				.pod_name = "web-0",
				.pod_namespace = "prod",
				.socket_cgroup = "/c",
				.ppid = 11,
				.login_uid = 0,
				.has_login_uid = true,
				.recorder = RECORDER_GAP,
				.start_wall_ns = UINT64_MAX,
				.lost = 3,
				.lost_since_ns = 5 };
}

/* One frame in memory that ends where it does, so that a read behind it is seen. */
struct frame {
	char *data; /* owned */
	size_t size;
};

static struct frame packed(enum wire_kind kind, const struct record *rec)
{
	struct buf b = { 0 };
	struct frame f;

	assert_int_equal(wire_pack(&b, kind, rec), 0);
	f = (struct frame){ .data = malloc(b.len), .size = b.len };
	assert_non_null(f.data);
	memcpy(f.data, b.data, b.len);
	buf_free(&b);
	return f;
}

static struct frame packed_full(void)
{
	struct record rec = full_record();

	return packed(WIRE_RECORD, &rec);
}

static void assert_same_text(const char *a, const char *b)
{
	assert_int_equal(!a, !b);
	if (a)
		assert_string_equal(a, b);
}

static void assert_same_holders(const struct holder *a, const struct holder *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(a[i].pid, b[i].pid);
		assert_int_equal(a[i].fd, b[i].fd);
		assert_memory_equal(a[i].comm, b[i].comm, SW_COMM_LEN);
		assert_int_equal(a[i].in_cgroups, b[i].in_cgroups);
	}
}

static void assert_same_names(const struct record_names *a, const struct record_names *b)
{
	assert_int_equal(!a, !b);
	if (!a)
		return;
	assert_same_text(a->local_host, b->local_host);
	assert_same_text(a->local_service, b->local_service);
	assert_same_text(a->remote_host, b->remote_host);
	assert_same_text(a->remote_service, b->remote_service);
	assert_same_text(a->user, b->user);
}

static void assert_same(const struct record *a, const struct record *b)
{
	assert_memory_equal(a->ev, b->ev, sizeof(*a->ev));
	assert_int_equal(!a->conn, !b->conn);
	if (a->conn)
		assert_memory_equal(a->conn, b->conn, sizeof(*a->conn));
	assert_int_equal(a->wall_ns, b->wall_ns);
	assert_int_equal(!a->row, !b->row);
	if (a->row)
		assert_memory_equal(a->row, b->row, offsetof(struct sw_row, first_holder));
	assert_int_equal(a->n_holders, b->n_holders);
	assert_same_holders(a->holders, b->holders, a->n_holders);
	assert_int_equal(a->n_held_by, b->n_held_by);
	assert_same_holders(a->held_by, b->held_by, a->n_held_by);
	assert_int_equal(a->blocked_ms, b->blocked_ms);
	assert_same_names(a->names, b->names);
	assert_same_text(a->netns_name, b->netns_name);
	assert_same_text(a->cgroup, b->cgroup);
	assert_same_text(a->container, b->container);
	assert_same_text(a->runtime, b->runtime);
	assert_same_text(a->pod, b->pod);
	assert_same_text(a->unit, b->unit);
	assert_same_text(a->exe, b->exe);
	assert_same_text(a->cmdline, b->cmdline);
	assert_int_equal(a->start_wall_ns, b->start_wall_ns);
	assert_int_equal(a->lost, b->lost);
	assert_int_equal(a->lost_since_ns, b->lost_since_ns);
	assert_same_text(a->parent_comm, b->parent_comm);
	assert_same_text(a->containers, b->containers);
	assert_same_text(a->user_unit, b->user_unit);
	assert_same_text(a->container_name, b->container_name);
	assert_same_text(a->container_image, b->container_image);
	assert_same_text(a->pod_name, b->pod_name);
	assert_same_text(a->pod_namespace, b->pod_namespace);
	assert_same_text(a->socket_cgroup, b->socket_cgroup);
	assert_int_equal(a->ppid, b->ppid);
	assert_int_equal(a->has_login_uid, b->has_login_uid);
	assert_int_equal(a->login_uid, b->login_uid);
	assert_int_equal(a->recorder, b->recorder);
}

static void assert_comes_back(enum wire_kind kind, const struct record *rec)
{
	struct frame f = packed(kind, rec);
	struct wire_frame got;

	assert_int_equal(f.size % WIRE_ALIGN, 0);
	assert_int_equal(wire_unpack(f.data, f.size, &got), f.size);
	assert_int_equal(got.kind, kind);
	assert_same(&got.rec, rec);
	free(f.data);
}

static void write_at(struct frame *f, size_t at, const void *value, size_t size)
{
	assert_true(at + size <= f->size);
	memcpy(f->data + at, value, size);
}

/* The frame with another number in it is what? */
static ssize_t with_u32(size_t at, uint32_t value)
{
	struct frame f = packed_full();
	struct wire_frame got;
	ssize_t n;

	write_at(&f, at, &value, sizeof(value));
	n = wire_unpack(f.data, f.size, &got);
	free(f.data);
	return n;
}

static ssize_t with_byte(size_t at, uint8_t value)
{
	struct frame f = packed_full();
	struct wire_frame got;
	ssize_t n;

	write_at(&f, at, &value, sizeof(value));
	n = wire_unpack(f.data, f.size, &got);
	free(f.data);
	return n;
}

/* --- there and back ----------------------------------------------------------------------------
 */

TEST(wire__record_comes_back_as_it_was)
{
	struct record rec = full_record();

	assert_comes_back(WIRE_RECORD, &rec);
	assert_comes_back(WIRE_FIT, &rec);
	assert_comes_back(WIRE_LOST, &rec);
}

TEST(wire__connection_comes_back_with_its_owners)
{
	struct sw_conn conn = { .e = event,
				.history = 0x1236,
				.n_owners = SW_CONN_OWNERS,
				.owners[SW_CONN_OWNERS - 1] = { .pid = 9, .comm = "last" } };
	struct record rec = full_record();

	rec.ev = &conn.e;
	rec.conn = &conn;
	assert_comes_back(WIRE_RECORD, &rec);
	rec = (struct record){ .ev = &conn.e, .conn = &conn };
	assert_comes_back(WIRE_RECORD, &rec);
}

TEST(wire__what_is_not_there_stays_so)
{
	const struct record_names nobody = { 0 };
	struct record rec = { .ev = &event };

	assert_comes_back(WIRE_RECORD, &rec);
	rec.names = &nobody;
	assert_comes_back(WIRE_RECORD, &rec);
	rec.unit = "";
	assert_comes_back(WIRE_RECORD, &rec);
}

TEST(wire__begin_and_end_are_nothing_but_that)
{
	static const enum wire_kind kinds[] = { WIRE_BEGIN, WIRE_END };
	struct wire_frame got;

	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct frame f = packed(kinds[i], NULL);

		assert_int_equal(f.size, AT_EVENT);
		assert_int_equal(wire_unpack(f.data, f.size, &got), f.size);
		assert_int_equal(got.kind, kinds[i]);
		assert_null(got.rec.ev);
		free(f.data);
	}
}

TEST(wire__limits_come_back)
{
	const struct keep_opts keep = { 1ull << 40, 86400000, 25, 1u << 26 };
	struct wire_frame got;
	struct buf b = { 0 };

	assert_int_equal(wire_pack_keep(&b, &keep), 0);
	assert_int_equal(b.len % WIRE_ALIGN, 0);
	for (size_t size = 0; size < b.len; size++)
		assert_int_equal(wire_unpack(b.data, size, &got), 0);
	assert_int_equal(wire_unpack(b.data, b.len, &got), b.len);
	assert_int_equal(got.kind, WIRE_KEEP);
	assert_null(got.rec.ev);
	assert_true(got.keep.max_size == keep.max_size && got.keep.max_age_ms == keep.max_age_ms);
	assert_true(got.keep.keep_free == 25 && got.keep.segment_size == keep.segment_size);
	buf_free(&b);
}

TEST(wire__rows_point_at_no_holders_of_a_snapshot)
{
	struct sw_row far = row;
	struct record rec = full_record();
	struct wire_frame got;
	struct frame f;

	far.first_holder = 1000000;
	rec.row = &far;
	f = packed(WIRE_RECORD, &rec);
	assert_int_equal(wire_unpack(f.data, f.size, &got), f.size);
	assert_int_equal(got.rec.row->first_holder, 0);
	assert_int_equal(got.rec.row->n_holders, 2);
	free(f.data);
}

TEST(wire__frames_follow_one_another)
{
	struct record rec = full_record(), small = { .ev = &event };
	struct buf b = { 0 };
	struct wire_frame got;
	size_t at = 0;

	for (int i = 0; i < 10; i++) {
		assert_int_equal(wire_pack(&b, WIRE_RECORD, i % 2 ? &rec : &small), 0);
		assert_int_equal(wire_pack(&b, WIRE_BEGIN, NULL), 0);
	}
	for (int i = 0; i < 20; i++) {
		ssize_t n = wire_unpack(b.data + at, b.len - at, &got);

		assert_true(n > 0);
		assert_int_equal(got.kind, i % 2 ? WIRE_BEGIN : WIRE_RECORD);
		if (!(i % 2))
			assert_same(&got.rec, i % 4 ? &rec : &small);
		at += (size_t)n;
	}
	assert_int_equal(at, b.len);
	buf_free(&b);
}

TEST(wire__nothing_of_our_memory_goes_with_it)
{
	struct holder dirty;
	struct record rec = { .ev = &event, .holders = &dirty, .n_holders = 1, .exe = "x" };
	struct frame a, b;

	memset(&dirty, 0xee, sizeof(dirty));
	dirty.in_cgroups = true;
	a = packed(WIRE_RECORD, &rec);
	memset((char *)&dirty + offsetof(struct holder, in_cgroups) + 1, 0x11,
	       sizeof(dirty) - offsetof(struct holder, in_cgroups) - 1);
	b = packed(WIRE_RECORD, &rec);
	assert_int_equal(a.size, b.size);
	assert_memory_equal(a.data, b.data, a.size);
	free(a.data);
	free(b.data);
}

TEST(wire__what_is_too_large_is_not_packed)
{
	size_t most = (WIRE_MAX - AT_EVENT - sizeof(struct sw_event)) / sizeof(struct holder);
	struct holder *many = calloc(most + 1, sizeof(*many));
	struct record rec = { .ev = &event, .holders = many, .n_holders = most };
	char *text = malloc(WIRE_MAX + 2);
	struct buf b = { 0 };

	assert_true(many && text);
	assert_comes_back(WIRE_RECORD, &rec);
	rec.n_holders++;
	assert_int_equal(wire_pack(&b, WIRE_RECORD, &rec), -EMSGSIZE);
	rec.n_holders = SIZE_MAX;
	assert_int_equal(wire_pack(&b, WIRE_RECORD, &rec), -EMSGSIZE);
	rec = (struct record){ .ev = &event, .cmdline = text };
	memset(text, 'x', WIRE_MAX + 1);
	text[WIRE_MAX + 1] = '\0';
	assert_int_equal(wire_pack(&b, WIRE_RECORD, &rec), -EMSGSIZE);
	assert_int_equal(b.len, 0);
	buf_free(&b);
	free(many);
	free(text);
}

/* --- what is no record -------------------------------------------------------------------------
 */

TEST(wire__cut_frame_waits_for_the_rest)
{
	struct frame f = packed_full();

	for (size_t size = 0; size < f.size; size++) {
		char *cut = malloc(size ? size : 1);
		struct wire_frame got;

		assert_non_null(cut);
		memcpy(cut, f.data, size);
		assert_int_equal(wire_unpack(cut, size, &got), 0);
		free(cut);
	}
	free(f.data);
}

TEST(wire__other_version_is_told_from_nonsense)
{
	assert_int_equal(with_byte(AT_VERSION, WIRE_VERSION + 1), -EPROTO);
	assert_int_equal(with_byte(AT_VERSION + 1, 1), -EPROTO);
}

TEST(wire__nonsense_is_refused)
{
	struct frame f = packed_full();
	size_t at_flag = AT_ROW + sizeof(struct sw_row) + offsetof(struct holder, in_cgroups);

	assert_true(with_u32(AT_SIZE, (uint32_t)f.size) > 0);
	assert_int_equal(with_u32(AT_SIZE, (uint32_t)f.size + 8), -EBADMSG);
	assert_int_equal(with_u32(AT_SIZE, 0), -EBADMSG);
	assert_int_equal(with_u32(AT_SIZE, UINT32_MAX), -EBADMSG);
	assert_int_equal(with_byte(AT_KIND, 0), -EBADMSG);
	assert_int_equal(with_byte(AT_KIND, WIRE_KEEP + 1), -EBADMSG);
	assert_int_equal(with_byte(AT_KIND, WIRE_BEGIN), -EBADMSG); /* it has a body */
	assert_int_equal(with_byte(AT_HAS, 16), -EBADMSG);
	assert_int_equal(with_byte(AT_HAS, 1), -EBADMSG); /* strings of names, but no names */
	assert_int_equal(with_byte(AT_HAS, 2), -EBADMSG); /* another size without a row */
	assert_int_equal(with_u32(AT_STRINGS, 0), -EBADMSG);
	assert_int_equal(with_u32(AT_STRINGS, 0x3ffff), -EBADMSG); /* more than are there */
	assert_int_equal(with_u32(AT_STRINGS, 1u << 14), -EBADMSG);
	assert_int_equal(with_u32(AT_STRINGS_LEN, 0), -EBADMSG);
	assert_int_equal(with_u32(AT_STRINGS_LEN, UINT32_MAX), -EBADMSG);
	assert_int_equal(with_u32(AT_HOLDERS, 1), -EBADMSG);
	assert_int_equal(with_u32(AT_HOLDERS, UINT32_MAX), -EBADMSG);
	assert_int_equal(with_u32(AT_HELD_BY, UINT32_MAX), -EBADMSG);
	assert_int_equal(with_u32(AT_FIRST_HOLDER, 1), -EBADMSG);
	assert_int_equal(with_u32(AT_FIRST_HOLDER + 4, 3), -EBADMSG);
	assert_int_equal(with_byte(at_flag, 2), -EBADMSG);
	free(f.data);
}

TEST(wire__string_without_an_end_is_refused)
{
	struct record rec = { .ev = &event, .exe = "1234567" };
	struct frame f = packed(WIRE_RECORD, &rec);
	struct wire_frame got;
	uint32_t shorter = 7;

	f.data[f.size - 1] = 'x';
	assert_int_equal(wire_unpack(f.data, f.size, &got), -EBADMSG);
	f.data[f.size - 1] = '\0';
	assert_int_equal(wire_unpack(f.data, f.size, &got), f.size);
	write_at(&f, AT_STRINGS_LEN, &shorter, sizeof(shorter)); /* its NUL is only padding now */
	assert_int_equal(wire_unpack(f.data, f.size, &got), -EBADMSG);
	free(f.data);
}

/* Reads all that it borrows: the sanitizer sees where that is. */
static void read_all(const struct record *rec)
{
	struct buf b = { 0 };

	assert_int_equal(wire_pack(&b, WIRE_RECORD, rec), 0);
	buf_free(&b);
}

TEST(wire__any_byte_may_be_wrong)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff };
	struct frame f = packed_full();

	for (size_t at = 0; at < f.size; at++) {
		char byte = f.data[at];

		for (size_t i = 0; i < sizeof(values); i++) {
			struct wire_frame got;
			ssize_t n;

			f.data[at] = (char)values[i];
			n = wire_unpack(f.data, f.size, &got);
			assert_true(n == -EBADMSG || n == -EPROTO || n == (ssize_t)f.size);
			if (n > 0)
				read_all(&got.rec);
		}
		f.data[at] = byte;
	}
	free(f.data);
}
