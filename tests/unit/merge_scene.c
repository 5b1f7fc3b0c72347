// SPDX-License-Identifier: GPL-2.0-only
#include "merge_scene.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/names.h"
#include "event.h"

#define QUEUED 7

static void v4(union sw_addr *addr, uint32_t host)
{
	*addr = (union sw_addr){ 0 };
	addr->b[10] = addr->b[11] = 0xff;
	addr->b[12] = (uint8_t)(host >> 24);
	addr->b[13] = (uint8_t)(host >> 16);
	addr->b[14] = (uint8_t)(host >> 8);
	addr->b[15] = (uint8_t)host;
}

struct sw_tuple tuple_in(uint32_t netns, uint16_t local_port, uint16_t remote_port)
{
	struct sw_tuple t = { .local_port = local_port,
			      .remote_port = remote_port,
			      .family = SW_AF_INET,
			      .netns = netns };

	v4(&t.local, remote_port ? 0x0a000001 : 0);
	v4(&t.remote, remote_port ? 0x0a000002 : 0);
	return t;
}

struct sw_tuple tuple(uint16_t local_port, uint16_t remote_port)
{
	return tuple_in(1, local_port, remote_port);
}

struct sw_row tcp_row(struct sw_tuple t, uint8_t state, uint64_t inode)
{
	return (struct sw_row){ .sock.proto = SW_PROTO_TCP,
				.sock.tuple = t,
				.sock.state = state,
				.sock.inode = inode,
				.sock.have = SW_HAVE_QUEUES,
				.recv_q = QUEUED };
}

struct sw_event change(uint64_t cookie, uint64_t inode, struct sw_tuple t, uint8_t old_state,
		       uint8_t state, uint8_t first_state)
{
	return (struct sw_event){ .sock.proto = SW_PROTO_TCP,
				  .kind = SW_EV_STATE,
				  .sock.cookie = cookie,
				  .sock.inode = inode,
				  .sock.tuple = t,
				  .old_state = old_state,
				  .sock.state = state,
				  .first_state = first_state };
}

void add_row(struct snapshot *s, struct sw_row row)
{
	assert_int_equal(snapshot_add_row(s, &row), 0);
}

void add_held_row(struct snapshot *s, struct sw_row row, uint32_t pid, const char *comm)
{
	struct holder holder = { .pid = pid, .fd = 3 };

	snprintf(holder.comm, sizeof(holder.comm), "%s", comm);
	row.first_holder = (uint32_t)s->n_holders;
	row.n_holders = 1;
	row_set_owner(&row, &holder, SW_OWNER_SNAPSHOT);
	assert_int_equal(snapshot_add_holder(s, &holder), 0);
	add_row(s, row);
}

void merge(struct snapshot *s, struct sw_event *events, size_t n)
{
	assert_int_equal(merge_snapshot(s, events, n), 0);
}

/* --- a whole scene -----------------------------------------------------------------------------
 */

#define WORDS_MAX 8
#define EVENTS_MAX 8

struct scene {
	struct sw_event events[EVENTS_MAX];
	size_t n_events;
	struct snapshot snapshot;
	char want[512]; /* the lines of what should be told */
};

static uint64_t number(const char *word)
{
	char *end;
	uint64_t n = strtoull(word, &end, 10);

	if (!*word || *end)
		fail_msg("a scene: '%s' is no number", word);
	return n;
}

static uint8_t state(const char *word)
{
	uint8_t number = state_from_name(word);

	if (!number && strcmp(word, "-") != 0)
		fail_msg("a scene: '%s' is no state", word);
	return number;
}

/* The place that a word names, and the protocol, in an otherwise empty socket. */
static struct sw_sock place(const char *word)
{
	const char *slash = strchr(word, '/'), *ports = slash ? slash + 1 : word;
	bool udp = !strncmp(word, "udp/", 4), ipv6 = !strncmp(word, "ipv6/", 5);
	uint32_t netns = slash && !udp && !ipv6 ? (uint32_t)atoi(word) : 1;
	struct sw_sock sock = { .proto = udp ? SW_PROTO_UDP : SW_PROTO_TCP };
	uint16_t local, remote;

