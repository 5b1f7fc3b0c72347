// SPDX-License-Identifier: GPL-2.0-only
#include "names/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/privilege.h"
#include "names/lookup.h"

#define WORKERS 8 /* at most: so many name servers may be slow before others wait */
#define STOP_MS 1000
#define LIMIT_NS (LOOKUP_LIMIT_MS * 1000000ull)

struct worker {
	pid_t pid; /* 0: not started */
	int fd;
	bool busy;
	struct lookup_key key; /* what it is busy with */
	uint64_t due_ns;       /* when that has taken too long */
};

struct helper {
	int fd; /* to the resolver */
	struct worker workers[WORKERS];
	struct lookup_question queue[LOOKUP_OPEN_MAX]; /* a ring */
	size_t first;
	size_t n;
};

/* Everything but the standard ones and `fd`, which becomes number 3. */
static int keep_only(int fd)
{
	if (fd != 3 && dup3(fd, 3, O_CLOEXEC) < 0)
		return -1;
	return close_range(4, UINT_MAX, 0);
}

/* --- a worker --------------------------------------------------------------------------------- */

static void work(int fd)
{
	struct lookup_question question;
	struct lookup_answer answer;

	while (recv(fd, &question, sizeof(question), 0) == sizeof(question)) {
		lookup_name(&question.key, &answer);
		if (send(fd, &answer, lookup_answer_size(&answer), MSG_NOSIGNAL) < 0)
			return;
	}
}

/* 0, or -errno with the worker not started. */
static int worker_start(struct worker *w)
{
	pid_t parent = getpid();
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return -errno;
	w->pid = fork();
	if (w->pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent || keep_only(fds[1]))
			_exit(1);
		work(3);
		_exit(0);
	}
	close(fds[1]);
	if (w->pid < 0) {
		close(fds[0]);
		w->pid = 0;
		return -EAGAIN;
	}
	w->fd = fds[0];
	return 0;
}

static void worker_stop(struct worker *w)
{
	kill(w->pid, SIGKILL);
	close(w->fd);
	waitpid(w->pid, NULL, 0);
	*w = (struct worker){ 0 };
}

/* --- the helper ------------------------------------------------------------------------------- */

/* It has room: the resolver has no more questions open than answers fit. */
static void answer_send(struct helper *h, const struct lookup_answer *answer)
{
	if (send(h->fd, answer, lookup_answer_size(answer), MSG_NOSIGNAL) < 0)
		_exit(0); /* nobody is there */
}

static void answer_none(struct helper *h, const struct lookup_key *key)
{
	struct lookup_answer answer = { .key = *key };

	answer_send(h, &answer);
}

static void questions_take(struct helper *h)
{
	struct lookup_question question;

	while (h->n < LOOKUP_OPEN_MAX &&
	       recv(h->fd, &question, sizeof(question), MSG_DONTWAIT) == sizeof(question))
		h->queue[(h->first + h->n++) % LOOKUP_OPEN_MAX] = question;
}

static void worker_take(struct helper *h, struct worker *w)
{
	struct lookup_answer answer = { 0 };
	ssize_t n = recv(w->fd, &answer, sizeof(answer), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		answer_send(h, &answer);
		w->busy = false;
		return;
	}
	if (w->busy) /* it crashed: modules of the C library are others' code */
		answer_none(h, &w->key);
	worker_stop(w);
}

/* An answer that is there in time counts, however late we see it. */
static void workers_take(struct helper *h, uint64_t now_ns)
{
	for (struct worker *w = h->workers; w < h->workers + WORKERS; w++) {
		if (w->pid)
			worker_take(h, w);
		if (w->pid && w->busy && now_ns >= w->due_ns) {
			answer_none(h, &w->key);
			worker_stop(w);
		}
	}
}

/* One that waits, or else a new one; NULL: all that there may be are busy. */
static struct worker *worker_find(struct helper *h)
{
	struct worker *free_slot = NULL;

	for (struct worker *w = h->workers; w < h->workers + WORKERS; w++) {
		if (w->pid && !w->busy)
			return w;
		if (!w->pid && !free_slot)
			free_slot = w;
	}
	return free_slot && !worker_start(free_slot) ? free_slot : NULL;
}

