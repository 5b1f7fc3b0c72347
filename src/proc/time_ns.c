// SPDX-License-Identifier: GPL-2.0-only
#include "proc/time_ns.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "proc/dir.h"

#define TEXT_MAX 256

static int64_t offset_of(const char *text, const char *clock)
{
	const char *at = strstr(text, clock);
	int64_t seconds, nanoseconds;

	if (!at || sscanf(at + strlen(clock), "%" SCNd64 " %" SCNd64, &seconds, &nanoseconds) != 2)
		return 0;
	return seconds * 1000000000 + nanoseconds;
}

void time_ns_parse(const char *text, int64_t *ret_monotonic_ns, int64_t *ret_boot_ns)
{
	*ret_monotonic_ns = offset_of(text, "monotonic");
	*ret_boot_ns = offset_of(text, "boottime");
}

void time_ns_learn(void)
{
	int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int64_t monotonic_ns, boot_ns;
	char text[TEXT_MAX];

	if (fd < 0)
		return;
	file_read(fd, "self/timens_offsets", text, sizeof(text));
	close(fd);
	time_ns_parse(text, &monotonic_ns, &boot_ns);
	clock_set_namespace(monotonic_ns, boot_ns);
}
