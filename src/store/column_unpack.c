// SPDX-License-Identifier: GPL-2.0-only
#include "store/scratch.h"

/* What is left of a block's bytes. */
struct rest {
	const unsigned char *at, *end;
};

/* NULL: there are not so many. */
static const unsigned char *take(struct rest *r, size_t n)
{
	const unsigned char *part = r->at;

	if ((size_t)(r->end - r->at) < n)
		return NULL;
	r->at += n;
	return part;
}

static bool take_byte(struct rest *r, unsigned char *ret)
{
	const unsigned char *byte = take(r, 1);

	if (byte)
		*ret = *byte;
	return byte;
}

static bool take_varint(struct rest *r, uint64_t *ret)
{
	uint64_t v = 0;
	unsigned char byte;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		if (!take_byte(r, &byte))
			return false;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = v;
			return true;
		}
	}
	return false;
}

static bool take_plane(struct scratch *s, unsigned int which, struct rest *r)
{
	const unsigned char *plane = take(r, s->n);

	if (!plane)
		return false;
	for (size_t i = 0; i < s->n; i++)
		s->codes[i] |= (uint64_t)plane[i] << which * 8;
	return true;
}

static bool take_planes(struct scratch *s, struct rest *r)
{
	unsigned char planes;

	if (!take_byte(r, &planes))
		return false;
	memset(s->codes, 0, s->n * sizeof(s->codes[0]));
	for (unsigned int k = 0; k < 8; k++)
		if (planes & 1u << k && !take_plane(s, k, r))
			return false;
	return true;
}

static bool take_codes(struct scratch *s, struct rest *r)
{
	unsigned char form;

	if (!take_byte(r, &form) || form > NUMBER_EACH)
		return false;
	if (form == NUMBER_EACH)
		return take_planes(s, r);
	if (!take_varint(r, &s->codes[0]))
		return false;
	for (size_t i = 1; i < s->n; i++)
		s->codes[i] = form == NUMBER_EQUAL ? s->codes[0] : 0;
	return true;
}

static void store_based(struct scratch *s, const struct column *c, struct stored *records)
{
	for (size_t i = 0; i < s->n; i++) {
		uint64_t base = column_base(c, &records[i]);
		uint64_t foretold = column_foretold(s, c, i);
		uint64_t none = fold(0 - base - foretold, c->size);
		uint64_t code = s->codes[i];
		uint64_t v = 0;

		if (code)
			v = base + foretold + unfold(code == none ? 0 : code);
		column_store(c, &records[i], v);
		s->values[i] = v ? v - base : foretold;
	}
}

/* Of columns that are narrower, what their width cannot hold is cut off, as it was before. */
static uint64_t narrow(uint64_t v, unsigned int size)
{
	return size == 8 ? v : v & ((UINT64_C(1) << size * 8) - 1);
}

/* Of those that nothing foretells, and that foretell nothing. */
static void find_wanted(struct scratch *s, const struct column *c)
{
	for (size_t k = 0; k < s->n_wanted; k++) {
		size_t i = s->wanted[k];

		s->values[i] = narrow(unfold(s->codes[i]), c->size);
	}
}

static bool unpack_number(struct scratch *s, const struct column *c, struct stored *records,
			  struct rest *r)
{
	/* all 0: so are the values, as the records are at first */
	if (r->end - r->at >= 2 && r->at[0] == NUMBER_EQUAL && !r->at[1]) {
		r->at += 2;
		return true;
	}
	if (!take_codes(s, r))
		return false;
	if (c->base != BASE_NONE) {
		store_based(s, c, records);
		return true;
	}
	if (s->wanted && c->from == FROM_NONE)
		find_wanted(s, c);
	else
		for (size_t i = 0; i < s->n; i++)
			s->values[i] = narrow(column_foretold(s, c, i) + unfold(s->codes[i]),
					      c->size);
	column_store_all(s, c, records);
	return true;
}

static bool take_choice(struct scratch *s, const struct column *c, const struct stored *r, size_t i,
			struct rest *rest)
{
	uint64_t foretold = column_foretold(s, c, i);
	uint64_t difference, v;

	switch (s->codes[i]) {
	case CHOICE_FORETOLD:
		v = foretold;
		break;
	case CHOICE_ZERO:
		v = 0;
		break;
	case CHOICE_TWIN:
		v = column_load(c, r, c->twin);
		break;
	case CHOICE_OTHER:
		if (!take_varint(rest, &difference))
			return false;
		v = narrow(foretold + unfold(difference), c->size);
		break;
	default:
		return false;
	}
	s->values[i] = v;
	return true;
}

/* The first is foretold as 0, and each by another: so all are what the first is. */
static bool unpack_first(struct scratch *s, const struct column *c, struct stored *records,
			 struct rest *r)
{
	unsigned char first;

	if (!take_byte(r, &first))
		return false;
	s->codes[0] = first;
	if (!take_choice(s, c, &records[0], 0, r))
		return false;
	for (size_t i = 1; i < s->n; i++)
		s->values[i] = s->values[0];
	column_store_all(s, c, records);
	return true;
}

static bool unpack_choice(struct scratch *s, const struct column *c, struct stored *records,
			  struct rest *r)
{
	unsigned char form;

	if (!take_byte(r, &form) || form > CHOICE_EACH)
		return false;
	if (form == CHOICE_ALL_FORETOLD)
		return true; /* 0, as the records are at first */
	if (form == CHOICE_FIRST)
		return unpack_first(s, c, records, r);
	memset(s->codes, 0, s->n * sizeof(s->codes[0]));
	if (!take_plane(s, 0, r))
		return false;
	for (size_t i = 0; i < s->n; i++)
		if (!take_choice(s, c, &records[i], i, r))
			return false;
	column_store_all(s, c, records);
	return true;
}

static bool take_list(struct scratch *s, const struct column *c, struct rest *r, uint64_t *ret_n)
{
	uint64_t n, folded, before = 0;

	if (!take_varint(r, &n) || n > s->n)
		return false;
	for (uint64_t i = 0; i < n; i++) {
		if (!take_varint(r, &folded))
			return false;
		before = narrow(before + unfold(folded), c->size);
		s->values[i] = before;
	}
	*ret_n = n;
	return true;
}

static bool unpack_few(struct scratch *s, const struct column *c, struct stored *records,
		       struct rest *r)
{
	unsigned char form;
	uint64_t n;

	if (!take_byte(r, &form) || form > FEW_TWO)
		return false;
	if (form == FEW_NUMBER)
		return unpack_number(s, c, records, r);
	memset(s->codes, 0, s->n * sizeof(s->codes[0]));
	if (!take_list(s, c, r, &n) || !take_plane(s, 0, r) ||
	    (form == FEW_TWO && !take_plane(s, 1, r)))
		return false;
	for (size_t i = 0; i < s->n; i++) {
		if (s->codes[i] >= n)
			return false;
		s->codes[i] = s->values[s->codes[i]];
	}
	memcpy(s->values, s->codes, s->n * sizeof(s->codes[0]));
	column_store_all(s, c, records);
	return true;
}

bool column_unpack(struct scratch *s, const struct column *c, struct stored *records,
		   const unsigned char **at, const unsigned char *end)
{
	struct rest r = { *at, end };
	bool good;

	switch (c->coding) {
	case NUMBER:
		good = unpack_number(s, c, records, &r);
		break;
	case CHOICE:
		good = unpack_choice(s, c, records, &r);
		break;
	default:
		good = unpack_few(s, c, records, &r);
	}
	*at = r.at;
	return good;
}
