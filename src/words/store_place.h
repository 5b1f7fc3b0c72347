/* SPDX-License-Identifier: GPL-2.0-only */
/* The directory of a store, made ready for a writer that has no rights. */
#ifndef SOCKWATCH_WORDS_STORE_PLACE_H
#define SOCKWATCH_WORDS_STORE_PLACE_H

/*
 * Makes the directory where there is none (0750), and gives it, and the files of a store in it, to
 * the user that the writer becomes (base/own_user.h). One that is there is taken only if it is that
 * user's, or empty, or a store's: whatever else is named by mistake stays as it is. Without rights
 * it must be ours. 0, or -errno after a message.
 */
int store_place_make(const char *dir);

/* Whether it could be made, without doing so. The same. */
int store_place_check(const char *dir);

#endif
