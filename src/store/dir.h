/* SPDX-License-Identifier: GPL-2.0-only */
/* The store: a directory of segments, oldest first by name. */
#ifndef SOCKWATCH_STORE_DIR_H
#define SOCKWATCH_STORE_DIR_H

#include <stddef.h>
#include <stdint.h>

#define STORE_DIR "/var/lib/sockwatch" /* unless another is named */

struct store_file {
	char *path;	   /* owned */
	uint64_t begun_ns; /* from its name: wall time of its begin */
	uint64_t size;	   /* bytes, with what SQLite keeps beside it */
	int sealed;	   /* from its name */
};

struct store_files {
	struct store_file *files; /* owned; oldest first */
	size_t n;
	size_t cap;
};

/* The segments of a directory; other files are passed over. 0, or -errno with nothing to free. */
int store_list(const char *dir, struct store_files *ret);
void store_files_free(struct store_files *f);

#endif
