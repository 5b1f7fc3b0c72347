// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaches empty programs where those of the stream are, until SIGINT.
 *
 *   floor OBJECT       OBJECT: what floor.bpf.c was built into
 *
 * Says "attached" on stderr when all are.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

static void die(const char *what, int err)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(err));
	exit(1);
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_program *prog;
	sigset_t ends;
	int sig;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	if (argc != 2)
		die("usage: floor OBJECT", EINVAL);
	object = bpf_object__open_file(argv[1], NULL);
	if (!object)
		die(argv[1], errno);
	if (bpf_object__load(object))
		die("cannot load the programs", errno);
	bpf_object__for_each_program(prog, object) if (!bpf_program__attach(prog))
		die(bpf_program__name(prog), errno);
	fprintf(stderr, "attached\n");
	sigwait(&ends, &sig);
	return 0; /* the kernel detaches all */
}
