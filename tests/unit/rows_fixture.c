// SPDX-License-Identifier: GPL-2.0-only
#include "rows_fixture.h"

#include <string.h>

struct sw_row row_of(uint8_t state, uint32_t netns, uint16_t local_port, uint16_t remote_port,
		     uint64_t inode)
{
	struct sw_row row = { .sock.proto = SW_PROTO_TCP,
			      .sock.state = state,
			      .sock.inode = inode,
			      .sock.uid = 1000,
			      .sock.have = SW_HAVE_UID,
			      .recv_q = 5,
			      .send_q = 6 };

	row.sock.tuple.netns = netns;
	row.sock.tuple.local_port = local_port;
	row.sock.tuple.remote_port = remote_port;
	row.sock.tuple.family = SW_AF_INET;
	row.sock.tuple.local.b[10] = row.sock.tuple.local.b[11] = 0xff;
	row.sock.tuple.remote = row.sock.tuple.local;
	return row;
}

void add_holder(struct snapshot *s, struct sw_row *row, uint32_t pid, const char *comm)
{
	struct holder h = { .pid = pid, .fd = 3 };

	strncpy(h.comm, comm, SW_COMM_LEN - 1);
	if (!row->n_holders++) {
		row->first_holder = (uint32_t)s->n_holders;
		row_set_owner(row, &h, SW_OWNER_SNAPSHOT);
	}
	assert_int_equal(snapshot_add_holder(s, &h), 0);
}