static bool workers_busy(const struct helper *h)
{
	for (const struct worker *w = h->workers; w < h->workers + WORKERS; w++)
		if (w->busy)
			return true;
	return false;
}

/* A question that waited too long is not asked any more: who asked has gone on. */
static void questions_give(struct helper *h, uint64_t now_ns)
{
	while (h->n) {
		const struct lookup_question *q = &h->queue[h->first];
		bool late = now_ns > q->asked_ns + LIMIT_NS;
		struct worker *w = late ? NULL : worker_find(h);

		if (!late && !w && workers_busy(h))
			return;
		if (w && send(w->fd, q, sizeof(*q), MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof(*q)) {
			w->busy = true;
			w->key = q->key;
			w->due_ns = now_ns + LIMIT_NS;
		} else if (w) {
			worker_stop(w); /* it ended between two questions */
			continue;
		} else {
			answer_none(h, &q->key); /* late, or no process can be started */
		}
		h->first = (h->first + 1) % LOOKUP_OPEN_MAX;
		h->n--;
	}
}

/* Until something comes, or the first look-up has taken too long. Returns false for the end. */
static bool helper_wait(struct helper *h)
{
	struct pollfd fds[WORKERS + 1];
	uint64_t due_ns = 0;

	fds[0] = (struct pollfd){ .fd = h->fd, .events = POLLRDHUP };
	if (h->n < LOOKUP_OPEN_MAX)
		fds[0].events |= POLLIN;
	for (size_t i = 0; i < WORKERS; i++) {
		const struct worker *w = &h->workers[i];

		fds[i + 1] = (struct pollfd){ .fd = w->pid ? w->fd : -1, .events = POLLIN };
		if (w->busy && (!due_ns || w->due_ns < due_ns))
			due_ns = w->due_ns;
	}
	if (poll(fds, WORKERS + 1, clock_ms_until(due_ns)) < 0)
		return errno == EINTR;
	return !(fds[0].revents & (POLLRDHUP | POLLHUP | POLLERR));
}

static void helper_run(int fd)
{
	static struct helper h;

	h.fd = fd;
	while (helper_wait(&h)) {
		workers_take(&h, clock_now());
		questions_take(&h);
		questions_give(&h, clock_now());
	}
	for (struct worker *w = h.workers; w < h.workers + WORKERS; w++)
		if (w->pid)
			worker_stop(w);
}

/* --- starting and stopping it ----------------------------------------------------------------- */

static int close_standard(void)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null_fd < 0)
		return -1;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(null_fd, fd) < 0)
			return -1;
	return 0;
}

/* Ctrl-C reaches all processes of the terminal, but it is our parent who ends us. */
static void set_signals(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		signal(ends[i], SIG_IGN);
	signal(SIGCHLD, SIG_DFL); /* a worker's number is its own until we have waited for it */
}

__attribute__((noreturn)) static void helper_main(int fd, pid_t parent)
{
	char text[256];

	set_signals();
	prctl(PR_SET_NAME, "sockwatch-names");
	/* a change of user would clear the death signal: rights first */
	if (close_standard() || keep_only(fd) || privilege_drop_rights(text, sizeof(text)) ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(1);
	lookup_be_brief();
	helper_run(3);
	_exit(0);
}

int helper_start(int *ret_fd, pid_t *ret_pid)
{
	pid_t parent = getpid(), pid;
	int fds[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return -errno;
	pid = fork();
	if (pid == 0)
		helper_main(fds[1], parent);
	err = pid < 0 ? -errno : 0;
	close(fds[1]);
	if (err) {
		close(fds[0]);
		return err;
	}
	*ret_fd = fds[0];
	*ret_pid = pid;
	return 0;
}

void helper_stop(int fd, pid_t pid)
{
	struct pollfd end = { .fd = fd };
	int n;

	shutdown(fd, SHUT_WR);
	do {
		n = poll(&end, 1, STOP_MS); /* its end is closed once all of it has ended */
	} while (n < 0 && errno == EINTR);
	waitpid(pid, NULL, end.revents & POLLHUP ? 0 : WNOHANG);
	close(fd);
}
