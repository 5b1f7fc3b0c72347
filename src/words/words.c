// SPDX-License-Identifier: GPL-2.0-only
#include "words/words.h"

#include "cli/options.h"
#include "proc/cgroup_root.h"
#include "proc/time_ns.h"
#include "render/escape.h"

static const struct word *const all[] = { &word_watch, &word_list,  &word_who,	   &word_route,
					  &word_link,  &word_stats, &word_features };

const struct words all_words = { .all = all,
				 .n = sizeof(all) / sizeof(all[0]),
				 .find_cgroup = cgroup_find };

void words_prepare(const struct options *options)
{
	escape_csv_guard(options->print.csv_safe);
	time_ns_learn();
}
