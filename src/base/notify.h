/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a service tells who started it (systemd's notify protocol, sd_notify(3)): datagrams of
 * NAME=VALUE lines to a Unix socket.
 */
#ifndef SOCKWATCH_BASE_NOTIFY_H
#define SOCKWATCH_BASE_NOTIFY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct notify {
	int fd; /* owned; -1: nobody is told */
	struct sockaddr_un to;
	socklen_t to_len;
};

/*
 * where: as NOTIFY_SOCKET has it, an absolute path, or @ and a name that is in no file system;
 * NULL or "": nobody wants to be told. Opens a socket that needs no further rights than sendto().
 * 0; -EINVAL: it is neither; another -errno; in any case *ret is for notify_close().
 */
int notify_open(const char *where, struct notify *ret);

/*
 * Sends lines; each time to who has the name then, as that may have been started anew. Never
 * waits. 0, also where nobody is told; or -errno.
 */
int notify_tell(const struct notify *n, const char *lines);

void notify_close(struct notify *n);

/*
 * How often a sign of life is wanted, in ns: half of the time that WATCHDOG_USEC gives, so that one
 * may be late. 0: none is, or of another process (pid: as WATCHDOG_PID has it; NULL: of any; own:
 * ours), or it is no time.
 */
uint64_t notify_watchdog_ns(const char *usec, const char *pid, long own);

#endif
