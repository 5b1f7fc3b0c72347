/* SPDX-License-Identifier: GPL-2.0-only */
/* --features: what this kernel allows. */
#ifndef SOCKWATCH_INSPECT_H
#define SOCKWATCH_INSPECT_H

struct options;

/* Prints it to stdout. 0, or -errno when stdout could not be written or memory ran out. */
int inspect_run(const struct options *options);

#endif
