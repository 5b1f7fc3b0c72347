// SPDX-License-Identifier: GPL-2.0-only
#include "stored_gen.h"

#include <stdio.h>
#include <string.h>

#define SERVERS (GEN_PROCESSES / 20)
#define SECOND 1000000000u

/* xorshift64* */
uint64_t gen_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1du;
}

static uint32_t below(struct gen *g, uint32_t n)
{
	return (uint32_t)((gen_random(&g->random) >> 32) * n >> 32);
}

/* As large as 2^least, seldom as large as 2^most: what times and sizes look like. */
static uint64_t spread(struct gen *g, uint32_t least, uint32_t most)
{
	uint32_t bits = least + below(g, most - least + 1);

	return (UINT64_C(1) << bits) + (gen_random(&g->random) >> (64 - bits));
}

/* Some come far more often than others. */
static uint32_t skewed(struct gen *g, uint32_t n)
{
	return below(g, below(g, n) + 1);
}

static union sw_addr addr4(uint32_t host)
{
	return (union sw_addr){ .b = { [10] = 0xff,
				       [11] = 0xff,
				       [12] = (uint8_t)(host >> 24),
				       [13] = (uint8_t)(host >> 16),
				       [14] = (uint8_t)(host >> 8),
				       [15] = (uint8_t)host } };
}

static void process_begin(struct gen *g, uint32_t i)
{
	static const char *const names[] = { "nginx", "postgres", "redis-server", "sshd",   "java",
					     "node",  "python3",  "curl",	  "php-fpm" };
	static const uint16_t ports[] = { 443, 5432, 6379, 22, 8080, 3000, 80, 53, 9000 };
	struct gen_process *p = &g->processes[i];
	uint32_t kind = i % 9;

	*p = (struct gen_process){ .pid = g->next_pid, .ppid = 1 + below(g, 300) };
	g->next_pid += 1 + below(g, 30);
	p->uid = i % 5 ? 1000 + i % 7 : 0;
	p->start_ns = g->time_ns - spread(g, 20, 40);
	p->cgroup_id = 4000 + i % 60;
	p->server_port = i < SERVERS ? ports[kind] + (i / 9) * 1000u : 0;
	for (uint32_t k = 0; k < 8; k++) {
		p->peers[k] = addr4(k < 4 ? 0x7f000001 : 0x0a000000 + below(g, 64));
		p->peer_ports[k] = ports[below(g, 9)];
	}
	snprintf(p->comm, sizeof(p->comm), "%s", names[kind]);
	snprintf(p->exe, sizeof(p->exe), "/usr/sbin/%s", names[kind]);
	snprintf(p->cmdline, sizeof(p->cmdline),
		 "/usr/sbin/%s --worker %u --config /etc/%s/%u.conf", names[kind], p->pid,
		 names[kind], i % 17);
	snprintf(p->cgroup, sizeof(p->cgroup), "/system.slice/%s@%u.service", names[kind], i % 60);
	snprintf(p->unit, sizeof(p->unit), "%s@%u.service", names[kind], i % 60);
}

void gen_begin(struct gen *g, uint64_t wall_ns, uint32_t per_second)
{
	*g = (struct gen){ .random = 88172645463325252u,
			   .time_ns = UINT64_C(500000) * SECOND,
			   .cookie = 1000000,
			   .inode = 40000000,
			   .step_ns = SECOND / per_second,
			   .next_pid = 900 };
	g->wall_offset_ns = wall_ns - g->time_ns;
	for (uint32_t i = 0; i < GEN_PROCESSES; i++)
		process_begin(g, i);
}

static void set_tuple(struct gen *g, struct sw_tuple *t, const struct gen_process *p)
{
	uint16_t ephemeral = (uint16_t)(32768 + below(g, 28232));

	t->family = SW_AF_INET;
	t->netns = 4026531840;
	if (p->server_port) {
		bool near = below(g, 3);

		t->local = addr4(near ? 0x7f000001 : 0x0a000005);
		t->remote = addr4(near ? 0x7f000001 : 0x51000000 + skewed(g, 1 << 22));
		t->local_port = (uint16_t)p->server_port;
		t->remote_port = ephemeral;
	} else {
		uint32_t k = skewed(g, 8);

		t->local = addr4(k < 4 ? 0x7f000001 : 0x0a000005);
		t->remote = p->peers[k];
		t->local_port = ephemeral;
		t->remote_port = p->peer_ports[k];
	}
}

