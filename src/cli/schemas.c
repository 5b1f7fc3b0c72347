// SPDX-License-Identifier: GPL-2.0-only
#include "cli/schemas.h"

#include <errno.h>
#include <stdio.h>

#include "cli/words.h"

#define FOR_RECORDS (FOR_STREAMS | FOR_LIST | FOR_LOG)

const char *other_table(const struct options *o)
{
	if (o->count.n_keys)
		return "by";
	if (o->summary)
		return "statistics";
	if (o->past.sql)
		return "sql";
	return o->past.verify ? "verify" : NULL;
}

int schemas_check(const struct options *o, char *why, size_t size)
{
	const char *other = other_table(o);

	if (o->print.schema == JSON_OURS)
		return 0;
	if (!(FOR(o->word) & FOR_RECORDS))
		snprintf(why, size,
			 "--json=SCHEMA is for the stream, conns, log and list: take -j");
	else if (other)
		snprintf(why, size, "--%s has no place in the schemas of others: take -j", other);
	else if (o->word == WORD_LIST && o->select.unix_sockets)
		snprintf(why, size, "--unix has no place in the schemas of others: take -j");
	else
		return 0;
	return -EINVAL;
}
