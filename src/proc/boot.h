/* SPDX-License-Identifier: GPL-2.0-only */
/* Which boot of the machine this is. */
#ifndef SOCKWATCH_PROC_BOOT_H
#define SOCKWATCH_PROC_BOOT_H

#define BOOT_ID_SIZE 40

/* The id that the kernel made when it started, into text, which it returns; NULL: it does not say.
 */
const char *boot_id(char text[BOOT_ID_SIZE]);

#endif
