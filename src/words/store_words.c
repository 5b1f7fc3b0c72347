// SPDX-License-Identifier: GPL-2.0-only
/* The words of sockwatch-store: sockwatch starts it with the command line that it was given. */
#include "base/log.h"
#include "proc/cgroup_root.h"
#include "proc/netns.h"
#include "proc/port_range.h"
#include "render/columns.h"
#include "words/words.h"

static enum exit_status run(const struct options *o)
{
	(void)o;
	log_error("sockwatch-store does the work of words of sockwatch, which starts it: sockwatch "
		  "help tells which there are");
	return EXIT_USAGE;
}

static const struct word word_none = {
	.id = WORD_WATCH,
	.summary = "what sockwatch needs its store for",
	.examples = "",
	.run = run,
};

static const struct word *const all[] = { &word_none,	   &word_store_log,	 &word_store_record,
					  &word_store_who, &word_store_who_past, &word_store_top };

const struct words all_words = { .all = all,
				 .n = sizeof(all) / sizeof(all[0]),
				 .find_cgroup = cgroup_find,
				 .own_netns = netns_own,
				 .chosen_ports = port_range_read,
				 .column = columns_at };
