// SPDX-License-Identifier: GPL-2.0-only
/* The other half of `top`: the program that draws the live table, told by the tracer (top.c). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/child.h"
#include "base/log.h"
#include "cli/options.h"
#include "proc/cgroup_root.h"
#include "proc/netns.h"
#include "proc/port_range.h"
#include "screen/screen.h"
#include "sink/process_inner.h"
#include "store/dir.h"
#include "words/top_session.h"
#include "words/words.h"

#define WORDS_MAX 64 /* of what is typed */

/* What is asked for by a text: owned, and good until the next one is. */
struct asked_for {
	struct options options;
	char *text;
	char *argv[WORDS_MAX + 3];
};

struct asking {
	struct asked_for *now;	     /* owned; NULL: what the command line asks for */
	const struct options *first; /* borrowed: the command line's */
};

/* --- what is typed ---------------------------------------------------------------------------- */

static struct words typed; /* the words, as they are when they are typed */

/* In the words of the command line: blanks part them. Returns how many. */
static int split(struct asked_for *a)
{
	static char program[] = "sockwatch", word[] = "top";
	char *rest = a->text, *at;
	int n = 0;

	a->argv[n++] = program;
	a->argv[n++] = word;
	while (n < WORDS_MAX + 2 && (at = strsep(&rest, " ")))
		if (*at)
			a->argv[n++] = at;
	a->argv[n] = NULL;
	return n;
}

static void asked_free(struct asked_for *a)
{
	if (a)
		free(a->text);
	free(a);
}

/* As screen_filter_fn. Nothing typed: what the command line asks for. */
static int parse(void *arg, const char *text, struct wants *ret, char *why, size_t size)
{
	struct asking *asking = arg;
	struct asked_for *a = NULL;

	typed = all_words; /* one waits for no network in the midst of a word */
	typed.typed = true;
	if (text[strspn(text, " ")]) {
		a = calloc(1, sizeof(*a));
		if (a)
			a->text = strdup(text);
		if (!a || !a->text) {
			asked_free(a);
			snprintf(why, size, "out of memory");
			return -EINVAL;
		}
		if (options_parse(&typed, split(a), a->argv, &a->options, why, size)) {
			asked_free(a);
			return -EINVAL;
		}
		if (a->options.action != ACTION_RUN ||
		    (a->options.select.filter.on & SW_F_CGROUP)) {
			asked_free(a);
			snprintf(why, size, "that is for the command line, and no filter here");
			return -EINVAL;
		}
	}
	asked_free(asking->now);
	asking->now = a;
	*ret = top_wants_of(a ? &a->options : asking->first);
	return 0;
}

/* --- as a program ----------------------------------------------------------------------------- */

static bool is_socket(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISSOCK(st.st_mode) && !fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static enum exit_status run(const struct options *o)
{
	struct asking asking = { .first = o };
	struct screen_opts opts = { .color = o->print.color,
				    .kind = top_kind_of(o),
				    .names = o->print.resolve,
				    .numeric = o->print.numeric,
				    .time_waits = o->all,
				    .sort = o->top.sort,
				    .wants = top_wants_of(o),
				    .control_fd = -1,
				    .past_fd = -1,
				    .past_only = o->past.at != NULL,
				    .store = o->past.dir ? o->past.dir : STORE_DIR,
				    .parse = parse,
				    .arg = &asking };
	struct process_served served = { .name = "sockwatch-top", .turn = screen_turn };
	struct screen_ui *screen;
	int err;

	/* another program would have its own there: what starts us does, where it is asked to */
	if ((o->top.allow_kill || o->past.at) && is_socket(CHILD_ALSO))
		*(o->past.at ? &opts.past_fd : &opts.control_fd) = CHILD_ALSO;
	if (!o->past.at && is_socket(CHILD_FURTHER))
		opts.past_fd = CHILD_FURTHER;
	screen = screen_new(&opts);
	if (!screen) {
		log_error("out of memory");
		return EXIT_FAULT;
	}
	served.sink = screen_sink(screen);
	served.arg = screen;
	err = process_serve(&served);
	asked_free(asking.now);
	if (err == -ENOTSOCK)
		log_error("sockwatch-top draws for sockwatch top, which starts it: use that");
	return err == -ENOTSOCK ? EXIT_USAGE : err ? EXIT_FAULT : EXIT_DONE;
}

const struct word word_top_viewer = {
	.id = WORD_TOP,
	.name = "top",
	.arg = "[TEXT...]",
	.summary = "draws the live table",
	.examples = "",
	.run = run,
};

static enum exit_status run_none(const struct options *o)
{
	(void)o;
	log_error("sockwatch-top draws for sockwatch top, which starts it: use that");
	return EXIT_USAGE;
}

static const struct word word_none = {
	.id = WORD_WATCH,
	.summary = "what sockwatch top draws by",
	.examples = "",
	.run = run_none,
};

static const struct word *const all[] = { &word_none, &word_top_viewer };

const struct words all_words = { .all = all,
				 .n = sizeof(all) / sizeof(all[0]),
				 .find_cgroup = cgroup_find,
				 .own_netns = netns_own,
				 .chosen_ports = port_range_read };
