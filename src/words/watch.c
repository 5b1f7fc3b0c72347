// SPDX-License-Identifier: GPL-2.0-only
/* The stream: what flow/watch.c makes of the kernel's events, printed. */
#include "cli/options.h"
#include "flow/watch.h"
#include "words/stream.h"
#include "words/words.h"

static void tell_sum(const struct watch_sum *sum, uint64_t unwritten)
{
	out_tell_sum(sum->rows, sum->events, sum->lost, unwritten);
}

static enum exit_status run(const struct options *o)
{
	return stream_print(o, &o->watch, &o->print, tell_sum);
}

const struct word word_watch = {
	.id = WORD_WATCH,
	.summary = "the sockets that exist, then every change to them",
	.examples = "  sockwatch -P 443                who talks https, from now on\n"
		    "  sockwatch --failed              connects refused, reset, timed out\n"
		    "  sockwatch -jE --comm sshd       one JSON object for each event of sshd\n",
	.run = run,
};
