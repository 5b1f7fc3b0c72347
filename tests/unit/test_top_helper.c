// SPDX-License-Identifier: GPL-2.0-only
/* Who acts for the live table: what it takes, and to whom it does it. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "core/control.h"
#include "proc/dir.h"
#include "proc/netns.h"
#include "proc/process.h"
#include "words/top_helper.h"

#define SECOND_NS 1000000000ull

static struct child helper;
static pid_t other;

static int setup(void **state)
{
	(void)state;
	other = fork();
	if (!other)
		for (;;)
			pause();
	return other < 0 || top_helper_start(&helper);
}

static int teardown(void **state)
{
	(void)state;
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	return child_stop(&helper, 5000);
}

static struct control_request for_other(uint32_t signal)
{
	int proc_fd = open("/proc", O_PATH | O_DIRECTORY),
	    fd = process_dir_open(proc_fd, (uint32_t)other);
	struct control_request r = { .what = CONTROL_SIGNAL,
				     .pid = (uint32_t)other,
				     .start_ns = process_start(fd),
				     .signal = signal };

	close(fd);
	close(proc_fd);
	return r;
}

static int ask_bytes(const void *request, size_t size)
{
	struct control_answer answer;

	assert_int_equal(send(helper.fd, request, size, 0), size);
	assert_int_equal(recv(helper.fd, &answer, sizeof(answer), 0), sizeof(answer));
	return answer.err;
}

static int ask(const struct control_request *r)
{
	return ask_bytes(r, sizeof(*r));
}

static bool lives(void)
{
	return !waitpid(other, NULL, WNOHANG);
}

TEST_SETUP(top_helper__signals_the_process_that_began_then)
{
	struct control_request r = for_other(SIGTERM);
	int status;

	assert_int_equal(ask(&r), 0);
	assert_int_equal(waitpid(other, &status, 0), other);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	assert_int_equal(ask(&r), -ESRCH);
	other = fork(); /* for teardown */
	if (!other)
		pause();
}

TEST_SETUP(top_helper__signals_no_other_that_has_the_pid)
{
	struct control_request r = for_other(SIGKILL);

	r.start_ns -= SECOND_NS;
	assert_int_equal(ask(&r), -ESTALE);
	r.start_ns += 2 * SECOND_NS;
	assert_int_equal(ask(&r), -ESTALE);
	assert_true(lives());
}

TEST_SETUP(top_helper__takes_nothing_but_whole_requests)
{
	struct control_request good = for_other(SIGKILL), r;
	char longer[sizeof(good) + 1] = { 0 };

	memcpy(longer, &good, sizeof(good));
	assert_int_equal(ask_bytes(longer, sizeof(longer)), -EINVAL);
	assert_int_equal(ask_bytes(longer, sizeof(good) - 1), -EINVAL);
	r = good, r.signal = SIGSEGV;
	assert_int_equal(ask(&r), -EINVAL);
	r = good, r.signal = 0;
	assert_int_equal(ask(&r), -EINVAL);
	r = good, r.start_ns = 0;
	assert_int_equal(ask(&r), -EINVAL);
	r = good, r.what = 7;
	assert_int_equal(ask(&r), -EINVAL);
	r = good, r.pid = (uint32_t)-1; /* everybody */
	assert_int_equal(ask(&r), -EINVAL);
	r = good, r.cookie = 1;
	assert_int_equal(ask(&r), -EINVAL);
	assert_true(lives());
}

TEST_SETUP(top_helper__closes_sockets_of_its_own_network_namespace_only)
{
	struct control_request r = { .what = CONTROL_CLOSE,
				     .cookie = 1,
				     .tuple = { .family = SW_AF_INET, .local_port = 9, .netns = 1 },
				     .proto = SW_PROTO_TCP };

	assert_int_equal(ask(&r), -EXDEV);
	r.tuple.netns = 0;
	assert_int_equal(ask(&r), -EINVAL);
	r.tuple.netns = 1;
	r.cookie = 0;
	assert_int_equal(ask(&r), -EINVAL);
	r.cookie = 1;
	r.proto = SW_PROTO_RAW;
	assert_int_equal(ask(&r), -EINVAL);
}

/* A socket of ours, on any port; of TCP it listens. */
static int bound(int type, struct control_request *ret)
{
	struct sockaddr_in us = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(us), size = sizeof(ret->cookie);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	union sw_addr *a = &ret->tuple.local;

	*ret = (struct control_request){ .what = CONTROL_CLOSE, .tuple.family = SW_AF_INET };
	ret->proto = type == SOCK_STREAM ? SW_PROTO_TCP : SW_PROTO_UDP;
	assert_int_equal(bind(fd, (struct sockaddr *)&us, len), 0);
	assert_int_equal(type == SOCK_STREAM ? listen(fd, 1) : 0, 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&us, &len), 0);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &ret->cookie, &size), 0);
	assert_int_equal(netns_own(&ret->tuple.netns), 0);
	ret->tuple.local_port = ntohs(us.sin_port);
	a->b[10] = a->b[11] = 0xff;
	memcpy(a->b + 12, &us.sin_addr, 4);
	ret->tuple.remote.b[10] = ret->tuple.remote.b[11] = 0xff;
	return fd;
}

/* Both kinds, by their cookie only. */
static void close_bound(int type)
{
	struct control_request r;
	int fd = bound(type, &r), wrong, err;

	r.cookie++;
	wrong = ask(&r);
	r.cookie--;
	err = ask(&r);
	if (err == -EPERM || err == -EOPNOTSUPP) {
		close(fd);
		skip();
	}
	assert_int_equal(wrong, -ENOENT);
	assert_int_equal(err, 0);
	assert_true(recv(fd, &err, sizeof(err), MSG_DONTWAIT) < 0);
	assert_int_not_equal(errno, EAGAIN);
	assert_int_equal(ask(&r), -ENOENT);
	close(fd);
}

TEST_SETUP(top_helper__closes_a_listener)
{
	close_bound(SOCK_STREAM);
}

TEST_SETUP(top_helper__closes_a_datagram_socket)
{
	close_bound(SOCK_DGRAM);
}
