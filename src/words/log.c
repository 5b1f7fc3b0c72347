// SPDX-License-Identifier: GPL-2.0-only
/* What the store is asked: sockwatch-store answers (words/store_log.c), of a fleet sockwatch-fleet
 * (words/fleet_log.c). */
#include "cli/options.h"
#include "proc/program.h"
#include "words/words.h"

static enum exit_status run(const struct options *o)
{
	program_become(o->fleet.from ? "sockwatch-fleet" : "sockwatch-store", o->argv);
	return EXIT_FAULT;
}

const struct word word_log = {
	.id = WORD_LOG,
	.name = "log",
	.arg = "[PORT...]",
	.summary = "what was recorded: asks the store",
	.examples = "  sockwatch log 8080 --since yesterday       who used port 8080, and when\n"
		    "  sockwatch log --failed --since 1h -n 20    the last that went wrong\n"
		    "  sockwatch log 443 --from clickhouse://db:8123/fleet    of all machines\n",
	.run = run,
	.elsewhere = true,
};
