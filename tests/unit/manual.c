// SPDX-License-Identifier: GPL-2.0-only
#include "manual.h"

#include <stdio.h>

#include "base/buf.h"

char *manual_read(void)
{
	FILE *file = fopen(MANUAL, "re");
	struct buf b = { 0 };
	char chunk[4096];
	size_t n;

	if (!file)
		fail_msg("cannot read %s: run this from the top of the tree", MANUAL);
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_put(&b, chunk, n);
	buf_putc(&b, '\0');
	assert_int_equal(fclose(file), 0);
	assert_false(buf_failed(&b));
	return b.data;
}
