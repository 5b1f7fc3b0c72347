// SPDX-License-Identifier: GPL-2.0-only
#include "words/top_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/privilege.h"
#include "core/control.h"
#include "netlink/destroy.h"
#include "proc/dir.h"
#include "proc/netns.h"
#include "proc/process.h"

/* It looks at when a process began, acts, and ends. */
static const char *const calls[] = {
	"read",	      "pread64",      "close",	    "openat",	       "fstat",
	"newfstatat", "recvfrom",     "sendto",	    "pidfd_open",      "pidfd_send_signal",
	"mmap",	      "munmap",	      "mremap",	    "mprotect",	       "madvise",
	"brk",	      "futex",	      "getrandom",  "rt_sigreturn",    "rt_sigprocmask",
	"exit",	      "rt_sigaction", "exit_group", "restart_syscall", "getppid",
	NULL,
};

static const struct privilege_narrow narrow[] = { { "prctl", 0, PR_SET_PDEATHSIG }, { 0 } };

static const struct privilege_opts rights = {
	.keep = 1ULL << CAP_KILL | 1ULL << CAP_NET_ADMIN,
	.keep_for = "to send signals and to close sockets",
	.calls = calls,
	.narrow = narrow,
};

/* Of the new process alone. */
struct helper {
	int proc_fd;
	int diag_fd;
	uint32_t netns; /* that we are in */
};

/*
 * Whoever has the PID when the pidfd is opened is who gets the signal. It has it until its parent
 * has waited for it, and then the signal is refused: so what began when, as read between the two,
 * is told of that very process.
 */
static int send_signal(const struct helper *h, const struct control_request *r)
{
	int fd = (int)syscall(SYS_pidfd_open, (pid_t)r->pid, 0), process_fd, err = 0;
	uint64_t start_ns = 0;

	if (fd < 0)
		return errno == EINVAL ? -ESRCH : -errno; /* a thread has that number */
	process_fd = process_dir_open(h->proc_fd, r->pid);
	if (process_fd >= 0)
		start_ns = process_start(process_fd);
	if (!start_ns)
		err = process_fd < 0 && process_fd != -ENOENT ? process_fd : -ESRCH;
	else if (!process_same_start(start_ns, r->start_ns))
		err = -ESTALE;
	else if (syscall(SYS_pidfd_send_signal, fd, (int)r->signal, NULL, 0))
		err = -errno;
	if (process_fd >= 0)
		close(process_fd);
	close(fd);
	return err;
}

static int act(const struct helper *h, const struct control_request *r)
{
	if (!control_is_good(r))
		return -EINVAL;
	if (r->what == CONTROL_SIGNAL)
		return send_signal(h, r);
	if (r->tuple.netns != h->netns)
		return -EXDEV;
	return destroy_socket(h->diag_fd, (uint8_t)r->proto, &r->tuple, r->cookie);
}

/* Both as child_opts has them. */
static int helper_open(void *arg, int fd)
{
	struct helper *h = arg;

	(void)fd;
	h->proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	h->diag_fd = destroy_open();
	return h->proc_fd < 0 || h->diag_fd < 0 || netns_own(&h->netns) ? -1 : 0;
}

static int helper_run(void *arg, int fd)
{
	const struct helper *h = arg;
	struct control_answer answer = { 0 };
	ssize_t n;

	for (;;) {
		n = recv(fd, &answer.request, sizeof(answer.request), MSG_TRUNC);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -1 : 0;
		answer.err = n == sizeof(answer.request) ? act(h, &answer.request) : -EINVAL;
		if (send(fd, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			return -1;
	}
}

int top_helper_start(struct child *ret)
{
	static struct helper helper; /* of the new process alone */
	static const struct child_opts opts = { .name = "sockwatch-act",
						.type = SOCK_SEQPACKET,
						.keep = CHILD_STDERR,
						.open = helper_open,
						.run = helper_run,
						.arg = &helper,
						.rights = &rights };

	return child_start(&opts, ret);
}
