/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A growing byte buffer, the target of every formatter. Appending never fails visibly: when memory
 * runs out the buffer remembers it, and its bytes, of which some are missing from then on, are
 * worth nothing; whoever writes them out asks buf_failed() once. Starts as all zero.
 */
#ifndef SOCKWATCH_BASE_BUF_H
#define SOCKWATCH_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
	char *data; /* owned; not NUL-terminated */
	size_t len;
	size_t cap;  /* bytes of room, len of them in use */
	bool failed; /* memory ran out once */
};

/* Makes room for `more` bytes; false, and marks the buffer, when there is no memory. */
bool buf_reserve(struct buf *b, size_t more);

/* Frees the memory; the buffer is empty and usable again. */
void buf_free(struct buf *b);

/* True: memory ran out, do not use the bytes. */
static inline bool buf_failed(const struct buf *b)
{
	return b->failed;
}

/*
 * Where the next byte goes, with room for `most` bytes (1 or more); NULL when there is no memory.
 * The caller adds to b->len how many bytes it wrote there. Valid until the next append.
 */
static inline char *buf_room(struct buf *b, size_t most)
{
	if (b->cap - b->len < most && !buf_reserve(b, most))
		return NULL;
	return b->data + b->len;
}

/* Appends `len` bytes; 0 is fine. */
static inline void buf_put(struct buf *b, const void *data, size_t len)
{
	if (!len || (b->cap - b->len < len && !buf_reserve(b, len)))
		return;
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

/* Appends one byte. */
static inline void buf_putc(struct buf *b, char c)
{
	if (b->cap == b->len && !buf_reserve(b, 1))
		return;
	b->data[b->len++] = c;
}

/* Appends a string without its NUL. */
static inline void buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

/* Appends n spaces; none for n <= 0. */
void buf_pad(struct buf *b, int n);

/* Appends v in decimal. */
void buf_put_u64(struct buf *b, uint64_t v);

/* Appends v in decimal with leading zeros up to `width` digits (1 to 20). */
void buf_put_u64_width(struct buf *b, uint64_t v, int width);

/* Appends v in decimal with a comma between thousands: 51,002. */
void buf_put_grouped(struct buf *b, uint64_t v);

/* Appends as printf() would print. */
void buf_putf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes v in decimal into `text`: at most U64_TEXT_MAX bytes, no NUL. Returns how many. */
#define U64_TEXT_MAX 20
size_t u64_format(uint64_t v, char *text);

#endif
