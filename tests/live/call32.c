// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes the system calls of a 32-bit program, as any program on x86-64 may (int $0x80).
 *
 *   call32 direct        by a number for each: bind, listen, accept4, connect
 *   call32 socketcall    by the one number for all of them
 *
 * Binds and listens, says its port, accepts one connection; then a bind that finds the port taken,
 * a connect that finds no route, a listen without a bind, and calls whose numbers are those of
 * accept, bind, connect and listen in the 64-bit table. Says "done", and waits for a line. Exit
 * status 77: there is no such thing here.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define NOT_HERE 77

#ifdef __x86_64__

enum call { BIND, CONNECT, LISTEN, ACCEPT4 };

/* What the kernel is to find below 4 GiB. */
struct low {
	uint32_t args[4];
	struct sockaddr_in addr;
};

static struct low *low;
static bool by_socketcall;

/* Also with what a 64-bit call would have its arguments in: rdi, rsi. */
static long call_32(long nr, long bx, long cx, long dx, long di, long si)
{
	register long rbx __asm__("rbx") = bx;
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(nr), "r"(rbx), "c"(cx), "d"(dx), "D"(di), "S"(si)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int32_t)result;
}

static uint32_t low_address(const void *p)
{
	return (uint32_t)(uintptr_t)p;
}

static long call(enum call what, uint32_t fd, uint32_t second, uint32_t third)
{
	static const long numbers[] = { 361, 362, 363, 364 }, within[] = { 2, 3, 4, 18 };

	low->args[0] = fd;
	low->args[1] = second;
	low->args[2] = third;
	low->args[3] = 0;
	if (by_socketcall)
		return call_32(102, within[what], low_address(low->args), 0, 0, 0);
	return call_32(numbers[what], fd, second, third, 0, 0);
}

static long call_addr(enum call what, int fd, const char *host, uint16_t port)
{
	low->addr = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
	inet_pton(AF_INET, host, &low->addr.sin_addr);
	return call(what, (uint32_t)fd, low_address(&low->addr), sizeof(low->addr));
}

static int tcp(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int serve(void)
{
	struct sockaddr_in mine;
	socklen_t len = sizeof(mine);
	long sock = tcp(), other = tcp();
	uint16_t port;

	if (call_addr(BIND, (int)sock, "127.0.0.1", 0) ||
	    getsockname((int)sock, (void *)&mine, &len))
		return NOT_HERE;
	port = ntohs(mine.sin_port);
	if (call(LISTEN, (uint32_t)sock, 4, 0))
		return 1;
	printf("%u\n", port);
	fflush(stdout);
	if (call(ACCEPT4, (uint32_t)sock, 0, 0) < 0)
		return 1;
	if (call_addr(BIND, (int)other, "127.0.0.1", port) != -EADDRINUSE ||
	    call_addr(CONNECT, (int)other, "192.0.2.1", 9) != -ENETUNREACH)
		return 1;
	other = tcp();
	if (call(LISTEN, (uint32_t)other, 4, 0))
		return 1;
	/* geteuid, pipe, getegid, times, keyctl: 64-bit bind, connect, listen, accept, accept4 */
	call_32(49, 0, 0, 0, sock, 0);
	call_32(42, 0, 0, 0, sock, 0);
	call_32(50, 0, 0, 0, other, 0);
	call_32(43, 0, 0, 0, sock, 0);
	call_32(288, 0, 0, 0, sock, 0);
	return 0;
}

int main(int argc, char **argv)
{
	char line[16];
	int status;

	if (argc != 2)
		return 2;
	by_socketcall = strcmp(argv[1], "socketcall") == 0;
	low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1,
		   0);
	if (low == MAP_FAILED)
		return NOT_HERE;
	status = serve();
	if (status)
		return status;
	puts("done");
	fflush(stdout);
	return fgets(line, sizeof(line), stdin) ? 0 : 1;
}

#else

int main(void)
{
	return NOT_HERE;
}

#endif
