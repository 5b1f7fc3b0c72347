// SPDX-License-Identifier: GPL-2.0-only
#include "core/wire.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "core/connection.h"
#include "core/row.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What WIRE_VERSION stands for. */
_Static_assert(sizeof(struct sw_event) == 232, "another WIRE_VERSION");
_Static_assert(sizeof(struct sw_conn) == 424, "another WIRE_VERSION");
_Static_assert(sizeof(struct sw_row) == 192, "another WIRE_VERSION");
_Static_assert(sizeof(struct sw_info) == 120, "another WIRE_VERSION");
_Static_assert(sizeof(struct holder) == 40, "another WIRE_VERSION");
_Static_assert(sizeof(struct keep_opts) == 32, "another WIRE_VERSION");
_Static_assert(sizeof(void *) != 8 || sizeof(struct record) == 304,
	       "each is packed, but peer, nat and container_labels");

enum has {
	HAS_ROW = 1 << 0,
	HAS_NAMES = 1 << 1,
	HAS_ELSEWHERE = 1 << 2,
	HAS_CONN = 1 << 3,
	HAS_INFO = 1 << 4,
	HAS_LOGIN_UID = 1 << 5,
	HAS_NOT_SENT = 1 << 6,
	HAS_ALL = HAS_ROW | HAS_NAMES | HAS_ELSEWHERE | HAS_CONN | HAS_INFO | HAS_LOGIN_UID |
		  HAS_NOT_SENT,
};

struct head {
	uint32_t size; /* of the frame */
	uint16_t version;
	uint8_t kind;
	uint8_t has;	  /* enum has */
	uint32_t strings; /* bit 1 << index: which of `strings` are there */
	uint32_t strings_len;
	uint32_t n_holders;
	uint32_t n_held_by;
	uint32_t blocked_ms;
	uint32_t recorder;
	uint32_t ppid;
	uint32_t login_uid;
	uint64_t wall_ns;
	uint64_t start_wall_ns;
	uint64_t lost;
	uint64_t lost_since_ns;
};

_Static_assert(sizeof(struct head) % WIRE_ALIGN == 0, "the event is aligned");
_Static_assert(sizeof(struct sw_event) % WIRE_ALIGN == 0, "the row is aligned");
_Static_assert(sizeof(struct sw_conn) % WIRE_ALIGN == 0, "and behind a connection");
_Static_assert(sizeof(struct sw_row) % WIRE_ALIGN == 0, "what follows it is aligned");
_Static_assert(sizeof(struct sw_info) % WIRE_ALIGN == 0, "holders are aligned");

/* In their order on the wire. */
static const struct {
	bool in_names; /* of struct record_names, else of struct record */
	size_t offset;
} strings[] = {
	{ false, offsetof(struct record, device) },
	{ false, offsetof(struct record, netns_name) },
	{ false, offsetof(struct record, cgroup) },
	{ false, offsetof(struct record, container) },
	{ false, offsetof(struct record, runtime) },
	{ false, offsetof(struct record, pod) },
	{ false, offsetof(struct record, unit) },
	{ false, offsetof(struct record, exe) },
	{ false, offsetof(struct record, cmdline) },
	{ false, offsetof(struct record, parent_comm) },
	{ false, offsetof(struct record, containers) },
	{ false, offsetof(struct record, socket_cgroup) },
	{ false, offsetof(struct record, user_unit) },
	{ false, offsetof(struct record, container_name) },
	{ false, offsetof(struct record, container_image) },
	{ false, offsetof(struct record, pod_name) },
	{ false, offsetof(struct record, pod_namespace) },
	{ false, offsetof(struct record, host) },
	{ false, offsetof(struct record, boot) },
	{ true, offsetof(struct record_names, local_host) },
	{ true, offsetof(struct record_names, local_service) },
	{ true, offsetof(struct record_names, remote_host) },
	{ true, offsetof(struct record_names, remote_service) },
	{ true, offsetof(struct record_names, user) },
};

static uint64_t aligned(uint64_t size)
{
	return (size + WIRE_ALIGN - 1) & ~(uint64_t)(WIRE_ALIGN - 1);
}

/* The event, which is the first part of a connection. */
static size_t event_size(const struct head *h)
{
	return h->has & HAS_CONN ? sizeof(struct sw_conn) : sizeof(struct sw_event);
}

/* It has no record. */
static bool is_bare(unsigned int kind)
{
	return kind >= WIRE_BEGIN;
}

/* What the numbers of a head come to: no overflow, they have 32 bits. */
static uint64_t frame_size(const struct head *h)
{
	uint64_t size = sizeof(*h);

	if (is_bare(h->kind))
		return h->kind == WIRE_KEEP ? size + sizeof(struct keep_opts) : size;
	size += event_size(h) + (h->has & HAS_ROW ? sizeof(struct sw_row) : 0);
	size += h->has & HAS_INFO ? sizeof(struct sw_info) : 0;
	size += ((uint64_t)h->n_holders + h->n_held_by) * sizeof(struct holder);
	return aligned(size + h->strings_len);
}

