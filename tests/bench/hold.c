// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds connected loopback sockets, for programs that list sockets to list.
 *
 *   hold PROCESSES SOCKETS     SOCKETS / 2 connections, both ends of each in one of the processes
 *
 * Prints "ready" when all are connected, and ends with its children when stdin closes. The sockets
 * end by a reset, so that no TIME_WAIT stays behind.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONNECTIONS_PER_LISTENER 10000 /* well below the number of ephemeral ports */
#define LISTENERS_PER_PORT 200	       /* each on an address of its own: 127.0.0.2 and on */
#define FIRST_PORT 10000
#define PORT_TRIES 50
#define SPARE_FDS 32

static void die(const char *what)
{
	fprintf(stderr, "hold: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void allow_open_files(rlim_t count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		die("getrlimit");
	if (limit.rlim_cur >= count)
		return;
	limit.rlim_cur = count;
	if (limit.rlim_max < count)
		limit.rlim_max = count;
	if (setrlimit(RLIMIT_NOFILE, &limit)) {
		fprintf(stderr,
			"hold: a process may not have %lu open files (ulimit -n, fs.nr_open): %s\n",
			(unsigned long)count, strerror(errno));
		exit(1);
	}
}

static int new_socket(void)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)))
		die("SO_LINGER");
	return fd;
}

/* Listener number `number`, at an address and port that no other number has. */
static int listen_as(long number, struct sockaddr_in *ret_address)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = new_socket(), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 +
					(in_addr_t)(number % LISTENERS_PER_PORT));
	for (long i = 0; i < PORT_TRIES; i++) {
		long port = FIRST_PORT + number / LISTENERS_PER_PORT * PORT_TRIES + i;

		address.sin_port = htons((in_port_t)port);
		if (!bind(fd, (struct sockaddr *)&address, sizeof(address)) && !listen(fd, 16)) {
			*ret_address = address;
			return fd;
		}
		if (errno != EADDRINUSE)
			break;
	}
	die("listen");
	return -1;
}

static void connect_to(int listener, const struct sockaddr_in *address)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	int accepted;

	if (connect(new_socket(), (const struct sockaddr *)address, sizeof(*address)))
		die("connect");
	accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (accepted < 0)
		die("accept");
	if (setsockopt(accepted, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)))
		die("SO_LINGER");
}

static void make_connections(long connections, long first_listener)
{
	for (long done = 0; done < connections; done += CONNECTIONS_PER_LISTENER) {
		long batch = connections - done;
		struct sockaddr_in address;
		int listener = listen_as(first_listener++, &address);

		if (batch > CONNECTIONS_PER_LISTENER)
			batch = CONNECTIONS_PER_LISTENER;
		for (long i = 0; i < batch; i++)
			connect_to(listener, &address);
		close(listener);
	}
}

/* Tells that all is connected by a byte to `told`, and stays until nobody can write to `stop`. */
static void hold(long connections, long first_listener, int told, int stop)
{
	char byte = 0;

	make_connections(connections, first_listener);
	if (write(told, &byte, 1) != 1)
		die("write");
	close(told);
	while (read(stop, &byte, 1) > 0)
		;
	_exit(0);
}

/* Whether each of the children said that it is connected; one that dies closes its end unsaid. */
static bool all_told(int told, long processes)
{
	char bytes[512];
	ssize_t n;

	while (processes > 0 && (n = read(told, bytes, sizeof(bytes))) > 0)
		processes -= n;
	return processes == 0;
}

static void fork_children(long processes, long connections, int told[2], int stop[2])
{
	long most = (connections + processes - 1) / processes;
	long listeners = most / CONNECTIONS_PER_LISTENER + 1;

	if (listeners * processes / LISTENERS_PER_PORT * PORT_TRIES >
	    65535 - FIRST_PORT - PORT_TRIES) {
		fprintf(stderr, "hold: too many processes and sockets for the ports there are\n");
		exit(2);
	}
	allow_open_files((rlim_t)(2 * most + SPARE_FDS));
	for (long i = 0; i < processes; i++) {
		long share = connections / processes + (i < connections % processes);
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid == 0) {
			close(STDIN_FILENO);
			close(told[0]);
			close(stop[1]);
			hold(share, i * listeners, told[1], stop[0]);
		}
	}
	close(told[1]);
	close(stop[0]);
}

int main(int argc, char **argv)
{
	long processes = argc > 1 ? atol(argv[1]) : 0;
	long sockets = argc > 2 ? atol(argv[2]) : 0;
	int told[2], stop[2], status = 0;
	char byte;

	if (processes < 1 || sockets < 2) {
		fprintf(stderr, "Usage: hold PROCESSES SOCKETS\n");
		return 2;
	}
	if (pipe(told) || pipe(stop))
		die("pipe");
	fork_children(processes, sockets / 2, told, stop);
	if (all_told(told[0], processes)) {
		puts("ready");
		fflush(stdout);
		while (read(STDIN_FILENO, &byte, 1) > 0)
			;
	} else {
		fprintf(stderr, "hold: not all of %ld sockets could be made\n", sockets);
		status = 1;
	}
	close(stop[1]);
	while (wait(NULL) > 0)
		;
	return status;
}
