// SPDX-License-Identifier: GPL-2.0-only
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/privilege.h"
#include "base/signals.h"

#define KILLED_MS 1000	 /* until one that was killed has ended, or never will */
#define WE_ENDED SIGUSR1 /* what it gets then, where it may finish */

/* --- in the new process ----------------------------------------------------------------------- */

static void on_end_of_parent(int signal)
{
	(void)signal;
	alarm(CHILD_GRACE_S);
}

/* Ctrl-C reaches all processes of the terminal, but it is our parent who ends us. */
static void set_signals(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
	struct sigaction finish = { .sa_handler = on_end_of_parent, .sa_flags = SA_RESTART };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		signal(ends[i], SIG_IGN);
	signal(SIGALRM, SIG_DFL);
	sigaction(WE_ENDED, &finish, NULL);
}

/* To be said again after a change of user, which takes it back. */
static int follow_parent(const struct child_opts *o, pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, o->finishes ? WE_ENDED : SIGKILL))
		return -1;
	return getppid() == parent ? 0 : -1;
}

static int close_standard(unsigned int keep)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null_fd < 0)
		return -1;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (!(keep & 1u << fd) && dup2(null_fd, fd) < 0)
			return -1;
	return 0;
}

/* Everything but the standard ones and `fd`, which gets its number. */
static int keep_only(int fd)
{
	if (fd != CHILD_SOCKET && dup3(fd, CHILD_SOCKET, O_CLOEXEC) < 0)
		return -1;
	return close_range(CHILD_SOCKET + 1, UINT_MAX, 0);
}

/* They stay open in the program that it becomes; of the last two each is 0 where there is none. */
static int keep_all(const struct child_opts *o, int fd)
{
	const int kept[] = { fd, o->given, o->also, o->further };
	int n = sizeof(kept) / sizeof(kept[0]), above[sizeof(kept) / sizeof(kept[0])];

	for (int i = 0; i < n; i++) {
		above[i] = kept[i] ? fcntl(kept[i], F_DUPFD, CHILD_SOCKET + n) : 0;
		if (above[i] < 0)
			return -1;
	}
	if (close_range(CHILD_SOCKET, (unsigned int)(CHILD_SOCKET + n - 1), 0))
		return -1;
	for (int i = 0; i < n; i++)
		if (above[i] && dup2(above[i], CHILD_SOCKET + i) < 0)
			return -1;
	return close_range((unsigned int)(CHILD_SOCKET + n), UINT_MAX, 0);
}

static int drop_rights(const struct child_opts *o)
{
	char text[256] = "";
	int err = 0;

	if (!(o->keep & CHILD_RIGHTS))
		err = o->rights ? privilege_drop(o->rights, text, sizeof(text))
				: privilege_drop_rights(text, sizeof(text));
	if (o->rights_text)
		snprintf(o->rights_text, o->rights_size, "%s", text);
	if (err)
		log_error("%s", text);
	return err;
}

/* From where its descriptors are what they are to be. */
static int child_live(const struct child_opts *o, pid_t parent)
{
	if (o->name)
		prctl(PR_SET_NAME, o->name);
	if (follow_parent(o, parent) || (o->open && o->open(o->arg, CHILD_SOCKET)) ||
	    drop_rights(o) || follow_parent(o, parent))
		return -1;
	return o->run(o->arg, CHILD_SOCKET) ? -1 : 0;
}

/* What is ignored stays so in the program; a handler does not, so until it has its own it is
 * killed when we have ended. */
static void child_become(const struct child_opts *o, int fd, pid_t parent)
{
	const struct child_opts killed = { .finishes = false };

	if (!close_standard(o->keep) && !keep_all(o, fd) && !follow_parent(&killed, parent))
		execv(o->program, o->argv);
	log_error("cannot start %s: %s", o->program, strerror(errno));
}