/* --- packing ---------------------------------------------------------------------------------- */

/* NULL: there is none. */
static const char *string_get(const struct record *rec, size_t i)
{
	const char *from = strings[i].in_names ? (const char *)rec->names : (const char *)rec;
	const char *string = NULL;

	if (from)
		memcpy(&string, from + strings[i].offset, sizeof(string));
	return string;
}

/* False: it has more than the head's numbers, or a frame, can hold. */
static bool head_fill(struct head *h, enum wire_kind kind, const struct record *rec)
{
	uint64_t len = 0;

	*h = (struct head){ .version = WIRE_VERSION, .kind = (uint8_t)kind };
	if (!is_bare(kind)) {
		if (rec->n_holders > WIRE_MAX || rec->n_held_by > WIRE_MAX)
			return false;
		for (size_t i = 0; i < COUNT(strings); i++) {
			const char *string = string_get(rec, i);

			h->strings |= string ? 1u << i : 0;
			len += string ? strlen(string) + 1 : 0;
		}
		if (len > WIRE_MAX)
			return false;
		h->has = (rec->row ? HAS_ROW : 0) | (rec->names ? HAS_NAMES : 0) |
			 (rec->elsewhere ? HAS_ELSEWHERE : 0) | (rec->conn ? HAS_CONN : 0) |
			 (rec->info ? HAS_INFO : 0) | (rec->has_login_uid ? HAS_LOGIN_UID : 0) |
			 (rec->not_sent ? HAS_NOT_SENT : 0);
		h->strings_len = (uint32_t)len;
		h->n_holders = (uint32_t)rec->n_holders;
		h->n_held_by = (uint32_t)rec->n_held_by;
		h->blocked_ms = rec->blocked_ms;
		h->wall_ns = rec->wall_ns;
		h->start_wall_ns = rec->start_wall_ns;
		h->lost = rec->lost;
		h->lost_since_ns = rec->lost_since_ns;
		h->ppid = rec->ppid;
		h->login_uid = rec->login_uid;
		h->recorder = rec->recorder;
	}
	h->size = (uint32_t)frame_size(h);
	return frame_size(h) <= WIRE_MAX;
}

static char *put(char *at, const void *data, size_t size)
{
	memcpy(at, data, size);
	return at + size;
}

static char *put_row(char *at, const struct record *rec)
{
	struct sw_row row = *rec->row;

	row.info = 0; /* what it counts is not here */
	row.first_holder = 0;
	row.n_holders = (uint32_t)rec->n_holders;
	return put(at, &row, sizeof(row));
}

/* Without what memory holds between and behind the members. */
static char *put_holders(char *at, const struct holder *holders, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct holder h;

		memset(&h, 0, sizeof(h));
		h.start_ns = holders[i].start_ns;
		h.pid = holders[i].pid;
		h.fd = holders[i].fd;
		memcpy(h.comm, holders[i].comm, sizeof(h.comm));
		h.in_cgroups = holders[i].in_cgroups;
		at = put(at, &h, sizeof(h));
	}
	return at;
}

static void put_body(char *at, char *end, const struct record *rec)
{
	at = rec->conn ? put(at, rec->conn, sizeof(*rec->conn))
		       : put(at, rec->ev, sizeof(*rec->ev));
	if (rec->row)
		at = put_row(at, rec);
	if (rec->info)
		at = put(at, rec->info, sizeof(*rec->info));
	at = put_holders(at, rec->holders, rec->n_holders);
	at = put_holders(at, rec->held_by, rec->n_held_by);
	for (size_t i = 0; i < COUNT(strings); i++) {
		const char *string = string_get(rec, i);

		if (string)
			at = put(at, string, strlen(string) + 1);
	}
	memset(at, 0, (size_t)(end - at));
}

int wire_pack(struct buf *b, enum wire_kind kind, const struct record *rec)
{
	struct head head;
	char *at;

	if (!head_fill(&head, kind, rec))
		return -EMSGSIZE;
	at = buf_room(b, head.size);
	if (!at)
		return -ENOMEM;
	put(at, &head, sizeof(head));
	if (!is_bare(kind))
		put_body(at + sizeof(head), at + head.size, rec);
	b->len += head.size;
	return 0;
}

