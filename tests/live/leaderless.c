/* SPDX-License-Identifier: GPL-2.0-only */
/* A process whose first thread has ended, while another listens: prints the port, ends with stdin.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *listens(void *main_thread)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int s = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(a);
	char c;

	pthread_join(*(pthread_t *)main_thread, NULL);
	if (bind(s, (void *)&a, len) || listen(s, 1) || getsockname(s, (void *)&a, &len))
		_exit(1);
	printf("%d\n", ntohs(a.sin_port));
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	_exit(0);
}

int main(void)
{
	static pthread_t self;
	pthread_t thread;

	self = pthread_self();
	if (pthread_create(&thread, NULL, listens, &self))
		return 1;
	syscall(SYS_exit, 0); /* of this thread; pthread_exit() wants libgcc_s at run time */
}
