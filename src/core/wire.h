/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records on their way to another process, which may be another program: what a sink is told, as
 * bytes. One frame a call:
 *
 *   head | event, or connection | row, if any | holders | held by | strings, each with its NUL |
 * zeros up to 8
 *
 * in this machine's byte order, one frame behind the other. Structs stand in it as they are in
 * memory, so that what is unpacked is borrowed from the buffer; a change of one of them takes
 * another WIRE_VERSION.
 */
#ifndef SOCKWATCH_CORE_WIRE_H
#define SOCKWATCH_CORE_WIRE_H

#include <stddef.h>
#include <sys/types.h>

#include "core/opts.h"
#include "core/record.h"

struct buf;

#define WIRE_VERSION 11
#define WIRE_ALIGN 8	    /* of a frame's place and size */
#define WIRE_MAX (1u << 20) /* bytes of a frame: a socket that 26000 descriptors hold */

enum wire_kind {
	WIRE_RECORD = 1,
	WIRE_FIT,   /* a record, too: of a row that will come */
	WIRE_LOST,  /* a record, too: of what was lost on the way to the wire */
	WIRE_BEGIN, /* nothing more, as the next */
	WIRE_END,
	WIRE_KEEP, /* other limits, in place of a record */
};

struct wire_frame {
	enum wire_kind kind;
	struct record rec; /* all zero in those three */
	struct record_names names;
	struct keep_opts keep; /* of WIRE_KEEP */
};

/*
 * Appends a frame (WIRE_KEEP: see below); rec is not looked at for WIRE_BEGIN and WIRE_END. 0; or,
 * with nothing appended, -EMSGSIZE: it would be larger than WIRE_MAX; -ENOMEM.
 */
int wire_pack(struct buf *b, enum wire_kind kind, const struct record *rec);

/* Appends a frame of WIRE_KEEP. 0; or -ENOMEM with nothing appended. */
int wire_pack_keep(struct buf *b, const struct keep_opts *keep);

/*
 * The frame at the beginning of `data`, which must be aligned. ret->rec borrows from data, and from
 * *ret, which is not to be moved. Returns the frame's size; 0: there is more to come; -EPROTO:
 * another version packed it; -EBADMSG: no frame. *ret is untouched then. What the fields hold is
 * not judged, but each string ends, and each array is there.
 */
ssize_t wire_unpack(const void *data, size_t size, struct wire_frame *ret);

#endif
