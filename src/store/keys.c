// SPDX-License-Identifier: GPL-2.0-only
#include "store/keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/buf.h"
#include "filter.h"
#include "store/stored.h"

#define BITS_PER_KEY 10
#define PROBES 7      /* the best number for so many bits */
#define KEYS_MOST 16  /* of a record */
#define PORTS_MOST 64 /* asked for: more would say yes anyway */
#define CHECK_SIZE sizeof(uint32_t)

enum kind {
	KEY_LOCAL_PORT = 1,
	KEY_REMOTE_PORT,
	KEY_LOCAL_ADDR,
	KEY_REMOTE_ADDR,
	KEY_PID,
	KEY_COMM,
	KEY_RECORDER, /* of what every filter passes */
};

static uint64_t mix(uint64_t v)
{
	v = (v ^ v >> 32) * 0xd6e8feb86659fd93u;
	v = (v ^ v >> 32) * 0xd6e8feb86659fd93u;
	return v ^ v >> 32;
}

static uint64_t key_of(enum kind kind, uint64_t value)
{
	return mix(mix(value + 1) ^ (uint64_t)kind << 56);
}

static uint64_t key_of_16(enum kind kind, const void *bytes)
{
	uint64_t half[2];

	memcpy(half, bytes, sizeof(half));
	return mix(key_of(kind, half[0]) ^ mix(half[1] + kind));
}

/* --- making them ------------------------------------------------------------------------------ */

/* Different keys; 0 stands for a free slot, and is no loss: it is set as another one. */
struct set {
	uint64_t *slots; /* owned */
	size_t mask, n;
};

static void set_add(struct set *s, uint64_t key)
{
	size_t at;

	key += !key;
	for (at = key & s->mask; s->slots[at]; at = (at + 1) & s->mask)
		if (s->slots[at] == key)
			return;
	s->slots[at] = key;
	s->n++;
}

static void add_process(struct set *s, uint32_t pid, const char *comm)
{
	if (pid)
		set_add(s, key_of(KEY_PID, pid));
	if (comm[0])
		set_add(s, key_of_16(KEY_COMM, comm));
}

/* What tells of losses, or where nothing was recorded: every answer has it. */
static bool is_always_asked_for(const struct stored *r)
{
	return r->conn.e.kind == SW_EV_LOST ||
	       (r->conn.e.kind == SW_EV_RECORDER && r->recorder != RECORDER_ALIVE);
}

static void add_record(struct set *s, const struct stored *r)
{
	const struct sw_event *e = &r->conn.e;
	const struct sw_tuple *t = &e->sock.tuple;

	if (is_always_asked_for(r))
		set_add(s, key_of(KEY_RECORDER, 0));
	set_add(s, key_of(KEY_LOCAL_PORT, t->local_port));
	set_add(s, key_of(KEY_REMOTE_PORT, t->remote_port));
	set_add(s, key_of_16(KEY_LOCAL_ADDR, &t->local));
	set_add(s, key_of_16(KEY_REMOTE_ADDR, &t->remote));
	add_process(s, e->sock.pid, e->sock.comm);
	add_process(s, e->actor_pid, e->actor_comm);
	for (size_t i = 0; i < SW_CONN_OWNERS; i++)
		add_process(s, r->conn.owners[i].pid, r->conn.owners[i].comm);
}

/* Where the bits of a key are. */
static size_t bit_of(uint64_t key, unsigned int probe, size_t bits)
{
	uint32_t step = (uint32_t)(key >> 32) | 1;

	return ((uint32_t)key + (uint64_t)probe * step) % bits;
}

static void set_bits(unsigned char *at, size_t bits, const struct set *s)
{
	for (size_t i = 0; i <= s->mask; i++)
		for (unsigned int k = 0; k < PROBES && s->slots[i]; k++) {
			size_t bit = bit_of(s->slots[i], k, bits);

			at[bit / 8] |= (unsigned char)(1u << bit % 8);
		}
}

