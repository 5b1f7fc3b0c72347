// SPDX-License-Identifier: GPL-2.0-only
#include "words/top_reader.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/child.h"
#include "base/log.h"
#include "cli/options.h"
#include "proc/program.h"
#include "store/dir.h"

static int start(const struct child_opts *opts, struct child *ret)
{
	int err = opts->given < 0 ? -errno : child_start(opts, ret);

	if (opts->given >= 0)
		close(opts->given);
	if (err)
		log_error("cannot start %s: %s", opts->program, strerror(-err));
	return err;
}

int top_reader_start(const struct options *o, struct child *ret)
{
	struct child_opts opts = { .name = "sockwatch-store",
				   .type = SOCK_STREAM,
				   .keep = CHILD_STDERR };
	const char *dir = o->past.dir ? o->past.dir : STORE_DIR;
	char path[PATH_MAX];
	char **args;
	int err;

	if (access(dir, F_OK) || program_find("sockwatch-store", path, sizeof(path)))
		return 0;
	args = program_args(path, o->argv);
	if (!args)
		return -ENOMEM;
	opts.program = path;
	opts.argv = args;
	opts.given = memfd_create("sockwatch-nothing", MFD_CLOEXEC);
	err = start(&opts, ret);
	free(args);
	return err;
}

void top_reader_end(struct child *reader)
{
	if (reader->pid)
		child_kill(reader);
}
