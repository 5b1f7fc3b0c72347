// SPDX-License-Identifier: GPL-2.0-only
#include "words/out.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/child.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/signals.h"

/* What opens the file again; one, as stdout is. */
static struct child opener;
static int seen_hangups;

/* In the opener: answers each byte by the file, or by nothing. */
static int open_again(void *arg, int fd)
{
	const char *path = arg;
	char byte;

	while (recv(fd, &byte, 1, 0) == 1) {
		int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
		int err = fd_send(fd, file);

		if (file >= 0)
			close(file);
		if (err)
			return err;
	}
	return 0;
}

int out_to_file(const char *path)
{
	struct child_opts opts = { .name = "sockwatch-open",
				   .type = SOCK_SEQPACKET,
				   .keep = CHILD_RIGHTS,
				   .run = open_again,
				   .arg = (void *)(uintptr_t)path };
	int err, file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	if (file < 0 || dup2(file, STDOUT_FILENO) < 0) {
		err = -errno;
		log_error("--output %s: cannot open it: %s", path, strerror(-err));
		return err;
	}
	close(file);
	err = child_start(&opts, &opener);
	if (err)
		log_error("--output: no process can be started: %s", strerror(-err));
	return err;
}

/* As output.before: somebody moved the file away and wants another. */
static void follow_file(void)
{
	int file;

	if (seen_hangups == signals_hangups())
		return;
	seen_hangups = signals_hangups();
	if (!opener.pid)
		return;
	file = send(opener.fd, "o", 1, MSG_NOSIGNAL) == 1 ? fd_receive(opener.fd) : -errno;
	if (file < 0 || dup2(file, STDOUT_FILENO) < 0)
		log_note("--output: the file cannot be opened again, the old one is written to");
	if (file >= 0)
		close(file);
}

struct output out_stdout(void)
{
	signals_hangup_ends(isatty(STDOUT_FILENO));
	return (struct output){ .fd = STDOUT_FILENO,
				.stops = signals_stops,
				.before = follow_file };
}

int out_loop(struct loop **ret)
{
	struct loop *loop;
	int err = loop_new(&loop);

	if (!err) {
		err = loop_take_signals(loop);
		if (err)
			loop_free(loop);
	}
	if (err)
		log_error("cannot set up signals: %s", strerror(-err));
	else
		*ret = loop;
	return err;
}

enum exit_status out_end(struct output *out, int err)
{
	int write_err = out->err;

	output_free(out);
	if (write_err == -EPIPE)
		return err && err != -EPIPE ? EXIT_FAULT : EXIT_DONE;
	if (write_err == -EINTR)
		log_error("cannot write the output: nobody takes it");
	else if (write_err)
		log_error("cannot write the output: %s", strerror(-write_err));
	return err || write_err ? EXIT_FAULT : EXIT_DONE;
}

void out_tell_sum(uint64_t sockets, uint64_t events, uint64_t lost, uint64_t unwritten)
{
	char before[64] = "";

	if (unwritten)
		snprintf(before, sizeof(before), "%" PRIu64 " lines not written; ", unwritten);
	log_info("%s%" PRIu64 " sockets, %" PRIu64 " events, %" PRIu64 " lost", before, sockets,
		 events, lost);
}
