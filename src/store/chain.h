/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DIR/seals: a line for each segment that was sealed, and for each that was removed since:
 *
 *   begin - - DIGEST            what the first line that is left follows; older ones were let go
 *   seal NAME SIZE DIGEST       SHA-256 over the digest before, "seal NAME SIZE\n" and the file
 *   removed NAME SIZE DIGEST    over the digest before, and "removed NAME SIZE\n"
 *
 * Whoever changes a file must make all digests behind it anew: one of them that is kept elsewhere
 * tells.
 */
#ifndef SOCKWATCH_STORE_CHAIN_H
#define SOCKWATCH_STORE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/dir.h"

#define CHAIN_DIGEST 32
#define CHAIN_HEX (2 * CHAIN_DIGEST + 1)
#define CHAIN_FILE "seals"

enum chain_act {
	CHAIN_BEGIN,
	CHAIN_SEAL,
	CHAIN_REMOVED,
	CHAIN_ACTS,
};

struct chain_line {
	enum chain_act act;
	char name[STORE_NAME_MAX]; /* of the segment */
	uint64_t size;
	char digest[CHAIN_HEX]; /* as text */
};

struct chain_lines {
	struct chain_line *lines; /* owned */
	size_t n, cap;
	bool torn; /* the last one was cut by a crash, and is not here */
};

/* All lines; none without the file. 0; -EBADMSG: a line makes no sense; another -errno. */
int chain_read(const char *dir, struct chain_lines *ret);
void chain_lines_free(struct chain_lines *c);

/*
 * The digest of a line that follows `before`, "" being the begin; of CHAIN_SEAL with the content of
 * dir/name, of size bytes exactly. 0; -ENOENT; -EMSGSIZE: it is of another size; another -errno.
 */
int chain_digest(const char *dir, const char *before, const struct chain_line *line,
		 char ret[static CHAIN_HEX]);

/*
 * Adds a line for act (not CHAIN_BEGIN) and a name: on the disk when it returns. The file is made
 * shorter when it is long. 0 or -errno.
 */
int chain_add(const char *dir, enum chain_act act, const char *name, uint64_t size,
	      char ret_digest[static CHAIN_HEX]);

#endif