static uint32_t check_of(const void *bits, size_t size, const struct keys_span *span)
{
	uLong crc = crc32(0, (const Bytef *)span, sizeof(*span));

	return (uint32_t)crc32(crc, bits, (uInt)size);
}

static int put_bits(struct buf *b, const struct set *s, const struct keys_span *span)
{
	size_t size = (s->n * BITS_PER_KEY + 7) / 8;
	char *at = buf_room(b, size + CHECK_SIZE);
	uint32_t check;

	if (!at)
		return -ENOMEM;
	memset(at, 0, size);
	set_bits((unsigned char *)at, size * 8, s);
	check = check_of(at, size, span);
	memcpy(at + size, &check, sizeof(check));
	b->len += size + sizeof(check);
	return 0;
}

int keys_make(struct buf *b, const struct stored *records, size_t n, const struct keys_span *span)
{
	struct set s = { .mask = 63 };
	int err = -ENOMEM;

	while (s.mask < n * KEYS_MOST * 3 / 2)
		s.mask = s.mask * 2 + 1;
	s.slots = calloc(s.mask + 1, sizeof(*s.slots));
	if (s.slots) {
		for (size_t i = 0; i < n; i++)
			add_record(&s, &records[i]);
		err = put_bits(b, &s, span);
	}
	free(s.slots);
	return err;
}

/* --- asking them ------------------------------------------------------------------------------ */

bool keys_are_good(const void *keys, size_t size, const struct keys_span *span)
{
	uint32_t check;

	if (size <= CHECK_SIZE)
		return false;
	memcpy(&check, (const char *)keys + size - CHECK_SIZE, sizeof(check));
	return check == check_of(keys, size - CHECK_SIZE, span);
}

struct bits {
	const unsigned char *at;
	size_t n;
};

static bool has(const struct bits *b, uint64_t key)
{
	key += !key;
	for (unsigned int k = 0; k < PROBES; k++) {
		size_t bit = bit_of(key, k, b->n);

		if (!(b->at[bit / 8] & 1u << bit % 8))
			return false;
	}
	return true;
}

/* kind_b: 0, or another that would do. */
static bool has_port(const struct bits *b, const struct sw_port_set *set, enum kind kind_a,
		     enum kind kind_b)
{
	unsigned int n = 0;

	for (size_t i = 0; i < 65536 / 64; i++)
		n += (unsigned int)__builtin_popcountll(set->bits[i]);
	if (n > PORTS_MOST)
		return true;
	for (size_t i = 0; i < 65536 / 64; i++)
		for (uint64_t left = set->bits[i]; left; left &= left - 1) {
			uint64_t port = i * 64 + (unsigned int)__builtin_ctzll(left);

			if (has(b, key_of(kind_a, port)) ||
			    (kind_b && has(b, key_of(kind_b, port))))
				return true;
		}
	return false;
}

static bool has_addr(const struct bits *b, const struct sw_cidr_set *set, enum kind kind_a,
		     enum kind kind_b)
{
	for (uint32_t i = 0; i < set->n; i++) {
		const struct sw_cidr *c = &set->cidr[i];

		if (~c->mask.q[0] || ~c->mask.q[1] || has(b, key_of_16(kind_a, &c->net)) ||
		    (kind_b && has(b, key_of_16(kind_b, &c->net))))
			return true;
	}
	return false;
}

static bool has_pid(const struct bits *b, const struct sw_filter *f)
{
	for (uint32_t i = 0; i < f->n_pids; i++)
		if (has(b, key_of(KEY_PID, f->pids[i])))
			return true;
	return false;
}

static bool has_comm(const struct bits *b, const struct sw_filter *f)
{
	for (uint32_t i = 0; i < f->n_comms; i++) {
		const struct sw_comm_pattern *p = &f->comms[i];
		char name[SW_COMM_LEN] = { 0 };

		/* only the beginning is asked for: it may be any that begins so */
		if (p->len < SW_COMM_LEN && !memchr(p->name, '\0', p->len))
			return true;
		memcpy(name, p->name, strnlen(p->name, sizeof(name)));
		if (has(b, key_of_16(KEY_COMM, name)))
			return true;
	}
	return false;
}

