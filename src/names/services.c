// SPDX-License-Identifier: GPL-2.0-only
#include "names/services.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "event.h"

struct services {
	struct hash at;	  /* owned; where in `names` a port's name begins */
	struct buf names; /* owned; each with its NUL */
};

static uint64_t key_of(unsigned int proto, uint16_t port)
{
	return (uint64_t)proto << 16 | port;
}

/* 0: none that sockets of ours have. */
static unsigned int proto_of(const char *name)
{
	return !strcmp(name, "tcp") ? SW_PROTO_TCP : !strcmp(name, "udp") ? SW_PROTO_UDP : 0;
}

/* False: there is no memory. */
static bool add(struct services *s, const struct servent *entry)
{
	unsigned int proto = proto_of(entry->s_proto);
	uint64_t key = key_of(proto, ntohs((uint16_t)entry->s_port));
	uint32_t at = (uint32_t)s->names.len;

	if (!proto || hash_get(&s->at, key, &at))
		return true;
	buf_put(&s->names, entry->s_name, strlen(entry->s_name) + 1);
	return !buf_failed(&s->names) && !hash_put(&s->at, key, at);
}

struct services *services_read(void)
{
	struct services *s = calloc(1, sizeof(*s));
	const struct servent *entry;
	bool fits = s != NULL;

	setservent(1);
	while (fits && (entry = getservent()))
		fits = add(s, entry);
	endservent();
	if (fits)
		return s;
	services_free(s);
	return NULL;
}

const char *services_name(const struct services *s, unsigned int proto, uint16_t port)
{
	uint32_t at;

	return port && hash_get(&s->at, key_of(proto, port), &at) ? s->names.data + at : NULL;
}

void services_free(struct services *s)
{
	if (!s)
		return;
	hash_free(&s->at);
	buf_free(&s->names);
	free(s);
}
