// SPDX-License-Identifier: GPL-2.0-only
/* The other half of `export`: the program that adds up and gives away, told by the tracer. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/privilege.h"
#include "cli/options.h"
#include "proc/cgroup_root.h"
#include "proc/netns.h"
#include "proc/port_range.h"
#include "sink/metrics.h"
#include "sink/process_inner.h"
#include "store/dir.h"
#include "words/export_file.h"
#include "words/export_http.h"
#include "words/export_store.h"
#include "words/words.h"

#define NAME "sockwatch-export"
#define NS_IN_MS 1000000u

struct serving {
	const struct options *options; /* borrowed */
	struct metrics_sink sink;
	struct privilege_opts rights;
	struct export_file file;
	struct export_http http;
	int store; /* the directory of a store; -1: none */
};

/* What both need: memory, time, what is said to the log, and the socket to the tracer. */
#define USUAL_CALLS                                                                                \
	"close", "write", "fstat", "newfstatat", "mmap", "munmap", "mremap", "mprotect",           \
		"madvise", "brk", "clock_gettime", "gettimeofday", "alarm", "setitimer", "getpid", \
		"gettid", "getppid", "getuid", "geteuid", "getrandom", "exit", "exit_group",       \
		"restart_syscall", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",               \
		"sigaltstack", "tgkill", "futex", "prctl", "poll", "ppoll", "recvfrom", "sendto",  \
		"shutdown", "unlink", "unlinkat", "fcntl", "getdents64", "lseek"

/* Files of one directory. */
static const char *const file_calls[] = { USUAL_CALLS, "openat",    "fsync", "fchmod",
					  "renameat",  "renameat2", NULL };

/* Connections that come to a socket which listens already. */
static const char *const http_calls[] = { USUAL_CALLS,	 "accept4",    "recvmsg",    "sendmsg",
					  "writev",	 "read",       "epoll_wait", "epoll_pwait",
					  "epoll_ctl",	 "setsockopt", "getsockopt", "getsockname",
					  "getpeername", "sendfile",   NULL };

static const struct privilege_narrow none[] = { { 0 } };

/* As process_served.prepare. */
static int prepare(void *arg)
{
	struct serving *s = arg;
	const struct export_opts *o = &s->options->out;
	const char *dir = s->options->past.dir;
	int err;

	s->store = export_store_open(dir ? dir : STORE_DIR);
	if (s->store < 0 && dir)
		log_note("--dir %s: %s", dir, strerror(errno));
	if (o->form == METRICS_FILE)
		err = export_file_open(&s->file, o->path, &s->rights);
	else
		err = export_http_open(&s->http, o, &s->sink.meter);
	if (!err)
		log_info("metrics are %s %s", o->form == METRICS_FILE ? "in" : "given at",
			 o->metrics);
	return err;
}

/* As metrics_sink.looked. */
static void looked(void *arg, struct meter *m)
{
	struct serving *s = arg;

	export_store_look(s->store, &m->store);
}

/* As metrics_sink.page. */
static int page(void *arg, struct meter *m)
{
	struct serving *s = arg;

	return export_file_page(&s->file, m);
}

/* As metrics_sink.closed. */
static void closed(void *arg)
{
	struct serving *s = arg;

	if (s->options->out.form == METRICS_FILE)
		export_file_closed(&s->file);
	else
		export_http_closed(&s->http);
}

static int turn(void *arg, int fd, bool empty)
{
	struct serving *s = arg;

	return export_http_turn(&s->http, fd, empty);
}

static void set_form(struct serving *s, struct process_served *served)
{
	s->sink.looked = looked;
	s->sink.closed = closed;
	s->sink.arg = s;
	if (s->options->out.form == METRICS_FILE) {
		s->rights.calls = file_calls;
		s->sink.page = page;
	} else {
		s->rights.calls = http_calls;
		served->turn = turn;
	}
}

static enum exit_status run(const struct options *o)
{
	struct serving s = { .options = o, .rights = { .narrow = none }, .store = -1 };
	struct process_served served = { .name = "sockwatch-expor",
					 .sink = &s.sink.sink,
					 .rights = &s.rights,
					 .prepare = prepare,
					 .arg = &s };
	struct meter_opts opts = { .max_series = o->out.max_series,
				   .interval_ns = o->out.interval_ms * NS_IN_MS };
	int err;

	port_range_read(&opts.chosen_first, &opts.chosen_last);
	metrics_sink_init(&s.sink, &opts);
	set_form(&s, &served);
	err = process_serve(&served);
	if (s.store >= 0)
		close(s.store);
	if (err == -ENOTSOCK)
		log_error(NAME " gives away what sockwatch export tells it: use that");
	return err == -ENOTSOCK ? EXIT_USAGE : err ? EXIT_FAULT : EXIT_DONE;
}

const struct word word_export_serve = {
	.id = WORD_EXPORT,
	.name = "export",
	.summary = "gives metrics away",
	.examples = "",
	.run = run,
};

static enum exit_status run_none(const struct options *o)
{
	(void)o;
	log_error(NAME " gives away what sockwatch export tells it: use that");
	return EXIT_USAGE;
}

static const struct word word_none = {
	.id = WORD_WATCH,
	.summary = "what sockwatch export gives metrics away by",
	.examples = "",
	.run = run_none,
};

static const struct word *const all[] = { &word_none, &word_export_serve };

const struct words all_words = { .all = all,
				 .n = sizeof(all) / sizeof(all[0]),
				 .find_cgroup = cgroup_find,
				 .own_netns = netns_own,
				 .chosen_ports = port_range_read };
