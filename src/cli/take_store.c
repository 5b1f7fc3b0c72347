// SPDX-License-Identifier: GPL-2.0-only
/* The options of a store, and of who writes it. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "cli/options.h"
#include "cli/take.h"
#include "cli/values.h"

#define STORE_LEAST ((uint64_t)64 << 10)
#define STORE_MOST ((uint64_t)64 << 40)
#define JOURNAL_SOCKET "/run/systemd/journal/socket"

int take_dir(struct options *o, const char *v)
{
	o->past.dir = v;
	return *v ? 0 : -EINVAL;
}

/* A page that is seen whole or not: into a pipe it could come in parts. */
int take_report(struct options *o, const char *v)
{
	o->past.report = v;
	return *v && strcmp(v, "-") ? 0 : -EINVAL;
}

int take_config(struct options *o, const char *v)
{
	o->config = v;
	return *v ? 0 : -EINVAL;
}

int take_notable(struct options *o, const char *v)
{
	o->notable = v ? v : JOURNAL_SOCKET;
	return (*o->notable == '/' || *o->notable == '@') && o->notable[1] ? 0 : -EINVAL;
}

int take_max_size(struct options *o, const char *v)
{
	return value_size(v, STORE_LEAST, STORE_MOST, &o->keep.max_size);
}

int take_max_age(struct options *o, const char *v)
{
	o->fleet.max_age = true;
	return value_duration(v, &o->keep.max_age_ms);
}

int take_keep_free(struct options *o, const char *v)
{
	return value_percent(v, 90, &o->keep.keep_free);
}

int take_segment(struct options *o, const char *v)
{
	return value_size(v, STORE_LEAST, STORE_MOST, &o->keep.segment_size);
}
