/* SPDX-License-Identifier: GPL-2.0-only */
/* The fields of a record. */
#ifndef SOCKWATCH_RENDER_FIELDS_H
#define SOCKWATCH_RENDER_FIELDS_H

#include <stddef.h>

struct schema;

/* Of a struct record. */
extern const struct schema record_schema;

/* Those from local_name to user, which only --resolve fills: others need not ask for them. */
extern const size_t first_name_field;
extern const size_t end_name_field;

#endif
