// SPDX-License-Identifier: GPL-2.0-only
/*
 * The formatters alone: a recorded stream, kept in memory, goes through them into /dev/null.
 *
 *   format [EVENTS] [text|json|csv]...      2000000 events, all three
 *
 * Prints a line for each format: its name and the events per second of the best of PASSES.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/output.h"
#include "core/record.h"
#include "event.h"
#include "render/render.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define DEFAULT_EVENTS 2000000
#define PASSES 3
#define CONNECTIONS 1024 /* in the recording; then it begins anew */
#define START 1795475645123456789u
#define FIRST_PORT 32768

enum side { CLIENT, SERVER };

/* What one connection on loopback tells when the client closes first, as in tests/live/churn.c. */
static const struct step {
	uint8_t kind, old_state, state, side, owner_source;
	bool by_task; /* the change has an actor */
	uint32_t after_ns;
} steps[] = {
	{ SW_EV_STATE, SW_TCP_CLOSE, SW_TCP_SYN_SENT, CLIENT, SW_OWNER_CONNECT, true, 9000 },
	{ SW_EV_STATE, SW_TCP_LISTEN, SW_TCP_SYN_RECV, SERVER, SW_OWNER_INHERITED, false, 16000 },
	{ SW_EV_STATE, SW_TCP_SYN_SENT, SW_TCP_ESTABLISHED, CLIENT, SW_OWNER_CONNECT, false, 4000 },
	{ SW_EV_STATE, SW_TCP_SYN_RECV, SW_TCP_ESTABLISHED, SERVER, SW_OWNER_INHERITED, false,
	  5000 },
	{ SW_EV_ACCEPT, 0, SW_TCP_ESTABLISHED, SERVER, SW_OWNER_ACCEPT, true, 21000 },
	{ SW_EV_STATE, SW_TCP_ESTABLISHED, SW_TCP_FIN_WAIT1, CLIENT, SW_OWNER_CONNECT, true, 7000 },
	{ SW_EV_STATE, SW_TCP_ESTABLISHED, SW_TCP_CLOSE_WAIT, SERVER, SW_OWNER_ACCEPT, false,
	  3000 },
	{ SW_EV_STATE, SW_TCP_FIN_WAIT1, SW_TCP_FIN_WAIT2, CLIENT, SW_OWNER_CONNECT, false, 2000 },
	{ SW_EV_STATE, SW_TCP_CLOSE_WAIT, SW_TCP_LAST_ACK, SERVER, SW_OWNER_ACCEPT, true, 12000 },
	{ SW_EV_STATE, SW_TCP_FIN_WAIT2, SW_TCP_TIME_WAIT, CLIENT, SW_OWNER_CONNECT, false, 3000 },
	{ SW_EV_STATE, SW_TCP_LAST_ACK, SW_TCP_CLOSE, SERVER, SW_OWNER_ACCEPT, false, 3000 },
};

#define EVENTS (CONNECTIONS * COUNT(steps))

static struct sw_event recording[EVENTS];

/* --- the recording -----------------------------------------------------------------------------
 */

static void set_owner(struct sw_event *e, const struct step *s)
{
	e->sock.pid = s->side == CLIENT ? 21907 : 8123;
	e->sock.start_ns = 12345678901234u;
	e->sock.cgroup_id = s->side == CLIENT ? 5120 : 4242;
	strcpy(e->sock.comm, s->side == CLIENT ? "curl" : "nginx");
	if (!s->by_task)
		return;
	e->sock.have |= SW_HAVE_ACTOR;
	e->actor_pid = e->sock.pid;
	e->actor_tid = e->sock.pid + s->side;
	memcpy(e->actor_comm, e->sock.comm, SW_COMM_LEN);
}

