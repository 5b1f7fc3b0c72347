// SPDX-License-Identifier: GPL-2.0-only
/* Who had a port then: sockwatch-store answers (words/store_who.c). */
#include "cli/options.h"
#include "proc/program.h"
#include "words/words.h"

static enum exit_status run(const struct options *o)
{
	program_become("sockwatch-store", o->argv);
	return EXIT_FAULT;
}

/* Without a name: who, asked about a time (cli/options.c). */
const struct word word_who_past = { .id = WORD_WHO_PAST, .run = run, .elsewhere = true };
