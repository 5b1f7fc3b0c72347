// SPDX-License-Identifier: GPL-2.0-only
#include "proc/boot.h"

#include <fcntl.h>
#include <string.h>

#include "proc/dir.h"

const char *boot_id(char text[BOOT_ID_SIZE])
{
	if (!file_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", text, BOOT_ID_SIZE))
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	return text;
}
