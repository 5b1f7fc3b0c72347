// SPDX-License-Identifier: GPL-2.0-only
#include "render/prefix.h"

#include <stdio.h>
#include <string.h>

const char *prefix_format(uint8_t family, const uint8_t *addr, uint8_t bits,
			  char text[PREFIX_TEXT_MAX])
{
	size_t len;

	inet_ntop(family, addr, text, INET6_ADDRSTRLEN);
	len = strlen(text);
	snprintf(text + len, PREFIX_TEXT_MAX - len, "/%u", bits);
	return text;
}
