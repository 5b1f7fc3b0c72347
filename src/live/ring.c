// SPDX-License-Identifier: GPL-2.0-only
#include "live/ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#define GIVE_BACK 65536 /* bytes taken before their space is given back */

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* The positions' pages, the data, and its first page once more for a record that wraps around. */
static size_t mapped_size(size_t size)
{
	return page_size() + size + page_size();
}

static void *map(int fd, size_t size, int access, size_t offset)
{
	void *at = mmap(NULL, size, access, MAP_SHARED, fd, (off_t)offset);

	return at == MAP_FAILED ? NULL : at;
}

int ring_open(struct ring *r, int fd, size_t size)
{
	size_t page = page_size();
	uint8_t *positions;
	int err;

	*r = (struct ring){ .size = size };
	r->consumer = map(fd, page, PROT_READ | PROT_WRITE, 0);
	positions = r->consumer ? map(fd, mapped_size(size), PROT_READ, page) : NULL;
	if (!positions) {
		err = -errno;
		ring_close(r);
		return err;
	}
	r->producer = (const unsigned long *)(const void *)positions;
	r->data = positions + page;
	return 0;
}

static size_t record_size(uint32_t header)
{
	size_t len = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

	return (len + BPF_RINGBUF_HDR_SZ + 7) & ~(size_t)7;
}

int ring_consume(struct ring *r, ring_record_fn *record, void *arg)
{
	unsigned long at = *r->consumer, given = at;
	unsigned long end = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
	int err = 0;

	while (!err && at != end) {
		const uint8_t *head = r->data + (at & (r->size - 1));
		uint32_t header = __atomic_load_n((const uint32_t *)(const void *)head,
						  __ATOMIC_ACQUIRE);

		if (header & BPF_RINGBUF_BUSY_BIT)
			break;
		if (!(header & BPF_RINGBUF_DISCARD_BIT))
			err = record(arg, head + BPF_RINGBUF_HDR_SZ, header);
		at += record_size(header);
		if (at - given >= GIVE_BACK) {
			__atomic_store_n(r->consumer, at, __ATOMIC_RELEASE);
			given = at;
		}
	}
	__atomic_store_n(r->consumer, at, __ATOMIC_SEQ_CST);
	return err;
}

size_t ring_count(const struct ring *r, bool (*counts)(size_t size))
{
	unsigned long end = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
	size_t n = 0;

	for (unsigned long at = *r->consumer; at != end;) {
		uint32_t header = *(const uint32_t *)(const void *)(r->data + (at & (r->size - 1)));

		if (!(header & BPF_RINGBUF_DISCARD_BIT))
			n += counts(header & ~BPF_RINGBUF_BUSY_BIT);
		at += record_size(header);
	}
	return n;
}

size_t ring_used(const struct ring *r)
{
	return __atomic_load_n(r->producer, __ATOMIC_ACQUIRE) - *r->consumer;
}

void ring_close(struct ring *r)
{
	if (r->consumer)
		munmap(r->consumer, page_size());
	if (r->producer)
		munmap((void *)(uintptr_t)r->producer, mapped_size(r->size));
	*r = (struct ring){ 0 };
}