static void set_traffic(struct gen *g, struct sw_conn *c)
{
	struct sw_sock *s = &c->e.sock;

	s->bytes_sent = spread(g, 6, 14);
	s->bytes_received = spread(g, 6, 16);
	s->retransmits = below(g, 50) ? 0 : 1 + below(g, 4);
	s->srtt_us = (uint32_t)spread(g, 4, 14);
	c->segments_sent = 4 + (uint32_t)(s->bytes_sent / 1448);
	c->segments_received = 4 + (uint32_t)(s->bytes_received / 1448);
}

static void set_owner(struct gen *g, struct sw_conn *c, const struct gen_process *p)
{
	struct sw_sock *s = &c->e.sock;

	s->pid = p->pid;
	s->uid = p->uid;
	s->start_ns = p->start_ns;
	s->cgroup_id = s->owner_cgroup = p->cgroup_id;
	s->owner_source = p->server_port ? SW_OWNER_ACCEPT : SW_OWNER_CONNECT;
	memcpy(s->comm, p->comm, sizeof(s->comm));
	c->since_ns = c->e.time_ns - c->e.age_ns + (p->server_port ? spread(g, 13, 17) : 0);
	if (!p->server_port || below(g, 8))
		return;
	c->n_owners = 1; /* handed on by the one who listens */
	c->owners[0] = (struct sw_conn_owner){ .start_ns = p->start_ns - 5 * SECOND,
					       .since_ns = c->e.time_ns - c->e.age_ns,
					       .pid = p->ppid,
					       .source = SW_OWNER_INHERITED };
	memcpy(c->owners[0].comm, p->comm, sizeof(p->comm));
}

static void set_end(struct gen *g, struct sw_conn *c)
{
	bool by_task = below(g, 2);

	c->history = by_task ? 0x21456 : 0x31879;
	c->connect_us = (uint32_t)spread(g, 5, 12);
	c->e.kind = SW_EV_CONN;
	c->e.old_state = by_task ? SW_TCP_LAST_ACK : SW_TCP_FIN_WAIT2;
	c->e.sock.state = by_task ? SW_TCP_CLOSE : SW_TCP_TIME_WAIT;
	c->e.sock.proto = SW_PROTO_TCP;
	c->e.sock.have = SW_HAVE_AGE | SW_HAVE_STATE_TIME | SW_HAVE_COUNTERS | SW_HAVE_UID;
	if (below(g, 40) == 0) {
		c->e.reason = SW_REASON_RESET_BY_PEER;
		c->e.error = 104;
	}
	if (!by_task)
		return;
	c->e.sock.have |= SW_HAVE_ACTOR;
	c->e.actor_pid = c->e.sock.pid;
	c->e.actor_tid = c->e.sock.pid + (below(g, 4) ? 0 : 1 + below(g, 5));
	memcpy(c->e.actor_comm, c->e.sock.comm, SW_COMM_LEN);
}

struct record gen_next(struct gen *g)
{
	bool serves = below(g, 2);
	uint32_t i = serves ? skewed(g, SERVERS) : SERVERS + skewed(g, GEN_PROCESSES - SERVERS);
	const struct gen_process *p = &g->processes[i];
	struct sw_conn *c = &g->conn;

	if (!serves && below(g, 100) == 0)
		process_begin(g, i); /* a short-lived one */
	memset(c, 0, sizeof(*c));
	g->time_ns += g->step_ns / 2 + below(g, (uint32_t)g->step_ns + 1);
	c->e.time_ns = g->time_ns;
	c->e.age_ns = spread(g, 17, 33);
	c->e.state_ns = spread(g, 12, 20);
	c->e.sock.cookie = g->cookie += 1 + below(g, 3);
	c->e.sock.inode = g->inode += 1 + below(g, 200);
	set_tuple(g, &c->e.sock.tuple, p);
	set_traffic(g, c);
	set_owner(g, c, p);
	set_end(g, c);
	return (struct record){ .ev = &c->e,
				.conn = c,
				.wall_ns = c->e.time_ns + g->wall_offset_ns,
				.cgroup = p->cgroup,
				.unit = p->unit,
				.exe = p->exe,
				.cmdline = p->cmdline,
				.parent_comm = "systemd",
				.ppid = p->ppid,
				.login_uid = p->uid,
				.has_login_uid = true,
				.start_wall_ns = p->start_ns + g->wall_offset_ns };
}
