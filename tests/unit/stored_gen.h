/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections as a machine has them, made up but always the same: several hundred processes, some
 * of them servers, most of them clients of a few services; for the tests and the benchmark of the
 * store.
 */
#ifndef SOCKWATCH_TESTS_STORED_GEN_H
#define SOCKWATCH_TESTS_STORED_GEN_H

#include <stdbool.h>
#include <stdint.h>

#include "conn.h"
#include "core/record.h"

#define GEN_PROCESSES 400
#define GEN_TEXT_MAX 128

struct gen_process {
	uint32_t pid, ppid, uid, server_port; /* 0: a client */
	uint64_t start_ns, cgroup_id;
	union sw_addr peers[8]; /* a client's */
	uint16_t peer_ports[8];
	char comm[SW_COMM_LEN];
	char exe[GEN_TEXT_MAX], cmdline[GEN_TEXT_MAX], cgroup[GEN_TEXT_MAX], unit[GEN_TEXT_MAX];
};

struct gen {
	uint64_t random;
	uint64_t time_ns, wall_offset_ns, cookie, inode;
	uint64_t step_ns; /* between two records, on average */
	uint32_t next_pid;
	struct sw_conn conn;
	struct gen_process processes[GEN_PROCESSES];
};

/* It begins at wall_ns, with so many records a second. */
void gen_begin(struct gen *g, uint64_t wall_ns, uint32_t per_second);

/* Borrowed from g, until the next. */
struct record gen_next(struct gen *g);

/* A number that nobody foretells, always the same ones after the same seed. */
uint64_t gen_random(uint64_t *state);

#endif
