/* SPDX-License-Identifier: GPL-2.0-only */
/* The user that this program becomes: nobody else's, so that no other process may signal or limit
 * it. */
#ifndef SOCKWATCH_BASE_OWN_USER_H
#define SOCKWATCH_BASE_OWN_USER_H

#include <stdbool.h>
#include <sys/types.h>

#define OWN_USER_NAME "sockwatch"

struct own_user {
	uid_t uid;
	gid_t gid;
	bool named; /* there is a user of that name; else it is a number that no user has */
};

/*
 * As passwd_path and group_path (those of /etc, as a directory service may take its time) have it:
 * the user `sockwatch`, where it is not root; else the highest number of the range that user
 * databases, systemd and containers leave free (65520 to 65531) that neither file uses.
 */
struct own_user own_user_find(const char *passwd_path, const char *group_path);

#endif
