// SPDX-License-Identifier: GPL-2.0-only
#include "proc/port_range.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

#include "proc/dir.h"

#define PATH "/proc/sys/net/ipv4/ip_local_port_range"

int port_range_read(uint16_t *ret_first, uint16_t *ret_last)
{
	uint16_t first, last;
	char text[64];

	if (!file_read(AT_FDCWD, PATH, text, sizeof(text)) ||
	    sscanf(text, "%" SCNu16 " %" SCNu16, &first, &last) != 2)
		return -ENOENT;
	*ret_first = first;
	*ret_last = last;
	return 0;
}