	if (sscanf(ports, "%" SCNu16 ">%" SCNu16, &local, &remote) != 2)
		fail_msg("a scene: '%s' is no place", word);
	sock.tuple = tuple_in(netns, local, remote);
	if (ipv6)
		sock.tuple.family = SW_AF_INET6;
	return sock;
}

static void take_event(struct scene *scene, uint8_t kind, char *const words[])
{
	struct sw_event *e = &scene->events[scene->n_events++];

	assert_true(scene->n_events <= EVENTS_MAX);
	*e = (struct sw_event){ .kind = kind };
	if (kind == SW_EV_LOST)
		return;
	e->sock = place(words[3]);
	e->sock.cookie = number(words[1]);
	e->sock.inode = number(words[2]);
	e->sock.state = SW_TCP_ESTABLISHED;
	if (kind == SW_EV_ACCEPT)
		return;
	e->old_state = state(words[4]);
	e->sock.state = state(words[5]);
	e->first_state = state(words[6]);
}

static void take_row(struct scene *scene, char *const words[])
{
	struct sw_sock at = place(words[1]);
	struct sw_row row = tcp_row(at.tuple, state(words[2]), number(words[3]));

	row.sock.proto = at.proto;
	row.sock.cookie = *words[4] ? number(words[4]) : 0;
	add_row(&scene->snapshot, row);
}

static void take_line(struct scene *scene, const char *line, size_t len)
{
	char copy[128], *words[WORDS_MAX], *rest = copy;

	snprintf(copy, sizeof(copy), "%.*s", (int)len, line);
	for (size_t i = 0; i < WORDS_MAX; i++)
		words[i] = rest ? strsep(&rest, " ") : copy + strlen(copy); /* none: "" */
	if (!strcmp(words[0], "change"))
		take_event(scene, SW_EV_STATE, words);
	else if (!strcmp(words[0], "accept"))
		take_event(scene, SW_EV_ACCEPT, words);
	else if (!strcmp(words[0], "lost"))
		take_event(scene, SW_EV_LOST, words);
	else if (!strcmp(words[0], "listed"))
		take_row(scene, words);
	else if (!strcmp(words[0], "told"))
		snprintf(scene->want + strlen(scene->want),
			 sizeof(scene->want) - strlen(scene->want), "%.*s\n", (int)len, line);
	else
		fail_msg("a scene: '%s'", copy);
}

/* As a line of a scene. */
static void put_told(char *text, size_t size, const struct sw_row *row)
{
	const struct sw_sock *k = &row->sock;
	size_t len = strlen(text);
	char netns[16] = "";
	bool listed = k->have & SW_HAVE_QUEUES && row->recv_q == QUEUED;

	if (k->tuple.netns != 1)
		snprintf(netns, sizeof(netns), "%u/", k->tuple.netns);
	snprintf(text + len, size - len, "told %s%s%s%u>%u %s %" PRIu64 "%s\n", netns,
		 k->proto == SW_PROTO_UDP ? "udp/" : "",
		 k->tuple.family == SW_AF_INET6 ? "ipv6/" : "", k->tuple.local_port,
		 k->tuple.remote_port, state_name(k->state), (uint64_t)k->inode,
		 listed ? "" : " unlisted");
}

void merge_check(const char *text)
{
	struct scene scene = { 0 };
	char told[512] = "";

	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		take_line(&scene, line, strcspn(line, "\n"));
	merge(&scene.snapshot, scene.events, scene.n_events);
	for (size_t i = 0; i < scene.snapshot.n_rows; i++)
		put_told(told, sizeof(told), &scene.snapshot.rows[i]);
	if (strcmp(told, scene.want) != 0)
		fail_msg("it told\n%sit should\n%s", told, scene.want);
	snapshot_free(&scene.snapshot);
}
