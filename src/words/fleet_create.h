/* SPDX-License-Identifier: GPL-2.0-only */
/* export --create: the tables that a fleet's records go to. */
#ifndef SOCKWATCH_WORDS_FLEET_CREATE_H
#define SOCKWATCH_WORDS_FLEET_CREATE_H

struct fleet_server;
struct options;

/* Makes those that are not there, and says which. 0, or -errno after a message. */
int fleet_create(struct fleet_server *s, const struct options *o);

#endif
