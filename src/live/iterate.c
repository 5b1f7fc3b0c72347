// SPDX-License-Identifier: GPL-2.0-only
#include "live/iterate.h"

#include <errno.h>
#include <sys/types.h>
#include <unistd.h>

#include <bpf/bpf.h>

int iterate_link(int prog_fd)
{
	return bpf_link_create(prog_fd, 0, BPF_TRACE_ITER, NULL);
}

int iterate(int link_fd, int (*step)(void *arg), void *arg)
{
	int fd = bpf_iter_create(link_fd);
	int err = fd < 0 ? fd : 0;
	char none[64];
	ssize_t n = 1;

	while (!err && n) {
		n = read(fd, none, sizeof(none));
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			err = -errno;
		else if (step)
			err = step(arg);
	}
	if (fd >= 0)
		close(fd);
	return err;
}