static bool may_have_place(const struct bits *b, const struct sw_filter *f)
{
	uint32_t on = f->on;

	return (!(on & SW_F_PORT) || has_port(b, &f->any_port, KEY_LOCAL_PORT, KEY_REMOTE_PORT)) &&
	       (!(on & SW_F_LOCAL_PORT) || has_port(b, &f->local_port, KEY_LOCAL_PORT, 0)) &&
	       (!(on & SW_F_REMOTE_PORT) || has_port(b, &f->remote_port, KEY_REMOTE_PORT, 0)) &&
	       (!(on & SW_F_ADDR) || has_addr(b, &f->any_addr, KEY_LOCAL_ADDR, KEY_REMOTE_ADDR)) &&
	       (!(on & SW_F_LOCAL_ADDR) || has_addr(b, &f->local_addr, KEY_LOCAL_ADDR, 0)) &&
	       (!(on & SW_F_REMOTE_ADDR) || has_addr(b, &f->remote_addr, KEY_REMOTE_ADDR, 0));
}

static struct bits bits_of(const void *keys, size_t size)
{
	return (struct bits){ keys, (size - CHECK_SIZE) * 8 };
}

bool keys_may_have_acts(const void *keys, size_t size)
{
	struct bits b;

	if (size <= CHECK_SIZE)
		return true;
	b = bits_of(keys, size);
	return has(&b, key_of(KEY_RECORDER, 0));
}

bool keys_may_have(const void *keys, size_t size, const struct sw_filter *f)
{
	struct bits b;

	if (keys_may_have_acts(keys, size))
		return true;
	b = bits_of(keys, size);
	return may_have_place(&b, f) && (!(f->on & SW_F_PID) || has_pid(&b, f)) &&
	       (!(f->on & SW_F_COMM) || has_comm(&b, f));
}

/* --- asking a record -------------------------------------------------------------------------- */

static bool pass_place(const struct sw_tuple *t, const struct sw_filter *f)
{
	uint32_t on = f->on;

	return (!(on & SW_F_PORT) || sw_port_in(&f->any_port, t->local_port) ||
		sw_port_in(&f->any_port, t->remote_port)) &&
	       (!(on & SW_F_LOCAL_PORT) || sw_port_in(&f->local_port, t->local_port)) &&
	       (!(on & SW_F_REMOTE_PORT) || sw_port_in(&f->remote_port, t->remote_port)) &&
	       (!(on & SW_F_ADDR) || sw_addr_in(&f->any_addr, &t->local) ||
		sw_addr_in(&f->any_addr, &t->remote)) &&
	       (!(on & SW_F_LOCAL_ADDR) || sw_addr_in(&f->local_addr, &t->local)) &&
	       (!(on & SW_F_REMOTE_ADDR) || sw_addr_in(&f->remote_addr, &t->remote));
}

static bool pass_process(const struct sw_conn *c, const struct sw_filter *f)
{
	if (sw_filter_process(f, c->e.sock.pid, c->e.sock.comm, 1) ||
	    sw_filter_process(f, c->e.actor_pid, c->e.actor_comm, 1))
		return true;
	for (size_t i = 0; i < SW_CONN_OWNERS; i++)
		if (sw_filter_process(f, c->owners[i].pid, c->owners[i].comm, 1))
			return true;
	return false;
}

bool keys_pass(const struct stored *r, const struct sw_filter *f)
{
	if (r->conn.e.kind == SW_EV_LOST || r->conn.e.kind == SW_EV_RECORDER)
		return true;
	return pass_place(&r->conn.e.sock.tuple, f) && pass_process(&r->conn, f);
}
