// SPDX-License-Identifier: GPL-2.0-only
#include "store/scratch.h"

#include <stdlib.h>

void scratch_begin(struct scratch *s, size_t n)
{
	s->n = n;
	s->n_cuts = 0;
	s->wanted = NULL;
	s->n_wanted = n;
	for (size_t i = 0; i < n; i++) {
		s->from[FROM_NONE][i] = -1;
		s->from[FROM_LAST][i] = (int32_t)i - 1;
	}
}

struct scratch *scratch_new(size_t n)
{
	struct scratch *s = malloc(sizeof(*s));

	if (s)
		scratch_begin(s, n);
	return s;
}

void scratch_look(struct scratch *s, const struct stored *records)
{
	uint64_t any[sizeof(*records) / 8] = { 0 }, part;

	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < sizeof(any) / 8; k++) {
			memcpy(&part, (const char *)&records[i] + k * 8, 8);
			any[k] |= part;
		}
	memcpy(&s->any, any, sizeof(any));
}

void seen_clear(struct seen *s)
{
	memset(s->at, 0xff, sizeof(s->at));
}

/* At most half of the slots are in use: there are COLUMNS_MAX records. */
int32_t *seen_find(struct seen *s, uint64_t key)
{
	uint64_t mixed = key * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio */
	size_t at = (mixed ^ mixed >> 32) & (SEEN_SLOTS - 1);

	while (s->at[at] >= 0 && s->key[at] != key)
		at = (at + 1) & (SEEN_SLOTS - 1);
	s->key[at] = key;
	return &s->at[at];
}

static void foretell(struct scratch *s, enum from from, const struct stored *records)
{
	seen_clear(&s->seen);
	for (size_t i = 0; i < s->n; i++) {
		const struct sw_sock *sock = &records[i].conn.e.sock;
		uint64_t role = from == FROM_ROLE ? (uint64_t)sock->owner_source << 32 : 0;
		int32_t *last = seen_find(&s->seen, sock->pid | role);

		s->from[from][i] = *last < 0 ? (int32_t)i - 1 : *last;
		*last = (int32_t)i;
	}
}

void scratch_foretell(struct scratch *s, size_t i, const struct stored *records)
{
	if (i == COLUMNS_OF_PID)
		foretell(s, FROM_PID, records);
	else if (i == COLUMNS_OF_ROLE)
		foretell(s, FROM_ROLE, records);
}

/* For each size a loop of its own: they are what reading and writing a store spend their time in.
 */
#define LOAD_ALL(type)                                                          \
	for (size_t i = 0; i < s->n; i++) {                                     \
		type v;                                                         \
                                                                                \
		memcpy(&v, (const char *)(records + i) + c->offset, sizeof(v)); \
		s->values[i] = v;                                               \
	}

#define STORE_ALL(type)                                                   \
	for (size_t i = 0; i < s->n; i++) {                               \
		type v = (type)s->values[i];                              \
                                                                          \
		memcpy((char *)(records + i) + c->offset, &v, sizeof(v)); \
	}

void column_load_all(struct scratch *s, const struct column *c, const struct stored *records)
{
	if (c->size == 8)
		LOAD_ALL(uint64_t)
	else if (c->size == 4)
		LOAD_ALL(uint32_t)
	else if (c->size == 2)
		LOAD_ALL(uint16_t)
	else
		LOAD_ALL(uint8_t)
}

void column_store_all(const struct scratch *s, const struct column *c, struct stored *records)
{
	for (size_t k = 0; s->wanted && k < s->n_wanted; k++)
		column_store(c, &records[s->wanted[k]], s->values[s->wanted[k]]);
	if (s->wanted)
		return;
	if (c->size == 8)
		STORE_ALL(uint64_t)
	else if (c->size == 4)
		STORE_ALL(uint32_t)
	else if (c->size == 2)
		STORE_ALL(uint16_t)
	else
		STORE_ALL(uint8_t)
}
