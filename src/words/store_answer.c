// SPDX-License-Identifier: GPL-2.0-only
#include "words/answer.h"

#include <errno.h>
#include <grp.h>
#include <sys/stat.h>
#include <time.h>

#include "base/log.h"
#include "cli/options.h"
#include "store/ask.h"
#include "store/dir.h"

const char *answer_dir(const struct options *o)
{
	return o->past.dir ? o->past.dir : STORE_DIR;
}

struct store_question answer_question(const struct answer *a)
{
	const struct past_opts *past = &a->options->past;

	return (struct store_question){ .dir = answer_dir(a->options),
					.since_ns = past->since_ns,
					.until_ns = past->until_ns,
					.now_ns = past->now_ns,
					.filter = a->skip.on ? &a->skip : NULL,
					.newest_first = past->newest_first,
					.machines = a->options->print.machines };
}

/* Who may read it, besides root. */
static void explain_rights(const char *dir)
{
	const struct group *group = NULL;
	struct stat st;

	if (!stat(dir, &st) && (st.st_mode & S_IRGRP) && st.st_gid)
		group = getgrgid(st.st_gid);
	if (group)
		log_error("%s: the store may not be read: that needs root or the group %s", dir,
			  group->gr_name);
	else
		log_error("%s: the store may not be read: that needs root", dir);
}

void answer_explain(const char *dir, int err)
{
	if (err == -EACCES)
		explain_rights(dir);
	else if (err == -ENOENT || err == -ENOTDIR)
		log_error("%s: there is no store in it: sockwatch record makes one (another is "
			  "named by --dir)",
			  dir);
}

static void format_time(uint64_t ns, char *text, size_t size)
{
	time_t second = (time_t)(ns / 1000000000);
	struct tm tm;

	text[0] = '\0';
	if (localtime_r(&second, &tm))
		strftime(text, size, "%Y-%m-%d %H:%M:%S", &tm);
}

void answer_nothing(const struct answer *a)
{
	const char *dir = answer_dir(a->options);
	uint64_t first_ns = 0, last_ns = 0;
	char first[32], last[32];

	if (a->not_there) {
		log_note("whether something of that was recorded is not known: not all of that "
			 "time is there, or can be read");
		return;
	}
	if (store_span(dir, &first_ns, &last_ns) || !first_ns) {
		log_note("nothing of that was recorded");
		return;
	}
	format_time(first_ns, first, sizeof(first));
	format_time(last_ns, last, sizeof(last));
	log_note("nothing of that was recorded (the store has what was from %s to %s)", first,
		 last);
}
