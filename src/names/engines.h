/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files of engines on this machine: Docker's, those of containers/storage (Podman, CRI-O) and
 * the bundles of containerd; of a user's engines those in his home. Reading them may block: it is
 * for the helper (names/labels.h).
 */
#ifndef SOCKWATCH_NAMES_ENGINES_H
#define SOCKWATCH_NAMES_ENGINES_H

#include <stdbool.h>

struct engines; /* opaque */
struct label;
struct label_question;

/* root_fd: borrowed, the root directory, or one of the same shape. NULL when there is no memory. */
struct engines *engines_new(int root_fd);

/*
 * Looks for a container, and fills in what its engine's files say; the rest of *ret is empty.
 * False, with *ret empty: no file that we may read knows it. A user's files are his own: no link
 * and no mount below his home is followed, and a file that is not his, or larger than such a file
 * is, says nothing.
 */
bool engines_look(struct engines *e, const struct label_question *q, struct label *ret);

/* NULL is fine. */
void engines_free(struct engines *e);

#endif
