/* SPDX-License-Identifier: GPL-2.0-only */
/* What a kernel may offer, for people to read. */
#ifndef SOCKWATCH_CORE_FEATURE_H
#define SOCKWATCH_CORE_FEATURE_H

#include <stdbool.h>

/* All strings static. */
struct feature {
	const char *key;     /* "socket_cookie" */
	const char *name;    /* "socket cookies" */
	const char *use;     /* what it is used for */
	const char *instead; /* what takes its place; NULL: nothing works without it */
};

#endif
