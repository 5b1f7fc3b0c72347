/* SPDX-License-Identifier: GPL-2.0-only */
/* A directory of a test's own, with files in it as /proc or a cgroup's has them. */
#ifndef SOCKWATCH_TESTS_TREE_H
#define SOCKWATCH_TESTS_TREE_H

#include "unit.h"

struct tree {
	char path[40];
	int fd; /* of the directory */
};

/* For setup() and teardown(): 0 or -1. */
int tree_make(struct tree *t);
int tree_remove(struct tree *t);

/*
 * Names are relative to the directory; what is above them is made where it is missing. What there
 * is of a name is replaced, a directory excepted.
 */
void tree_put_dir(const struct tree *t, const char *name);
void tree_put_link(const struct tree *t, const char *name, const char *target);
void tree_put_bytes(const struct tree *t, const char *name, const char *data, size_t len);
void tree_put_text(const struct tree *t, const char *name, const char *text);

/* With all that is below. */
void tree_drop(const struct tree *t, const char *name);

#endif
