// SPDX-License-Identifier: GPL-2.0-only
#include "words/answer.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/options.h"
#include "cli/target.h"
#include "core/record.h"
#include "core/who.h"
#include "proc/cgroup.h"
#include "proc/cgroup_root.h"
#include "render/recorder.h"
#include "store/ask.h"
#include "store/dir.h"

#define NOTES_MAX 5 /* of gaps and losses, one by one */

const char *answer_dir(const struct options *o)
{
	return o->past.dir ? o->past.dir : STORE_DIR;
}

static void *describe_nothing(const char *path)
{
	(void)path;
	return NULL;
}

static void take_cgroups(struct answer *a, struct cgroup_cache *cache)
{
	const struct sw_filter *f = &a->options->select.filter;
	const struct cgroup_owner nobody = { 0 };
	struct cgroup_place place;

	for (uint32_t i = 0; i < f->n_cgroups; i++) {
		cgroup_cache_get(cache, f->cgroups[i], &nobody, clock_now(), &place);
		if (place.path)
			a->cgroups[a->asked.n_cgroups] = strdup(place.path);
		a->asked.n_cgroups += a->cgroups[a->asked.n_cgroups] != NULL;
	}
	a->asked.cgroups = (const char *const *)a->cgroups;
}

/* Of those that are there by now: --cgroup means what is below them, too. */
static void find_cgroups(struct answer *a)
{
	bool asked = a->options->select.filter.on & SW_F_CGROUP;
	int proc = asked ? open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int root = proc < 0 ? -1 : cgroup_root_open();
	struct cgroup_cache *cache = NULL;

	if (root >= 0)
		cache = cgroup_cache_new(root, proc, describe_nothing);
	if (cache)
		take_cgroups(a, cache);
	cgroup_cache_free(cache);
	if (root >= 0)
		close(root);
	if (proc >= 0)
		close(proc);
}

int answer_init(struct answer *a, const struct options *o)
{
	*a = (struct answer){ .options = o, .notes = !isatty(STDOUT_FILENO) };
	a->skip = o->select.filter;
	if (o->n_args) {
		a->targets = calloc((size_t)o->n_args, sizeof(*a->targets));
		if (!a->targets) {
			log_error("out of memory");
			return -ENOMEM;
		}
	}
	for (int i = 0; i < o->n_args; i++)
		target_parse(o->args[i], &a->targets[i]); /* options_parse() has tried it */
	a->asked = (struct asked){ .select = &o->select,
				   .targets = a->targets,
				   .n_targets = (size_t)o->n_args };
	find_cgroups(a);
	who_narrow(a->targets, a->asked.n_targets, &a->skip);
	return 0;
}

void answer_free(struct answer *a)
{
	free(a->targets);
	for (size_t i = 0; i < SW_FILTER_MAX; i++)
		free(a->cgroups[i]);
}

struct store_question answer_question(const struct answer *a)
{
	const struct past_opts *past = &a->options->past;

	return (struct store_question){ .dir = answer_dir(a->options),
					.since_ns = past->since_ns,
					.until_ns = past->until_ns,
					.now_ns = past->now_ns,
					.filter = a->skip.on ? &a->skip : NULL,
					.newest_first = past->newest_first };
}

void answer_note(struct answer *a, const struct record *rec)
{
	struct buf b = { 0 };

	if (rec->ev->kind != SW_EV_LOST && rec->recorder != RECORDER_GAP)
		return;
	if (!a->notes || a->noted++ > NOTES_MAX)
		return;
	if (a->noted <= NOTES_MAX)
		recorder_put_note(&b, rec);
	else
		buf_puts(&b, a->lines ? "more was lost or not recorded"
				      : "more was lost or not recorded: log without --by, --sql "
					"or who has each line of it");
	if (a->lines && !buf_failed(&b)) {
		buf_put(a->lines, b.data, b.len);
		buf_putc(a->lines, '\n');
		buf_free(&b);
		return;
	}
	buf_putc(&b, '\0');
	if (!buf_failed(&b))
		log_note("%s", b.data);
	buf_free(&b);
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

void answer_nothing(const char *dir)
{
	uint64_t first_ns = 0, last_ns = 0;
	char first[32], last[32];

	if (store_span(dir, &first_ns, &last_ns) || !first_ns) {
		log_note("nothing of that was recorded");
		return;
	}
	format_time(first_ns, first, sizeof(first));
	format_time(last_ns, last, sizeof(last));
	log_note("nothing of that was recorded (the store has what was from %s to %s)", first,
		 last);
}
