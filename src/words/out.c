// SPDX-License-Identifier: GPL-2.0-only
#include "words/out.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/signals.h"

static bool stop_insisted(void)
{
	return signals_stops() > 1;
}

struct output out_stdout(void)
{
	return (struct output){ .fd = STDOUT_FILENO, .give_up = stop_insisted };
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
	if (write_err)
		log_error("cannot write the output: %s", strerror(-write_err));
	return err || write_err ? EXIT_FAULT : EXIT_DONE;
}

void out_tell_sum(uint64_t sockets, uint64_t events, uint64_t lost)
{
	log_info("%" PRIu64 " sockets, %" PRIu64 " events, %" PRIu64 " lost", sockets, events,
		 lost);
}
