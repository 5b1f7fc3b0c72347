/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The consumer's side of a BPF ring buffer (kernel/bpf/ringbuf.c).
 *
 * libbpf's maps the data twice, which counts twice as resident memory, and gives back the space of
 * each record by itself, so that the next event of another CPU waits for that cache line. This one
 * maps it once and a page, and gives back what it has taken in large pieces.
 */
#ifndef SOCKWATCH_LIVE_RING_H
#define SOCKWATCH_LIVE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
	unsigned long *consumer;       /* the mapped pages, owned: how far we are */
	const unsigned long *producer; /* how far the kernel is */
	const uint8_t *data;
	size_t size;
};

/* A record may be at most a page long. Non-zero ends ring_consume(); the record counts as taken. */
typedef int ring_record_fn(void *arg, const void *data, size_t size);

/* fd: of a map of this size, borrowed for the call. 0, or -errno with *r all zero. */
int ring_open(struct ring *r, int fd, size_t size);

/*
 * Takes what was complete when it was called, in order; what a CPU is still writing holds up the
 * rest. 0, or what record() returned.
 */
int ring_consume(struct ring *r, ring_record_fn *record, void *arg);

/* How many records wait to be taken whose size passes: those being written, and those behind. */
size_t ring_count(const struct ring *r, bool (*counts)(size_t size));

/* Bytes that wait to be taken. */
size_t ring_used(const struct ring *r);

/* Unmaps; one that is all zero is fine. */
void ring_close(struct ring *r);

#endif
