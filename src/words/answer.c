// SPDX-License-Identifier: GPL-2.0-only
/* What words that ask of the past have in common, wherever it is kept. */
#include "words/answer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
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

#define SOON_NS (360 * UINT64_C(1000000000)) /* what goes on is told each five minutes */
#define NOTES_MAX 5			     /* of gaps and losses, one by one */

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

void answer_note(struct answer *a, const struct record *rec)
{
	struct buf b = { 0 };

	if (rec->ev->kind != SW_EV_LOST && !recorder_is_gap(rec->recorder))
		return;
	a->not_there += rec->recorder > RECORDER_GAP;
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

bool answer_hides_end(const struct record *rec, uint64_t until_ns)
{
	return rec->ev->kind == SW_EV_RECORDER && rec->recorder > RECORDER_GAP &&
	       rec->lost_since_ns > until_ns && rec->lost_since_ns < until_ns + SOON_NS;
}

/* What the limits removed is no news: it is so in every store that is full. */
bool answer_hides_begin(const struct record *rec, uint64_t since_ns)
{
	return rec->ev->kind == SW_EV_RECORDER && rec->recorder > RECORDER_REMOVED &&
	       rec->wall_ns < since_ns;
}