__attribute__((noreturn)) static void child_main(const struct child_opts *o, int fd, pid_t parent)
{
	set_signals();
	if (o->program) {
		child_become(o, fd, parent);
		_exit(1);
	}
	if (close_standard(o->keep) || keep_only(fd))
		_exit(1);
	_exit(child_live(o, parent) ? 1 : 0);
}

static bool is_of(int fd, mode_t type)
{
	struct stat st;

	return !fstat(fd, &st) && (st.st_mode & S_IFMT) == type && !fcntl(fd, F_SETFD, FD_CLOEXEC);
}

int child_serve(const struct child_opts *opts)
{
	pid_t parent = getppid(); /* who ends before that takes us along: child_become() */

	if (!is_of(CHILD_SOCKET, S_IFSOCK) || !is_of(CHILD_GIVEN, S_IFREG))
		return -ENOTSOCK;
	set_signals();
	return child_live(opts, parent);
}

/* --- in ours ---------------------------------------------------------------------------------- */

int child_start(const struct child_opts *opts, struct child *ret)
{
	pid_t parent = getpid(), pid;
	int fds[2], err;

	if (socketpair(AF_UNIX, opts->type | SOCK_CLOEXEC, 0, fds))
		return -errno;
	signal(SIGCHLD, SIG_DFL); /* its number is its own until we have waited for it */
	pid = fork();
	if (pid == 0)
		child_main(opts, fds[1], parent);
	err = pid < 0 ? -errno : 0;
	close(fds[1]);
	if (err) {
		close(fds[0]);
		return err;
	}
	*ret = (struct child){ .pid = pid, .fd = fds[0] };
	return 0;
}

/* Its end is closed once all of it has ended. */
static bool has_ended(const struct child *c, int timeout_ms)
{
	struct pollfd end = { .fd = c->fd };
	int n;

	do {
		n = poll(&end, 1, signals_stops() > 1 ? 0 : timeout_ms);
	} while (n < 0 && errno == EINTR);
	return end.revents & POLLHUP;
}

/* As kill() does; but this one is among the few calls that a stream keeps. */
static void end_it(const struct child *c)
{
	syscall(SYS_tgkill, c->pid, c->pid, SIGKILL);
}

/* Closes our end. Its wait status; 0, too, where it is not waited for. */
static int await(struct child *c, bool ended)
{
	int status = 0;

	close(c->fd);
	while (waitpid(c->pid, &status, ended ? 0 : WNOHANG) < 0 && errno == EINTR)
		;
	*c = (struct child){ .fd = -1 };
	return status;
}

/* Tells it to end. Whether it did; then our end is closed, and *ret is 0 or -EIO: it failed. */
static bool ends_by_itself(struct child *c, int timeout_ms, int *ret)
{
	*ret = 0;
	if (!c->pid)
		return true;
	shutdown(c->fd, SHUT_WR);
	if (!has_ended(c, timeout_ms))
		return false;
	*ret = await(c, true) ? -EIO : 0;
	return true;
}

int child_answer(int fd, void *answer, size_t size, size_t asked,
		 void (*fn)(void *arg, void *answer), void *arg)
{
	ssize_t n;

	for (;;) {
		n = recv(fd, answer, asked, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || (size_t)n != asked)
			break;
		fn(arg, answer);
		if (send(fd, answer, size, MSG_NOSIGNAL) < 0)
			break;
	}
	return n ? -1 : 0;
}

int child_stop(struct child *c, int timeout_ms)
{
	int err;

	if (ends_by_itself(c, timeout_ms, &err))
		return err;
	end_it(c);
	await(c, has_ended(c, KILLED_MS));
	return -ETIMEDOUT;
}

int child_leave(struct child *c, int timeout_ms)
{
	int err;

	if (ends_by_itself(c, timeout_ms, &err))
		return err;
	await(c, false);
	return -ETIMEDOUT;
}

void child_kill(struct child *c)
{
	end_it(c);
	await(c, true);
}
