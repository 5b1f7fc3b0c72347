// SPDX-License-Identifier: GPL-2.0-only
#include "proc/tracking.h"

#include <unistd.h>

bool tracking_is_there(void)
{
	return !access("/proc/sys/net/netfilter/nf_conntrack_count", F_OK);
}