int wire_pack_keep(struct buf *b, const struct keep_opts *keep)
{
	struct keep_opts packed;
	struct head head;
	char *at;

	head_fill(&head, WIRE_KEEP, NULL);
	at = buf_room(b, head.size);
	if (!at)
		return -ENOMEM;
	memset(&packed, 0, sizeof(packed)); /* also between the members */
	packed.max_size = keep->max_size;
	packed.max_age_ms = keep->max_age_ms;
	packed.keep_free = keep->keep_free;
	packed.segment_size = keep->segment_size;
	put(put(at, &head, sizeof(head)), &packed, sizeof(packed));
	b->len += head.size;
	return 0;
}

/* --- unpacking -------------------------------------------------------------------------------- */

/* The frame is as large as its parts are: so each is there. */
static const void *take(const char **at, size_t size)
{
	const char *part = *at;

	*at += size;
	return part;
}

/* A bool that is neither is none. */
static bool holders_are_good(const struct holder *holders, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char flag;

		memcpy(&flag, (const char *)&holders[i] + offsetof(struct holder, in_cgroups), 1);
		if (flag > 1)
			return false;
	}
	return true;
}

static bool take_holders(const char **at, size_t n, const struct holder **ret)
{
	const struct holder *holders = take(at, n * sizeof(*holders));

	*ret = n ? holders : NULL;
	return holders_are_good(holders, n);
}

static bool take_string(const char **at, const char *end, void *ret)
{
	const char *nul = memchr(*at, '\0', (size_t)(end - *at));

	if (!nul)
		return false;
	memcpy(ret, at, sizeof(*at));
	*at = nul + 1;
	return true;
}

static bool take_strings(const char **at, const struct head *h, struct wire_frame *f)
{
	const char *end = *at + h->strings_len;

	if (h->strings >> COUNT(strings))
		return false;
	for (size_t i = 0; i < COUNT(strings); i++) {
		char *to = strings[i].in_names ? (char *)&f->names : (char *)&f->rec;

		if (!(h->strings & 1u << i))
			continue;
		if (strings[i].in_names && !(h->has & HAS_NAMES))
			return false;
		if (!take_string(at, end, to + strings[i].offset))
			return false;
	}
	return *at == end;
}

static bool take_row(const char **at, const struct head *h, const struct sw_row **ret)
{
	if (!(h->has & HAS_ROW))
		return true;
	*ret = take(at, sizeof(**ret));
	return !(*ret)->info && !(*ret)->first_holder && (*ret)->n_holders == h->n_holders;
}

static bool take_body(const char **at, const struct head *h, struct wire_frame *f)
{
	const void *event = take(at, event_size(h));

	f->rec = (struct record){ .ev = event,
				  .conn = h->has & HAS_CONN ? event : NULL,
				  .wall_ns = h->wall_ns,
				  .n_holders = h->n_holders,
				  .n_held_by = h->n_held_by,
				  .blocked_ms = h->blocked_ms,
				  .elsewhere = h->has & HAS_ELSEWHERE,
				  .start_wall_ns = h->start_wall_ns,
				  .lost = h->lost,
				  .lost_since_ns = h->lost_since_ns,
				  .ppid = h->ppid,
				  .login_uid = h->login_uid,
				  .has_login_uid = h->has & HAS_LOGIN_UID,
				  .recorder = (uint8_t)h->recorder,
				  .not_sent = h->has & HAS_NOT_SENT,
				  .lost_on_way = h->kind == WIRE_LOST };
	if (!take_row(at, h, &f->rec.row))
		return false;
	if (h->has & HAS_INFO)
		f->rec.info = take(at, sizeof(*f->rec.info));
	return take_holders(at, h->n_holders, &f->rec.holders) &&
	       take_holders(at, h->n_held_by, &f->rec.held_by) && take_strings(at, h, f);
}

/* 0: a frame of this head may follow. */
static int head_check(const struct head *h)
{
	if (h->version != WIRE_VERSION)
		return -EPROTO;
	if (h->kind < WIRE_RECORD || h->kind > WIRE_KEEP || h->has & ~HAS_ALL)
		return -EBADMSG;
	return h->size > WIRE_MAX || h->size != frame_size(h) ? -EBADMSG : 0;
}

ssize_t wire_unpack(const void *data, size_t size, struct wire_frame *ret)
{
	struct wire_frame f = { 0 };
	struct head head;
	const char *at = (const char *)data + sizeof(head);
	int err;

	if (size < sizeof(head))
		return 0;
	memcpy(&head, data, sizeof(head));
	err = head_check(&head);
	if (err)
		return err;
	if (size < head.size)
		return 0;
	if (!is_bare(head.kind) && !take_body(&at, &head, &f))
		return -EBADMSG;
	if (head.kind == WIRE_KEEP)
		memcpy(&f.keep, at, sizeof(f.keep));
	f.kind = (enum wire_kind)head.kind;
	*ret = f;
	ret->rec.names = head.has & HAS_NAMES ? &ret->names : NULL;
	return (ssize_t)head.size;
}
