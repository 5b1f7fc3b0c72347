// SPDX-License-Identifier: GPL-2.0-only
#include "words/top_session.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "base/child.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/signals.h"
#include "base/terminal.h"
#include "cli/options.h"
#include "core/sink.h"
#include "flow/watch.h"
#include "proc/program.h"
#include "sink/process.h"
#include "words/out.h"
#include "words/top_reader.h"

#define PROGRAM "sockwatch-top"
#define WAITING ((size_t)64 << 20) /* bytes: some pages of many sockets, while nobody draws */
#define KEPT 65536		   /* bytes of messages, at most, that are told at the end */

/* What belongs to the terminal while another program draws there. */
struct at_terminal {
	struct termios before;
	bool has_before;
	int stderr_fd; /* owned: what it was; -1: it is still that */
	int kept_fd;   /* owned: where messages go meanwhile; -1: nowhere */
};

/* Messages would be drawn over: they are kept, for the viewer to show, and told at the end. */
static void keep_messages(struct at_terminal *t)
{
	t->kept_fd = t->stderr_fd = -1;
	if (!isatty(STDERR_FILENO))
		return;
	t->kept_fd = memfd_create("sockwatch-messages", MFD_CLOEXEC);
	if (t->kept_fd < 0)
		return;
	t->stderr_fd = dup(STDERR_FILENO);
	if (t->stderr_fd >= 0)
		dup2(t->kept_fd, STDERR_FILENO);
}

static void tell_messages(struct at_terminal *t)
{
	char text[4096];
	off_t at = 0;
	ssize_t n;

	if (t->stderr_fd < 0)
		return;
	fflush(stderr);
	dup2(t->stderr_fd, STDERR_FILENO);
	while (at < KEPT && (n = pread(t->kept_fd, text, sizeof(text), at)) > 0) {
		if (write(STDERR_FILENO, text, (size_t)n) != n)
			break;
		at += n;
	}
}

static void terminal_take(struct at_terminal *t)
{
	t->has_before = !tcgetattr(STDIN_FILENO, &t->before);
	keep_messages(t);
}

/* A viewer that was killed could not leave the screen as it was. */
static void terminal_give_back(struct at_terminal *t, bool killed)
{
	static const char leave[] = "\033[?1000l\033[?1002l\033[?1006l\033[?1049l\033[0m\033[?25h";

	if (killed)
		(void)!write(STDOUT_FILENO, leave, sizeof(leave) - 1);
	if (t->has_before)
		tcsetattr(STDIN_FILENO, TCSANOW, &t->before);
	tell_messages(t);
	if (t->stderr_fd >= 0)
		close(t->stderr_fd);
	if (t->kept_fd >= 0)
		close(t->kept_fd);
}

static int watch_into(const struct options *o, const struct top_source *source, struct sink *sink,
		      struct loop *loop, struct watch_sum *sum)
{
	int err, end_err;

	signals_hangup_ends(true);
	err = source->run(o, sink, loop, sum, source->arg);
	end_err = process_sink_end(sink);
	if (sum->sink_err && sum->sink_err != -EPIPE)
		err = err ? err : sum->sink_err;
	return err ? err : end_err == -EPIPE ? 0 : end_err;
}

static enum exit_status run_viewer(const struct options *o, const struct top_source *source,
				   char *path, char **args)
{
	struct process_sink_opts opts = { .name = PROGRAM,
					  .buffer_size = WAITING,
					  .keep = CHILD_STDIN | CHILD_STDOUT,
					  .program = path,
					  .argv = args,
					  .also = source->also };
	struct child reader = { .fd = 0 };
	struct watch_sum sum = { 0 };
	struct at_terminal terminal;
	struct sink *sink = NULL;
	int err = out_loop(&opts.loop);

	if (err)
		return EXIT_FAULT;
	terminal_take(&terminal); /* what the reader says is kept, too */
	err = source->live ? top_reader_start(o, &reader) : 0;
	opts.further = reader.fd;
	if (!err)
		sink = process_sink_new(NULL, &opts);
	if (!err && !sink)
		log_error("out of memory");
	if (sink)
		err = watch_into(o, source, sink, opts.loop, &sum);
	top_reader_end(&reader);
	terminal_give_back(&terminal, sink && err);
	if (sink)
		sink_close(sink);
	loop_free(opts.loop);
	if (err || !sink)
		return EXIT_FAULT;
	return o->strict && sum.lost ? EXIT_LOST : EXIT_DONE;
}

enum exit_status top_session(const struct options *o, const struct top_source *source)
{
	enum exit_status status = EXIT_FAULT;
	char path[PATH_MAX];
	char **args;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		log_error("top: it needs a terminal; --batch prints frames without one");
		return EXIT_USAGE;
	}
	if (!terminal_is_able(STDOUT_FILENO)) {
		log_error("top: the terminal (TERM) can only print one line after the other: use "
			  "--batch");
		return EXIT_USAGE;
	}
	if (program_need(PROGRAM, path, sizeof(path)))
		return EXIT_FAULT;
	args = program_args(path, o->argv);
	if (args)
		status = run_viewer(o, source, path, args);
	free(args);
	return status;
}
