// SPDX-License-Identifier: GPL-2.0-only
/* One line a connection, when it ends for this side. */
#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "cli/options.h"
#include "flow/watch.h"
#include "words/stream.h"
#include "words/words.h"

static void tell_sum(const struct watch_sum *sum, uint64_t unwritten)
{
	char before[64] = "", so_far[64] = "";

	if (unwritten)
		snprintf(before, sizeof(before), "%" PRIu64 " lines not written; ", unwritten);
	if (sum->so_far)
		snprintf(so_far, sizeof(so_far), " and %" PRIu64 " lines of them so far",
			 sum->so_far);
	log_info("%s%" PRIu64 " connections%s, %" PRIu64 " lost", before, sum->events - sum->so_far,
		 so_far, sum->lost);
}

static enum exit_status run(const struct options *o)
{
	struct print_opts print_opts = o->print;
	struct watch_opts watch_opts = o->watch;

	watch_opts.conns = true;
	watch_opts.events_only = true;
	watch_opts.listeners = o->all || o->select.filter.on & SW_F_LISTEN;
	print_opts.conns = true;
	return stream_print(o, &watch_opts, &print_opts, tell_sum);
}

const struct word word_conns = {
	.id = WORD_CONNS,
	.name = "conns",
	.summary = "one line a connection, when it ends",
	.examples = "  sockwatch conns                 who with whom, how long, how much, and why\n"
		    "  sockwatch conns --failed        what was refused, reset or timed out\n"
		    "  sockwatch conns -j -D https     one JSON object for each connection\n",
	.run = run,
};
