/* SPDX-License-Identifier: GPL-2.0-only */
/* A record as the store keeps it: of fixed size, with its texts by number. */
#ifndef SOCKWATCH_STORE_STORED_H
#define SOCKWATCH_STORE_STORED_H

#include <stdint.h>

#include "conn.h"
#include "core/record.h"

/* The texts of a struct record, in the order of stored.texts. */
enum stored_text {
	STORED_DEVICE,
	STORED_NETNS_NAME,
	STORED_CGROUP,
	STORED_CONTAINER,
	STORED_RUNTIME,
	STORED_POD,
	STORED_UNIT,
	STORED_EXE,
	STORED_CMDLINE,
	STORED_PARENT_COMM,
	STORED_CONTAINERS,
	STORED_SOCKET_CGROUP,
	STORED_USER_UNIT,
	STORED_CONTAINER_NAME,
	STORED_CONTAINER_IMAGE,
	STORED_POD_NAME,
	STORED_POD_NAMESPACE,
	STORED_TEXTS,
};

enum stored_flag {
	STORED_ELSEWHERE = 1 << 0,
	STORED_LOGIN_UID = 1 << 1,
};

/*
 * All zero but for what is there, so that equal bytes are equal records. conn: of SW_EV_CONN the
 * whole connection, else its event only. Times: as in struct record.
 */
struct stored {
	struct sw_conn conn;
	uint64_t wall_ns;
	uint64_t start_wall_ns;
	uint64_t lost;
	uint64_t lost_since_ns;
	uint32_t texts[STORED_TEXTS]; /* numbers of the segment's texts; 0: none */
	uint32_t ppid;
	uint32_t login_uid;
	uint8_t recorder; /* enum recorder_act */
	uint8_t flags;	  /* enum stored_flag */
	uint8_t pad[2];
};

/*
 * Where texts get their numbers, and numbers their texts. number(): 0 for NULL or without memory;
 * text(): NULL for 0 and for a number that was never given; borrowed for as long as the table is.
 */
struct stored_texts {
	uint32_t (*number)(struct stored_texts *t, const char *text);
	const char *(*text)(struct stored_texts *t, uint32_t number);
};

/* The holders of a row and the names of --resolve are not kept. */
void stored_from_record(struct stored *ret, const struct record *rec, struct stored_texts *texts);

/* ret borrows from s and from texts. */
void stored_to_record(const struct stored *s, struct stored_texts *texts, struct record *ret);

#endif
