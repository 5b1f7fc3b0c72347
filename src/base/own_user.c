// SPDX-License-Identifier: GPL-2.0-only
#include "base/own_user.h"

#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/*
 * Above systemd's dynamic users (to 65519), below nobody and what images without a shell take (from
 * 65532), and in the first 65536, which a container's user namespace has.
 */
#define FIRST 65520
#define LAST 65531

static void note_used(uint32_t *used, unsigned long id)
{
	if (id >= FIRST && id <= LAST)
		*used |= 1u << (id - FIRST);
}

/* True when it is there, with *ret set. */
static bool read_users(const char *path, uint32_t *used, struct own_user *ret)
{
	FILE *file = fopen(path, "re");
	const struct passwd *user;
	bool found = false;

	if (!file)
		return false;
	while (!found && (user = fgetpwent(file))) {
		note_used(used, user->pw_uid);
		note_used(used, user->pw_gid);
		found = !strcmp(user->pw_name, OWN_USER_NAME) && user->pw_uid && user->pw_gid;
		if (found)
			*ret = (struct own_user){ user->pw_uid, user->pw_gid, true };
	}
	fclose(file);
	return found;
}

static void read_groups(const char *path, uint32_t *used)
{
	FILE *file = fopen(path, "re");
	const struct group *group;

	if (!file)
		return;
	while ((group = fgetgrent(file)))
		note_used(used, group->gr_gid);
	fclose(file);
}

struct own_user own_user_find(const char *passwd_path, const char *group_path)
{
	struct own_user found;
	uint32_t used = 0;
	unsigned int id = LAST;

	if (read_users(passwd_path, &used, &found))
		return found;
	read_groups(group_path, &used);
	while (id > FIRST && used >> (id - FIRST) & 1)
		id--;
	return (struct own_user){ id, id, false };
}
