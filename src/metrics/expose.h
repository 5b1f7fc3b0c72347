/* SPDX-License-Identifier: GPL-2.0-only */
/* A meter as text, in one of the two forms that are in use. Pure. */
#ifndef SOCKWATCH_METRICS_EXPOSE_H
#define SOCKWATCH_METRICS_EXPOSE_H

#include <stdint.h>

struct buf;
struct meter;

enum expose_form {
	EXPOSE_PROMETHEUS,  /* text format 0.0.4, which node_exporter reads from files */
	EXPOSE_OPENMETRICS, /* 1.0 */
};

/* What HTTP calls it. */
const char *expose_type(enum expose_form form);

/* The form that an Accept header asks for; NULL: it is not there. */
enum expose_form expose_choose(const char *accept);

/* Appends all of it. */
void expose(struct buf *b, const struct meter *m, enum expose_form form);

#endif
