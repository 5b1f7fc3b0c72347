// SPDX-License-Identifier: GPL-2.0-only
#include "store_scene.h"

#include <string.h>
#include <time.h>

int store_scene_make(struct store_scene *s)
{
	*s = (struct store_scene){ 0 };
	return tree_make(&s->tree);
}

int store_scene_remove(struct store_scene *s)
{
	store_scene_close(s);
	return tree_remove(&s->tree);
}

void store_scene_open(struct store_scene *s)
{
	struct writer_opts opts = { .dir = s->tree.path,
				    .max_size = 1ULL << 30,
				    .max_age_ns = 400 * 86400 * SEC,
				    .segment_size = 64 << 20 };

	if (!s->writer)
		assert_int_equal(writer_open(&opts, &s->writer), 0);
}

void store_scene_close(struct store_scene *s)
{
	writer_close(s->writer);
	s->writer = NULL;
}

/* It keeps back what is younger than a second. */
void store_scene_commit(struct store_scene *s)
{
	const struct timespec second = { .tv_sec = 1, .tv_nsec = 50000000 };

	nanosleep(&second, NULL);
	assert_int_equal(writer_tick(s->writer), 0);
}

void store_scene_put(struct store_scene *s, const struct record *rec)
{
	store_scene_open(s);
	assert_int_equal(writer_record(s->writer, rec), 0);
}

void store_scene_act(struct store_scene *s, uint64_t second, enum recorder_act act)
{
	struct sw_event e = { .kind = SW_EV_RECORDER };
	struct record rec = { .ev = &e, .wall_ns = second * SEC, .recorder = act };

	store_scene_put(s, &rec);
}

void store_scene_lost(struct store_scene *s, uint64_t since, uint64_t second, uint64_t lost)
{
	struct sw_event e = { .kind = SW_EV_LOST };
	struct record rec = {
		.ev = &e, .wall_ns = second * SEC, .lost = lost, .lost_since_ns = since * SEC
	};

	store_scene_put(s, &rec);
}

static union sw_addr v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (union sw_addr){
		.b = { [10] = 0xff, [11] = 0xff, [12] = a, [13] = b, [14] = c, [15] = d }
	};
}

struct sw_conn store_scene_curl(const char *comm, uint16_t port)
{
	struct sw_conn c = { .history = SW_TCP_SYN_SENT << 8 | SW_TCP_ESTABLISHED << 4 |
					SW_TCP_TIME_WAIT,
			     .e = { .kind = SW_EV_CONN,
				    .old_state = SW_TCP_FIN_WAIT2,
				    .age_ns = SEC / 2,
				    .sock = { .proto = SW_PROTO_TCP,
					      .state = SW_TCP_TIME_WAIT,
					      .have = SW_HAVE_AGE | SW_HAVE_COUNTERS | SW_HAVE_UID,
					      .uid = 1000,
					      .pid = 2291,
					      .owner_source = SW_OWNER_CONNECT,
					      .bytes_sent = 412,
					      .bytes_received = 8294,
					      .tuple = { .local = v4(10, 0, 0, 5),
							 .remote = v4(10, 0, 0, 9),
							 .local_port = 51514,
							 .remote_port = port,
							 .family = SW_AF_INET } } } };

	strncpy(c.e.sock.comm, comm, SW_COMM_LEN - 1);
	return c;
}

void store_scene_conn(struct store_scene *s, uint64_t second, const char *comm, uint16_t port)
{
	struct sw_conn c = store_scene_curl(comm, port);
	struct record rec = { .ev = &c.e,
			      .conn = &c,
			      .wall_ns = second * SEC,
			      .exe = "/usr/bin/curl",
			      .unit = "cron.service" };

	store_scene_put(s, &rec);
}
