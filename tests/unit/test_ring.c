// SPDX-License-Identifier: GPL-2.0-only
/* The consumer of the ring buffer, on pages that look like the kernel's. */
#include "unit.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>

#include "live/ring.h"

#define SIZE 4096
#define WRAP 256 /* of the second mapping: as much as a record here may have behind the end */
#define TAKEN_MAX 512

/* A ring, its producer, and what was taken from it. */
struct fixture {
	struct ring ring;
	unsigned long consumer;
	unsigned long producer;
	uint8_t data[SIZE + WRAP];
	uint64_t taken[TAKEN_MAX];
	size_t sizes[TAKEN_MAX];
	size_t n;
	size_t fail_at; /* the record that ends it, from 1; 0: none */
	unsigned long consumer_then;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->ring = (struct ring){
		.consumer = &f->consumer, .producer = &f->producer, .data = f->data, .size = SIZE
	};
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

/* Writes through both mappings, as the kernel's memory is one. */
static void put_byte(struct fixture *f, unsigned long at, uint8_t byte)
{
	size_t i = at % SIZE;

	f->data[i] = byte;
	if (i < WRAP)
		f->data[SIZE + i] = byte;
}

/* Appends a record of `size` bytes, each of them `value`; flags: the kernel's bits. */
static unsigned long put(struct fixture *f, uint8_t value, uint32_t size, uint32_t flags)
{
	uint32_t header[2] = { size | flags, 0 };
	unsigned long at = f->producer;

	for (size_t i = 0; i < sizeof(header); i++)
		put_byte(f, at + i, ((const uint8_t *)header)[i]);
	for (size_t i = 0; i < size; i++)
		put_byte(f, at + sizeof(header) + i, value);
	f->producer += (sizeof(header) + size + 7) / 8 * 8;
	return at;
}

static int take(void *arg, const void *data, size_t size)
{
	struct fixture *f = arg;

	assert_true(f->n < TAKEN_MAX);
	f->sizes[f->n] = size;
	f->taken[f->n] = *(const uint8_t *)data;
	for (size_t i = 0; i < size; i++)
		assert_int_equal(((const uint8_t *)data)[i], f->taken[f->n]);
	f->consumer_then = f->consumer;
	f->n++;
	return f->fail_at == f->n ? -ECANCELED : 0;
}

static int consume(struct fixture *f)
{
	f->n = 0;
	return ring_consume(&f->ring, take, f);
}

TEST_SETUP(ring__records_are_taken_in_order_with_their_size)
{
	struct fixture *f = *state;

	put(f, 1, 176, 0);
	put(f, 2, 224, 0);
	put(f, 3, 5, 0);
	assert_int_equal(consume(f), 0);
	assert_int_equal(f->n, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(f->taken[i], i + 1);
	assert_int_equal(f->sizes[0], 176);
	assert_int_equal(f->sizes[1], 224);
	assert_int_equal(f->sizes[2], 5);
	assert_int_equal(f->consumer, f->producer);
	assert_int_equal(consume(f), 0);
	assert_int_equal(f->n, 0);
}

TEST_SETUP(ring__what_is_being_written_holds_up_the_rest)
{
	struct fixture *f = *state;
	unsigned long busy;

	put(f, 1, 8, 0);
	busy = put(f, 2, 8, BPF_RINGBUF_BUSY_BIT);
	put(f, 3, 8, 0);
	assert_int_equal(consume(f), 0);
	assert_int_equal(f->n, 1);
	assert_int_equal(f->consumer, busy);
	f->data[busy + 3] = 0; /* little endian: the bit's byte; it is written now */
	assert_int_equal(consume(f), 0);
	assert_int_equal(f->n, 2);
	assert_int_equal(f->taken[0], 2);
}

TEST_SETUP(ring__what_was_discarded_is_skipped)
{
	struct fixture *f = *state;

	put(f, 1, 8, BPF_RINGBUF_DISCARD_BIT);
	put(f, 2, 8, 0);
	assert_int_equal(consume(f), 0);
	assert_int_equal(f->n, 1);
	assert_int_equal(f->taken[0], 2);
	assert_int_equal(f->consumer, f->producer);
}

static bool is_eight(size_t size)
{
	return size == 8;
}

TEST_SETUP(ring__what_waits_behind_a_record_that_is_being_written_can_be_counted)
{
	struct fixture *f = *state;

	put(f, 1, 8, 0);
	put(f, 2, 8, BPF_RINGBUF_BUSY_BIT);
	put(f, 3, 8, 0);
	put(f, 4, 16, 0);
	put(f, 5, 8, BPF_RINGBUF_DISCARD_BIT);
	assert_int_equal(consume(f), 0);
	assert_int_equal(ring_count(&f->ring, is_eight), 2);
	assert_int_equal(f->n, 1);
}

TEST_SETUP(ring__goes_around_many_times)
{
	struct fixture *f = *state;
	uint8_t value = 0;

	for (int round = 0; round < 500; round++) {
		uint8_t first = value;

		for (int i = 0; i < 7; i++) /* 7 × 240 bytes do not divide the size */
			put(f, value++, 232, 0);
		assert_int_equal(consume(f), 0);
		assert_int_equal(f->n, 7);
		for (size_t i = 0; i < 7; i++)
			assert_int_equal((uint8_t)f->taken[i], (uint8_t)(first + i));
	}
	assert_true(f->consumer > 100u * SIZE);
}

TEST_SETUP(ring__positions_that_overflow_are_fine)
{
	struct fixture *f = *state;

	f->consumer = f->producer = 0ul - 64;
	for (uint8_t i = 0; i < 10; i++)
		put(f, i, 8, 0);
	assert_int_equal(consume(f), 0);
	assert_int_equal(f->n, 10);
	assert_int_equal(f->consumer, 96);
}

TEST_SETUP(ring__record_that_ends_it_counts_as_taken)
{
	struct fixture *f = *state;

	put(f, 1, 8, 0);
	put(f, 2, 8, 0);
	put(f, 3, 8, 0);
	f->fail_at = 2;
	assert_int_equal(consume(f), -ECANCELED);
	assert_int_equal(f->consumer, 32);
	f->fail_at = 0;
	assert_int_equal(consume(f), 0);
	assert_int_equal(f->n, 1);
	assert_int_equal(f->taken[0], 3);
}

TEST_SETUP(ring__space_is_not_given_back_while_a_record_is_read)
{
	struct fixture *f = *state;

	put(f, 1, 8, 0);
	put(f, 2, 8, 0);
	assert_int_equal(consume(f), 0);
	assert_true(f->consumer_then <= 16);
}

TEST_SETUP(ring__bad_descriptor_is_an_error)
{
	struct ring r;

	assert_int_equal(ring_open(&r, -1, SIZE), -EBADF);
	assert_null(r.consumer);
	ring_close(&r);
}
