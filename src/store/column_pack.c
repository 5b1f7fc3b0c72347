// SPDX-License-Identifier: GPL-2.0-only
#include "base/buf.h"
#include "store/scratch.h"

static void put_varint(struct buf *b, uint64_t v)
{
	char *at = buf_room(b, VARINT_MAX);

	if (!at)
		return;
	for (; v >= 0x80; v >>= 7, b->len++)
		*at++ = (char)(v | 0x80);
	*at = (char)v;
	b->len++;
}

/* Whether all are 0. */
static bool load(struct scratch *s, const struct column *c, const struct stored *records)
{
	bool any = column_load(c, &s->any, c->offset);

	if (any)
		column_load_all(s, c, records);
	else
		memset(s->values, 0, s->n * sizeof(s->values[0]));
	return !any;
}

static void cut(struct scratch *s, const struct buf *b)
{
	size_t last = s->n_cuts ? s->cuts[s->n_cuts - 1] : 0;

	if (b->len - last >= CUT_FROM && s->n_cuts < CUTS_MAX)
		s->cuts[s->n_cuts++] = b->len;
}

/* Byte `which` of all codes. */
static void put_plane(struct scratch *s, unsigned int which, struct buf *b)
{
	char *at;

	cut(s, b);
	at = buf_room(b, s->n);
	if (!at)
		return;
	for (size_t i = 0; i < s->n; i++)
		at[i] = (char)(s->codes[i] >> which * 8);
	b->len += s->n;
	cut(s, b);
}

static void put_codes(struct scratch *s, struct buf *b)
{
	uint64_t any, later = 0, differs = 0;
	unsigned int planes = 0;

	for (size_t i = 1; i < s->n; i++) {
		later |= s->codes[i];
		differs |= s->codes[i] ^ s->codes[0];
	}
	any = later | s->codes[0];
	buf_putc(b, !differs ? NUMBER_EQUAL : !later ? NUMBER_FIRST : NUMBER_EACH);
	if (!differs || !later) {
		put_varint(b, s->codes[0]);
		return;
	}
	for (unsigned int k = 0; k < 8; k++)
		planes |= any >> k * 8 & 0xff ? 1u << k : 0;
	buf_putc(b, (char)planes);
	for (unsigned int k = 0; k < 8; k++)
		if (planes & 1u << k)
			put_plane(s, k, b);
}

/*
 * With a base, 0 (there is none) is far from all others: it changes places with what is exactly as
 * foretold, and foretells nothing.
 */
static void code_based(struct scratch *s, const struct column *c, const struct stored *records)
{
	for (size_t i = 0; i < s->n; i++) {
		uint64_t base = column_base(c, &records[i]);
		uint64_t foretold = column_foretold(s, c, i);
		uint64_t none = fold(0 - base - foretold, c->size);
		uint64_t v = column_load(c, &records[i], c->offset);
		uint64_t code = fold(v - base - foretold, c->size);

		s->codes[i] = code == none ? 0 : code ? code : none;
		s->values[i] = v ? v - base : foretold;
	}
}

static void pack_number(struct scratch *s, const struct column *c, const struct stored *records,
			struct buf *b)
{
	if (c->base != BASE_NONE) {
		code_based(s, c, records);
	} else if (load(s, c, records)) {
		memset(s->codes, 0, s->n * sizeof(s->codes[0]));
	} else {
		for (size_t i = 0; i < s->n; i++)
			s->codes[i] = fold(s->values[i] - column_foretold(s, c, i), c->size);
	}
	put_codes(s, b);
}

static enum choice choose(const struct column *c, const struct stored *r, uint64_t v,
			  uint64_t foretold)
{
	if (v == foretold)
		return CHOICE_FORETOLD;
	if (!v)
		return CHOICE_ZERO;
	return c->twin != c->offset && v == column_load(c, r, c->twin) ? CHOICE_TWIN : CHOICE_OTHER;
}

static void put_others(const struct scratch *s, const struct column *c, size_t n, struct buf *b)
{
	for (size_t i = 0; i < n; i++)
		if (s->codes[i] == CHOICE_OTHER)
			put_varint(b, fold(s->values[i] - column_foretold(s, c, i), c->size));
}

static void pack_choice(struct scratch *s, const struct column *c, const struct stored *records,
			struct buf *b)
{
	uint64_t later = 0;

	if (load(s, c, records)) { /* as the first is foretold, and so each by another */
		buf_putc(b, CHOICE_ALL_FORETOLD);
		return;
	}
	for (size_t i = 0; i < s->n; i++) {
		s->codes[i] = choose(c, &records[i], s->values[i], column_foretold(s, c, i));
		later |= i ? s->codes[i] : 0;
	}
	if (later) {
		buf_putc(b, CHOICE_EACH);
		put_plane(s, 0, b);
		put_others(s, c, s->n, b);
	} else {
		buf_putc(b, CHOICE_FIRST);
		buf_putc(b, (char)s->codes[0]);
		put_others(s, c, 1, b);
	}
}

/* Their places in the list of different ones, which is then: how many of them there are. */
static size_t find_places(struct scratch *s)
{
	size_t n = 0;

	seen_clear(&s->seen);
	for (size_t i = 0; i < s->n; i++) {
		int32_t *place = seen_find(&s->seen, s->values[i]);

		if (*place < 0) {
			*place = (int32_t)n;
			s->values[n++] = s->values[i]; /* n <= i: that one was looked at */
		}
		s->codes[i] = (uint64_t)*place;
	}
	return n;
}

static void pack_few(struct scratch *s, const struct column *c, const struct stored *records,
		     struct buf *b)
{
	uint64_t before = 0;
	size_t n;

	load(s, c, records);
	n = find_places(s);
	if (n > s->n / 2 + 1) {
		buf_putc(b, FEW_NUMBER);
		pack_number(s, c, records, b);
		return;
	}
	buf_putc(b, n > 256 ? FEW_TWO : FEW_BYTE);
	put_varint(b, n);
	for (size_t i = 0; i < n; before = s->values[i++])
		put_varint(b, fold(s->values[i] - before, c->size));
	put_plane(s, 0, b);
	if (n > 256)
		put_plane(s, 1, b);
}

void column_pack(struct scratch *s, const struct column *c, const struct stored *records,
		 struct buf *b)
{
	switch (c->coding) {
	case NUMBER:
		pack_number(s, c, records, b);
		return;
	case CHOICE:
		pack_choice(s, c, records, b);
		return;
	default:
		pack_few(s, c, records, b);
	}
}
