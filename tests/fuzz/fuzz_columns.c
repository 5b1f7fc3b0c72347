// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is taken for a block as it lies in a store; for what zlib has packed of one, with a
 * head around it, so that damage reaches the columns; for a chunk of texts; and for keys. What
 * comes out of it can be packed, and comes back.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "filter.h"
#include "fuzz.h"
#include "store/columns.h"
#include "store/keys.h"
#include "store/layout.h"
#include "store/squeeze.h"
#include "store/stored.h"
#include "store/texts.h"

#define ROOM 300 /* records */

static struct stored records[ROOM], again[ROOM];

/* In memory of its own, so that a read behind it is seen. */
static void *copy_of(const void *data, size_t size)
{
	char *copy = malloc(size ? size : 1);

	FUZZ_CHECK(copy);
	if (size)
		memcpy(copy, data, size);
	return copy;
}

static void check_block(const void *data, size_t size)
{
	struct buf b = { 0 };
	int n = columns_unpack(data, size, records, ROOM);

	if (n < 0) {
		FUZZ_CHECK(n == -EBADMSG);
		return;
	}
	FUZZ_CHECK(n > 0 && n <= ROOM);
	FUZZ_CHECK(!columns_pack(&b, records, (size_t)n, 1, NULL));
	FUZZ_CHECK(columns_unpack(b.data, b.len, again, ROOM) == n);
	FUZZ_CHECK(!memcmp(records, again, (size_t)n * sizeof(records[0])));
	buf_free(&b);
}

/* The rest for each third record only: those are as they are among all, the first part of all is.
 */
static void check_some(const char *data, size_t first, size_t size)
{
	struct columns *c = columns_new();
	uint16_t wanted[ROOM];
	size_t n_wanted = 0;
	int n, all = columns_unpack(data, size, records, ROOM);

	FUZZ_CHECK(c);
	n = columns_unpack_first(c, data, first, again, ROOM);
	FUZZ_CHECK(all < 0 || n == all);
	for (int i = 0; i < n; i += 3)
		wanted[n_wanted++] = (uint16_t)i;
	if (n > 0 && !columns_unpack_rest(c, data + first, size - first, again, wanted, n_wanted)) {
		FUZZ_CHECK(all == n);
		for (size_t i = 0; i < n_wanted; i++)
			FUZZ_CHECK(!memcmp(&records[wanted[i]], &again[wanted[i]],
					   sizeof(records[0])));
	} else {
		FUZZ_CHECK(all < 0);
	}
	columns_free(c);
}

/* Both parts of a block of so many records, as columns.c has them, each with its head. */
static void check_columns(const uint8_t *data, size_t size)
{
	struct {
		uint16_t layout, n;
		uint32_t size, packed;
	} head = { STORE_LAYOUT, 0, 0, 0 };
	struct buf b = { 0 };
	uint32_t rest;
	size_t before;

	if (size < 4)
		return;
	head.n = (uint16_t)((data[0] | data[1] << 8) % ROOM);
	head.size = (uint32_t)((data[2] | data[3] << 8) % (size - 3));
	rest = (uint32_t)(size - 4 - head.size);
	buf_put(&b, &head, sizeof(head));
	FUZZ_CHECK(!squeeze(&b, data + 4, head.size, NULL, 0, 0));
	head.packed = (uint32_t)(b.len - sizeof(head));
	memcpy(b.data, &head, sizeof(head));
	before = b.len;
	buf_put(&b, &rest, sizeof(rest));
	FUZZ_CHECK(!squeeze(&b, data + 4 + head.size, rest, NULL, 0, 0));
	check_block(b.data, b.len);
	check_some(b.data, before, b.len);
	buf_free(&b);
}

static void check_texts(const uint8_t *data, size_t size)
{
	uint32_t n = size ? data[0] : 0;
	char *texts, *at;

	if (!size || texts_unpack(data + 1, size - 1, n, &texts))
		return;
	at = texts;
	for (uint32_t i = 0; i < n; i++)
		at += strlen(at) + 1;
	free(texts);
}

static void check_keys(const void *data, size_t size)
{
	static struct sw_filter filter = { .on = SW_F_PID, .n_pids = 1, .pids = { 42 } };
	const struct keys_span span = { 0, 0, 0 };

	keys_are_good(data, size, &span);
	keys_may_have(data, size, &filter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *copy = copy_of(data, size);

	check_block(copy, size);
	check_columns(copy, size);
	check_texts(copy, size);
	check_keys(copy, size);
	free(copy);
	return 0;
}
