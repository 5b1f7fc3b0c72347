/* SPDX-License-Identifier: GPL-2.0-only */
/* What a client of HTTP would take (RFC 9110, 12.5.1). Pure. */
#ifndef SOCKWATCH_METRICS_ACCEPT_H
#define SOCKWATCH_METRICS_ACCEPT_H

/*
 * How much an Accept header likes a media type, from 0 (not at all) to 1000: by the range that says
 * most of it; of several that say as much, by the one that it likes most.
 */
unsigned int accept_quality(const char *accept, const char *type, const char *subtype);

#endif
