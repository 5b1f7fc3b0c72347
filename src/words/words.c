// SPDX-License-Identifier: GPL-2.0-only
#include "words/words.h"

#include "proc/cgroup_root.h"
#include "proc/netns.h"
#include "proc/port_range.h"
#include "render/columns.h"

static const struct word *const all[] = { &word_watch,	 &word_list,   &word_who,   &word_conns,
					  &word_top,	 &word_record, &word_log,   &word_export,
					  &word_route,	 &word_link,   &word_stats, &word_features,
					  &word_who_past };

const struct words all_words = { .all = all,
				 .n = sizeof(all) / sizeof(all[0]),
				 .find_cgroup = cgroup_find,
				 .own_netns = netns_own,
				 .chosen_ports = port_range_read,
				 .column = columns_at };
