// SPDX-License-Identifier: GPL-2.0-only
#include "base/sha1.h"

#include <string.h>

#define ROUNDS 80
#define BLOCK 64

static uint32_t rotate(uint32_t word, int bits)
{
	return word << bits | word >> (32 - bits);
}

static uint32_t read_word(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void write_word(uint8_t *b, uint32_t word)
{
	for (int i = 0; i < 4; i++)
		b[i] = (uint8_t)(word >> (24 - 8 * i));
}

/* The message's words, and those that are made of them. */
static void make_schedule(const uint8_t block[BLOCK], uint32_t words[ROUNDS])
{
	for (int i = 0; i < 16; i++)
		words[i] = read_word(block + 4 * i);
	for (int i = 16; i < ROUNDS; i++)
		words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
}

/* What a round adds: a function of three words, and a constant, which differ from 20 to 20. */
static uint32_t mix(int round, uint32_t b, uint32_t c, uint32_t d)
{
	switch (round / 20) {
	case 0:
		return ((b & c) | (~b & d)) + 0x5a827999;
	case 1:
		return (b ^ c ^ d) + 0x6ed9eba1;
	case 2:
		return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
	default:
		return (b ^ c ^ d) + 0xca62c1d6;
	}
}

static void digest(const uint8_t block[BLOCK], uint32_t state[5])
{
	uint32_t words[ROUNDS], s[5];

	make_schedule(block, words);
	memcpy(s, state, sizeof(s));
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t next = rotate(s[0], 5) + mix(i, s[1], s[2], s[3]) + s[4] + words[i];

		s[4] = s[3];
		s[3] = s[2];
		s[2] = rotate(s[1], 30);
		s[1] = s[0];
		s[0] = next;
	}
	for (int i = 0; i < 5; i++)
		state[i] += s[i];
}

void sha1_short(const void *data, size_t len, uint8_t ret[SHA1_SIZE])
{
	uint32_t state[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	uint8_t block[BLOCK] = { 0 };

	memcpy(block, data, len);
	block[len] = 0x80;
	write_word(block + BLOCK - 4, (uint32_t)len * 8);
	digest(block, state);
	for (int i = 0; i < 5; i++)
		write_word(ret + 4 * i, state[i]);
}
