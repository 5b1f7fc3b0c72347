// SPDX-License-Identifier: GPL-2.0-only
#include "names/label_helper.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/child.h"
#include "base/privilege.h"
#include "names/engines.h"
#include "names/label.h"

/* It opens and reads files, answers, and ends. */
static const char *const calls[] = {
	"read",	      "pread64",    "close",	       "lseek",		 "openat",
	"openat2",    "fstat",	    "newfstatat",      "statx",		 "fstatfs",
	"getdents64", "fcntl",	    "recvfrom",	       "sendto",	 "mmap",
	"munmap",     "mremap",	    "mprotect",	       "madvise",	 "brk",
	"futex",      "getrandom",  "rt_sigreturn",    "rt_sigprocmask", "rt_sigaction",
	"exit",	      "exit_group", "restart_syscall", "getppid",	 NULL,
};

static const struct privilege_narrow narrow[] = { { "prctl", 0, PR_SET_PDEATHSIG }, { 0 } };

static const struct privilege_opts rights = {
	.keep = 1ULL << CAP_DAC_READ_SEARCH,
	.keep_for = "to read what engines keep of containers",
	.calls = calls,
	.narrow = narrow,
};

/* Both as child_opts has them. */
static int helper_open(void *arg, int fd)
{
	struct engines **e = arg;
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)fd;
	if (root < 0)
		return -1;
	*e = engines_new(root);
	return *e ? 0 : -1;
}

/* As child_answer() has it. */
static void look(void *arg, void *completed)
{
	struct label_answer *answer = completed;

	answer->question.id[LABEL_ID_MAX - 1] = '\0';
	engines_look(arg, &answer->question, &answer->label);
}

static int helper_run(void *arg, int fd)
{
	struct engines **e = arg;
	struct label_answer answer = { 0 };
	int err = child_answer(fd, &answer, sizeof(answer), sizeof(answer.question), look, *e);

	engines_free(*e);
	return err;
}

int label_helper_start(struct child *ret)
{
	static struct engines *engines; /* of the new process alone */
	static const struct child_opts opts = { .name = "sockwatch-label",
						.type = SOCK_SEQPACKET,
						.open = helper_open,
						.run = helper_run,
						.arg = &engines,
						.rights = &rights };

	return child_start(&opts, ret);
}

void label_helper_stop(struct child *helper)
{
	child_stop(helper, 0); /* it has nothing to finish */
}
