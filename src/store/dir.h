/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The store: a directory of segments, oldest first by name.
 *
 *   00000042-1795475645123456789.live                          written, or about to be sealed
 *   00000041-1795471000000000000-1795475645000000000.sealed    a number that rises, and the wall
 *                                                              times of its first and last record
 */
#ifndef SOCKWATCH_STORE_DIR_H
#define SOCKWATCH_STORE_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_DIR "/var/lib/sockwatch" /* unless another is named */
#define STORE_NAME_MAX 64	       /* of a segment, with its NUL */

struct store_file {
	char *path;	   /* owned */
	uint64_t number;   /* from its name, as all until size: each segment has another */
	uint64_t begun_ns; /* sealed: wall time of its first record; else when it was begun */
	uint64_t last_ns;  /* sealed: of its last record; else 0: not known */
	uint64_t size;	   /* bytes, with what SQLite keeps beside it */
	bool sealed;
};

struct store_files {
	struct store_file *files; /* owned; oldest first */
	size_t n;
	size_t cap;
};

/*
 * The segments of a directory; other files are passed over, and a live one that is there sealed,
 * too. 0, or -errno with nothing to free.
 */
int store_list(const char *dir, struct store_files *ret);
/* The live ones that are there sealed. As above. */
int store_list_doubles(const char *dir, struct store_files *ret);

void store_files_free(struct store_files *f);

/*
 * Whether it may have records from a time on and before another: the name of a sealed one tells its
 * times, of one that is written only its blocks do.
 */
static inline bool store_file_may_have(const struct store_file *f, uint64_t since_ns,
				       uint64_t until_ns)
{
	return !f->sealed || (f->last_ns >= since_ns && f->begun_ns < until_ns);
}

/* What the name of a segment says, into number to sealed; false: it is none. */
bool store_name_parse(const char *name, struct store_file *ret);

/* The inverse. */
void store_name_format(const struct store_file *f, char name[static STORE_NAME_MAX]);

/* Bytes of a segment on the disk, with what SQLite keeps beside it; 0: it is not there. */
uint64_t store_size(const char *path);

#endif
