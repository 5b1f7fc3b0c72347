// SPDX-License-Identifier: GPL-2.0-only
#include "netlink/nat_helper.h"

#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/child.h"
#include "base/privilege.h"
#include "netlink/conntrack.h"
#include "netlink/nat.h"

/* It is asked, asks, answers, and ends. */
static const char *const calls[] = {
	"read",
	"close",
	"recvfrom",
	"recvmsg",
	"sendto",
	"sendmsg",
	"mmap",
	"munmap",
	"mremap",
	"mprotect",
	"madvise",
	"brk",
	"futex",
	"getrandom",
	"rt_sigreturn",
	"rt_sigprocmask",
	"rt_sigaction",
	"exit",
	"getppid",
	"exit_group",
	"restart_syscall",
	NULL,
};

static const struct privilege_narrow narrow[] = { { "prctl", 0, PR_SET_PDEATHSIG }, { 0 } };

static const struct privilege_opts rights = {
	.keep = 1ULL << CAP_NET_ADMIN,
	.keep_for = "to ask conntrack",
	.calls = calls,
	.narrow = narrow,
};

/* Both as child_opts has them. */
static int helper_open(void *arg, int fd)
{
	struct conntrack_asker **asker = arg;

	(void)fd;
	return conntrack_ask_open(asker) ? -1 : 0;
}

static uint32_t ask(struct conntrack_asker *asker, const struct nat_question *q,
		    struct sw_tuple *ret)
{
	int n = conntrack_ask(asker, (uint8_t)q->proto, &q->tuple, ret);

	if (n == -EPERM)
		return NAT_REFUSED;
	if (n < 0)
		return NAT_UNKNOWN;
	return n ? NAT_OTHER : NAT_NONE;
}

/* As child_answer() has it. */
static void look(void *arg, void *completed)
{
	struct nat_answer *answer = completed;

	answer->other = (struct sw_tuple){ 0 };
	answer->found = ask(arg, &answer->question, &answer->other);
}

static int helper_run(void *arg, int fd)
{
	struct conntrack_asker **asker = arg;
	struct nat_answer answer = { 0 };
	int err = child_answer(fd, &answer, sizeof(answer), sizeof(answer.question), look, *asker);

	conntrack_ask_close(*asker);
	return err;
}

int nat_helper_start(struct child *ret)
{
#ifdef HAVE_MNL
	static struct conntrack_asker *asker; /* of the new process alone */
	static const struct child_opts opts = { .name = "sockwatch-nat",
						.type = SOCK_SEQPACKET,
						.open = helper_open,
						.run = helper_run,
						.arg = &asker,
						.rights = &rights };

	return child_start(&opts, ret);
#else
	(void)ret;
	return -ENOSYS;
#endif
}

void nat_helper_stop(struct child *helper)
{
	child_stop(helper, 0); /* it has nothing to finish */
}
