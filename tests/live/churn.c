// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connection churn on loopback: a server thread and a client in one process, one connection after
 * the other; the client closes first, so each makes the same ten transitions and one accept.
 *
 *   churn PORT COUNT [PAUSE]      COUNT 0: until it is killed; PAUSE: microseconds between two
 *
 * Prints "ready" once it listens, and the seconds that the connections took at the end.
 */
#include <arpa/inet.h>
#include <pthread.h>
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

int main(int argc, char **argv)
{
	long count = argc > 2 ? atol(argv[2]) : 0;
	useconds_t pause = argc > 3 ? (useconds_t)atoi(argv[3]) : 0;
	struct timespec start, end;
	pthread_t server;
	int listener, on = 1;

	if (argc < 3)
		return 2;
	address.sin_port = htons((unsigned short)atoi(argv[1]));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 512))
		die("listen");
	if (pthread_create(&server, NULL, serve, &listener))
		die("pthread_create");
	puts("ready");
	fflush(stdout);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (long i = 0; !count || i < count; i++) {
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
