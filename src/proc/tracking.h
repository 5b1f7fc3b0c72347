/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the kernel tracks connections (conntrack). */
#ifndef SOCKWATCH_PROC_TRACKING_H
#define SOCKWATCH_PROC_TRACKING_H

#include <stdbool.h>

/* To ask conntrack itself would load it where it is not. */
bool tracking_is_there(void);

#endif
