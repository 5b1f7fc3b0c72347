/* SPDX-License-Identifier: GPL-2.0-only */
/* Which rights a stream needs once everything is open. */
#ifndef SOCKWATCH_FLOW_RIGHTS_H
#define SOCKWATCH_FLOW_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>

/* The first rights of a stream that are missing. 0, or -EPERM after a message. udp: it is asked
 * for. */
int rights_check(bool udp);

/*
 * Gives up for good all that a stream does not need from now on, as privilege_drop() does, and
 * says what became of it. 0 or -errno. keep_processes: CAP_SYS_PTRACE and
 * CAP_DAC_READ_SEARCH stay as far as they are there, which looking up other users' processes and
 * cgroups takes.
 */
int rights_drop(bool keep_processes);

#endif
