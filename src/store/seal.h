/* SPDX-License-Identifier: GPL-2.0-only */
/* A live segment, which nobody writes any more, packed anew into full blocks. */
#ifndef SOCKWATCH_STORE_SEAL_H
#define SOCKWATCH_STORE_SEAL_H

#include <stdatomic.h>

#include "store/dir.h"

/*
 * Makes the sealed file of `live` in dir; the live one is left. level: of zlib; *give_up: looked at
 * between blocks. ret_name: of the new file; "": there was no record, and no file is made. 0 with
 * the file on the disk for good; -ECANCELED; or -errno after a message.
 */
int seal_segment(const char *dir, const struct store_file *live, int level,
		 const atomic_bool *give_up, char ret_name[static STORE_NAME_MAX]);

#endif
