// SPDX-License-Identifier: GPL-2.0-only
#include "filter_wants.h"

#include <string.h>

#include "cli/values.h"

struct sw_filter *filter(void)
{
	static struct sw_filter f;

	memset(&f, 0, sizeof(f));
	return &f;
}

struct sw_event owned_by(uint32_t pid, const char *comm)
{
	struct sw_event e = { .kind = SW_EV_STATE,
			      .sock.owner_source = SW_OWNER_CONNECT,
			      .sock.pid = pid,
			      .old_state = SW_TCP_SYN_SENT,
			      .sock.state = SW_TCP_ESTABLISHED };

	strncpy(e.sock.comm, comm, SW_COMM_LEN - 1);
	return e;
}

struct sw_event unowned(void)
{
	struct sw_event e = owned_by(0, "");

	e.sock.owner_source = SW_OWNER_UNKNOWN;
	return e;
}

enum sw_verdict change_verdict(const struct sw_filter *f, struct sw_event e)
{
	return sw_filter_change(f, &e);
}