/* Every fourth connection is of IPv6. */
static void set_tuple(struct sw_tuple *t, unsigned int connection, enum side side)
{
	uint16_t port = (uint16_t)(FIRST_PORT + connection * 7 % 28000);
	union sw_addr loopback = { .b = { [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1 } };

	if (connection % 4 == 3)
		loopback = (union sw_addr){ .b = { [15] = 1 } };
	*t = (struct sw_tuple){ .local = loopback,
				.remote = loopback,
				.local_port = side == CLIENT ? port : 8080,
				.remote_port = side == CLIENT ? 8080 : port,
				.family = connection % 4 == 3 ? SW_AF_INET6 : SW_AF_INET,
				.netns = 4026531840u };
}

static void set_counters(struct sw_event *e, unsigned int connection)
{
	e->sock.have |= SW_HAVE_UID | SW_HAVE_COUNTERS;
	e->sock.uid = 1000;
	if (e->sock.state == SW_TCP_SYN_SENT || e->sock.state == SW_TCP_SYN_RECV)
		return;
	e->sock.bytes_sent = 412 + connection;
	e->sock.bytes_received = 8294 + connection * 100;
	e->sock.srtt_us = 20 + connection % 90;
}

/* The times of one socket of a connection. */
struct clock {
	uint64_t birth_ns; /* 0: not born yet */
	uint64_t change_ns;
};

static void set_times(struct sw_event *e, struct clock *clock, uint64_t now_ns)
{
	e->time_ns = now_ns;
	if (!clock->birth_ns)
		clock->birth_ns = now_ns;
	else if (e->kind == SW_EV_STATE)
		e->sock.have |= SW_HAVE_STATE_TIME;
	e->sock.have |= SW_HAVE_AGE;
	e->age_ns = now_ns - clock->birth_ns;
	if (e->kind != SW_EV_STATE)
		return;
	e->state_ns = clock->change_ns ? now_ns - clock->change_ns : 0;
	clock->change_ns = now_ns;
}

/* Fills the recording; returns how long it lasts. */
static uint64_t record_stream(void)
{
	struct sw_event *e = recording;
	uint64_t now = 0;

	for (unsigned int c = 0; c < CONNECTIONS; c++) {
		struct clock clocks[2] = { { 0 }, { 0 } };

		for (const struct step *s = steps; s < steps + COUNT(steps); s++, e++) {
			now += s->after_ns + c % 100 * 10;
			e->kind = s->kind;
			e->sock.proto = SW_PROTO_TCP;
			e->old_state = s->old_state;
			e->sock.state = s->state;
			e->sock.owner_source = s->owner_source;
			e->sock.cookie = 1000000 + c * 2 + s->side;
			if (s->owner_source != SW_OWNER_INHERITED) /* it has a file */
				e->sock.inode = 700000 + c * 2 + s->side;
			set_times(e, &clocks[s->side], now);
			set_tuple(&e->sock.tuple, c, s->side);
			set_owner(e, s);
			set_counters(e, c);
		}
	}
	return now;
}

/* --- the replay --------------------------------------------------------------------------------
 */

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* As a stream does it, names included. Returns the events per second, or -errno. */
static double replay(const struct formatter *f, uint64_t events, uint64_t lasts_ns, int fd)
{
	struct output out = { .fd = fd };
	struct render r = { .time = f == &render_text ? STAMP_CLOCK : STAMP_ISO };
	double start = seconds_now(), seconds;
	uint64_t offset = START;
	int err;

	if (f->header)
		f->header(&r, &out.buf);
	for (uint64_t i = 0, at = 0; i < events; i++) {
		const struct sw_event *e = &recording[at];
		struct record rec = { .ev = e, .wall_ns = e->time_ns + offset };

		rec.cgroup = e->sock.cgroup_id == 4242
				     ? "/system.slice/nginx.service"
				     : "/user.slice/user-1000.slice/session-3.scope";
		rec.unit = e->sock.cgroup_id == 4242 ? "nginx.service" : "session-3.scope";
		f->record(&r, &out.buf, &rec);
		if (out.buf.len >= OUTPUT_CHUNK)
			output_flush(&out);
		if (++at == EVENTS) {
			at = 0;
			offset += lasts_ns;
		}
	}
	err = output_flush(&out);
	seconds = seconds_now() - start;
	output_free(&out);
	return err ? err : (double)events / seconds;
}

static int measure(const struct formatter *f, uint64_t events, uint64_t lasts_ns, int fd)
{
	double best = 0;

	for (int i = 0; i < PASSES; i++) {
		double rate = replay(f, events, lasts_ns, fd);

		if (rate < 0) {
			fprintf(stderr, "format: cannot write: %s\n", strerror((int)-rate));
			return 1;
		}
		best = rate > best ? rate : best;
	}
	printf("%s %.0f\n", f->name, best);
	return 0;
}

/* --- the command line --------------------------------------------------------------------------
 */

static const struct formatter *const formatters[] = { &render_text, &render_json, &render_csv };

static const struct formatter *find_formatter(const char *name)
{
	for (size_t i = 0; i < COUNT(formatters); i++)
		if (!strcmp(name, formatters[i]->name))
			return formatters[i];
	return NULL;
}

/* A number from 1 up, 0 for anything else. */
static uint64_t parse_events(const char *text)
{
	char *end;
	uint64_t n;

	if (strspn(text, "0123456789") != strlen(text))
		return 0;
	errno = 0;
	n = strtoull(text, &end, 10);
	return errno ? 0 : n;
}

static int usage(const char *word)
{
	fprintf(stderr,
		"format: \"%s\" is neither a number of events nor a format\n"
		"usage: format [EVENTS] [text|json|csv]...\n",
		word);
	return 2;
}

int main(int argc, char **argv)
{
	uint64_t events = DEFAULT_EVENTS, lasts_ns = record_stream();
	int at = 1, err = 0, fd;

	if (argc > 1 && !find_formatter(argv[1]))
		events = parse_events(argv[at++]);
	if (!events)
		return usage(argv[1]);
	for (int i = at; i < argc; i++)
		if (!find_formatter(argv[i]))
			return usage(argv[i]);
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (fd < 0) {
		perror("format: /dev/null");
		return 1;
	}
	for (size_t i = 0; at == argc && !err && i < COUNT(formatters); i++)
		err = measure(formatters[i], events, lasts_ns, fd);
	for (; at < argc && !err; at++)
		err = measure(find_formatter(argv[at]), events, lasts_ns, fd);
	close(fd);
	return err;
}
