// SPDX-License-Identifier: GPL-2.0-only
#include "words/names.h"

#include <stddef.h>
#include <string.h>

#include "base/log.h"
#include "names/resolver.h"

struct resolver *names_start(void)
{
	struct resolver *resolver = NULL;
	int err = resolver_open(&resolver);

	if (err)
		log_note("no names of hosts and users, but numbers: no process can be started to "
			 "look them up: %s",
			 strerror(-err));
	return resolver;
}
