// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connection churn on loopback: a server thread and a client in one process, one connection after
 * the other; the client closes first, so each makes the same ten transitions and one accept.
 *
 *   churn PORT COUNT [PAUSE]      COUNT 0: until it is killed; PAUSE: microseconds between two
 *   churn alone PORT COUNT        one thread is both ends: as many as one CPU can do
 *
 * Prints "ready" once it listens, and the seconds that the connections took at the end.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_in address = { .sin_family = AF_INET };

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void *serve(void *arg)
{
	int listener = *(int *)arg;
	char byte;

	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			return NULL;
		while (read(fd, &byte, 1) > 0)
			;
		close(fd);
	}
}

/* Waits for the server's FIN, so that the transitions come in one order only. */
static void one_connection(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char byte;

	if (fd < 0)
		die("socket");
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die("connect");
	shutdown(fd, SHUT_WR);
	while (read(fd, &byte, 1) > 0)
		;
	close(fd);
}

/* The same, with nobody to wait for: loopback has delivered a packet when the call returns. */
static void one_connection_alone(int listener)
{
	int server, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char byte;

	if (fd < 0)
		die("socket");
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die("connect");
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (server < 0)
		die("accept4");
	shutdown(fd, SHUT_WR);
	while (read(server, &byte, 1) > 0)
		;
	close(server);
	while (read(fd, &byte, 1) > 0)
		;
	close(fd);
}

int main(int argc, char **argv)
{
	bool alone = argc > 1 && !strcmp(argv[1], "alone");
	struct timespec start, end;
	useconds_t pause;
	pthread_t server;
	int listener, on = 1;
	long count;

	argc -= alone;
	argv += alone;
	if (argc < 3)
		return 2;
	count = atol(argv[2]);
	pause = argc > 3 ? (useconds_t)atoi(argv[3]) : 0;
	address.sin_port = htons((unsigned short)atoi(argv[1]));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 512))
		die("listen");
	if (!alone && pthread_create(&server, NULL, serve, &listener))
		die("pthread_create");
	puts("ready");
	fflush(stdout);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (long i = 0; !count || i < count; i++) {
		if (alone)
			one_connection_alone(listener);
		else
			one_connection();
		if (pause)
			usleep(pause);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%.3f\n",
	       (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9);
	/* the server has closed the last one: its FIN was read above */
	return 0;
}
