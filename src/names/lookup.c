// SPDX-License-Identifier: GPL-2.0-only
#include "names/lookup.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"

#define BRIEFLY "timeout:1 attempts:1" /* resolv.conf(5) */
#define USER_ROOM 16384		       /* for all strings of an entry of passwd(5) */

size_t lookup_answer_size(const struct lookup_answer *answer)
{
	return offsetof(struct lookup_answer, name) + strlen(answer->name) + 1;
}

void lookup_be_brief(void)
{
	const char *own = getenv("RES_OPTIONS");
	char text[1024];
	int n = snprintf(text, sizeof(text), "%s %s", own ? own : "", BRIEFLY);

	/* the last one counts */
	setenv("RES_OPTIONS", n < (int)sizeof(text) ? text : BRIEFLY, 1);
}

static socklen_t set_sockaddr(const union sw_addr *addr, struct sockaddr_storage *ret)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	if (sw_is_v4mapped(addr)) {
		v4->sin_family = AF_INET;
		memcpy(&v4->sin_addr, addr->b + 12, sizeof(v4->sin_addr));
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	memcpy(&v6->sin6_addr, addr->b, sizeof(v6->sin6_addr));
	return sizeof(*v6);
}

static bool reads_as_address(const char *name)
{
	struct in6_addr any;

	return inet_pton(AF_INET, name, &any) == 1 || inet_pton(AF_INET6, name, &any) == 1;
}

static void lookup_host(const union sw_addr *addr, char *name)
{
	struct sockaddr_storage sa;
	socklen_t len = set_sockaddr(addr, &sa);

	if (getnameinfo((struct sockaddr *)&sa, len, name, LOOKUP_NAME_MAX, NULL, 0, NI_NAMEREQD) ||
	    reads_as_address(name))
		name[0] = '\0';
}

static void lookup_user(uid_t uid, char *name)
{
	struct passwd entry, *found = NULL;
	char room[USER_ROOM];

	if (getpwuid_r(uid, &entry, room, sizeof(room), &found) || !found)
		return;
	if (strlen(entry.pw_name) < LOOKUP_NAME_MAX)
		strcpy(name, entry.pw_name);
}

void lookup_name(const struct lookup_key *key, struct lookup_answer *answer)
{
	*answer = (struct lookup_answer){ .key = *key };
	if (key->kind == LOOKUP_HOST)
		lookup_host(&key->addr, answer->name);
	else
		lookup_user((uid_t)key->addr.q[0], answer->name);
}
