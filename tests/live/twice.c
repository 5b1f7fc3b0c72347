// SPDX-License-Identifier: GPL-2.0-only
/*
 * A peer behind a tun device that sends the last packet of each handshake twice, from two
 * processors at the same time.
 *
 *   twice DEVICE OUR_ADDRESS THEIR_ADDRESS PORT COUNT
 *
 * DEVICE is up and has many queues (ip tuntap add mode tun multi_queue). Connects COUNT times from
 * OUR_ADDRESS, each from another port, and says how often it was answered. Exit status 77: there
 * are no such devices here, or only one processor.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NOT_HERE 77
#define FIRST_PORT 1024
#define ANSWER_MS 2000
#define SEQUENCE 1000

struct packet {
	struct iphdr ip;
	struct tcphdr tcp;
};

/* What TCP's checksum has before its header. */
struct pseudo_header {
	struct in_addr from, to;
	uint8_t zero, protocol;
	uint16_t length;
};

struct peer {
	int queues[2];
	struct in_addr ours, theirs;
	uint16_t port;
	struct packet last; /* of a handshake */
	atomic_int round;   /* below 0: it is over */
	atomic_int sent;
};

struct sender {
	struct peer *peer;
	int number;
};

static uint32_t add(uint32_t sum, const void *data, size_t size)
{
	uint16_t word;

	for (size_t i = 0; i < size; i += sizeof(word)) {
		memcpy(&word, (const char *)data + i, sizeof(word));
		sum += word;
	}
	return sum;
}

static uint16_t checksum(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static struct packet packet_of(const struct peer *p, uint16_t from, bool syn, uint32_t ack)
{
	struct packet packet = { 0 };
	struct pseudo_header pseudo = { .from = p->ours,
					.to = p->theirs,
					.protocol = IPPROTO_TCP,
					.length = htons(sizeof(packet.tcp)) };

	packet.ip = (struct iphdr){ .version = 4,
				    .ihl = 5,
				    .tot_len = htons(sizeof(packet)),
				    .ttl = 64,
				    .protocol = IPPROTO_TCP,
				    .saddr = p->ours.s_addr,
				    .daddr = p->theirs.s_addr };
	packet.ip.check = checksum(add(0, &packet.ip, sizeof(packet.ip)));
	packet.tcp.source = htons(from);
	packet.tcp.dest = htons(p->port);
	packet.tcp.seq = htonl(syn ? SEQUENCE : SEQUENCE + 1);
	packet.tcp.ack_seq = htonl(ack);
	packet.tcp.doff = sizeof(packet.tcp) / 4;
	packet.tcp.syn = syn;
	packet.tcp.ack = !syn;
	packet.tcp.window = htons(65535);
	packet.tcp.check = checksum(
		add(add(0, &pseudo, sizeof(pseudo)), &packet.tcp, sizeof(packet.tcp)));
	return packet;
}

/* What the answer in one queue begins with. False: it is another packet. */
static bool read_answer(int queue, uint16_t to, uint32_t *ret_sequence)
{
	char bytes[2048];
	struct packet packet;

	if (read(queue, bytes, sizeof(bytes)) < (ssize_t)sizeof(packet))
		return false;
	memcpy(&packet, bytes, sizeof(packet));
	*ret_sequence = ntohl(packet.tcp.seq);
	return packet.ip.version == 4 && packet.tcp.syn && packet.tcp.ack &&
	       packet.tcp.dest == htons(to);
}

static bool wait_for_answer(const struct peer *p, uint16_t to, uint32_t *ret_sequence)
{
	struct pollfd fds[2] = { { .fd = p->queues[0], .events = POLLIN },
				 { .fd = p->queues[1], .events = POLLIN } };

	while (poll(fds, 2, ANSWER_MS) > 0)
		for (int i = 0; i < 2; i++)
			if (fds[i].revents && read_answer(fds[i].fd, to, ret_sequence))
				return true;
	return false;
}

static void *send_last(void *arg)
{
	const struct sender *s = arg;
	struct peer *p = s->peer;
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(s->number, &cpu);
	sched_setaffinity(0, sizeof(cpu), &cpu);
	for (int round = 1;; round++) {
		while (atomic_load(&p->round) < round)
			if (atomic_load(&p->round) < 0)
				return NULL;
		if (write(p->queues[s->number], &p->last, sizeof(p->last)) < 0)
			perror("write");
		atomic_fetch_add(&p->sent, 1);
	}
}

static bool connect_once(struct peer *p, int round)
{
	uint16_t from = (uint16_t)(FIRST_PORT + round);
	struct packet syn = packet_of(p, from, true, 0);
	uint32_t sequence;

	if (write(p->queues[0], &syn, sizeof(syn)) < 0 || !wait_for_answer(p, from, &sequence))
		return false;
	p->last = packet_of(p, from, false, sequence + 1);
	atomic_store(&p->sent, 0);
	atomic_store(&p->round, round);
	while (atomic_load(&p->sent) < 2)
		sched_yield();
	return true;
}

static int connect_all(struct peer *p, int count)
{
	struct sender senders[2] = { { p, 0 }, { p, 1 } };
	pthread_t threads[2];
	int answered = 0;

	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, send_last, &senders[i]);
	while (answered < count && connect_once(p, answered + 1))
		answered++;
	atomic_store(&p->round, -1);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return answered;
}

static bool open_queues(struct peer *p, const char *device)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
	for (int i = 0; i < 2; i++) {
		p->queues[i] = open("/dev/net/tun", O_RDWR);
		if (p->queues[i] < 0 || ioctl(p->queues[i], TUNSETIFF, &request))
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct peer p = { 0 };

	if (argc != 6 || inet_pton(AF_INET, argv[2], &p.ours) != 1 ||
	    inet_pton(AF_INET, argv[3], &p.theirs) != 1) {
		fprintf(stderr, "usage: twice DEVICE OUR_ADDRESS THEIR_ADDRESS PORT COUNT\n");
		return 2;
	}
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2 || !open_queues(&p, argv[1]))
		return NOT_HERE;
	p.port = (uint16_t)atoi(argv[4]);
	printf("%d\n", connect_all(&p, atoi(argv[5])));
	return 0;
}
