/* SPDX-License-Identifier: GPL-2.0-only */
/* Filters as options make them, for the tests of include/filter.h. */
#ifndef SOCKWATCH_TESTS_FILTER_WANTS_H
#define SOCKWATCH_TESTS_FILTER_WANTS_H

#include "unit.h"

#include "filter.h"

/* One that wants everything; the same each time, emptied. */
struct sw_filter *filter(void);

/* A connect of this process that came about; one of an owner that is not known. */
struct sw_event owned_by(uint32_t pid, const char *comm);
struct sw_event unowned(void);

enum sw_verdict change_verdict(const struct sw_filter *f, struct sw_event e);

#endif
