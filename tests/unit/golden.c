// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"

static void golden_path(const char *name, char *path, size_t size)
{
	const char *dir = getenv("SOCKWATCH_GOLDEN_DIR");

	snprintf(path, size, "%s/%s", dir ? dir : "tests/golden", name);
}

static void golden_write(const char *path, const struct buf *b)
{
	FILE *file = fopen(path, "we");

	if (!file)
		fail_msg("cannot write %s", path);
	assert_int_equal(fwrite(b->data, 1, b->len, file), b->len);
	assert_int_equal(fclose(file), 0);
}

void golden_read(const char *name, struct buf *b)
{
	char path[4096], chunk[4096];
	FILE *file;
	size_t n;

	golden_path(name, path, sizeof(path));
	file = fopen(path, "re");
	if (!file)
		fail_msg("cannot read %s: run this from the top of the tree, or set "
			 "SOCKWATCH_GOLDEN_DIR; SOCKWATCH_GOLDEN_UPDATE=1 makes it anew",
			 path);
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_put(b, chunk, n);
	assert_int_equal(fclose(file), 0);
}

/* Names the first line that differs; the whole of both would bury it. */
static void golden_compare(const char *path, const struct buf *got, const struct buf *want)
{
	size_t at = 0, line = 1, start = 0;
	size_t got_end, want_end;

	if (got->len == want->len && !memcmp(got->data, want->data, got->len))
		return;
	for (; at < got->len && at < want->len && got->data[at] == want->data[at]; at++) {
		if (got->data[at] == '\n') {
			line++;
			start = at + 1;
		}
	}
	for (got_end = start; got_end < got->len && got->data[got_end] != '\n';)
		got_end++;
	for (want_end = start; want_end < want->len && want->data[want_end] != '\n';)
		want_end++;
	fail_msg("%s:%zu, column %zu\n got: %.*s\nwant: %.*s", path, line, at - start + 1,
		 (int)(got_end - start), got->data + start, (int)(want_end - start),
		 want->data + start);
}

void golden_check(const char *name, struct buf *got)
{
	struct buf want = { 0 };
	char path[4096];

	assert_false(buf_failed(got));
	golden_path(name, path, sizeof(path));
	if (getenv("SOCKWATCH_GOLDEN_UPDATE"))
		golden_write(path, got);
	golden_read(name, &want);
	golden_compare(path, got, &want);
	buf_free(got);
	buf_free(&want);
}
