// SPDX-License-Identifier: GPL-2.0-only
#include "golden_scenes.h"

static const struct holder sshd[] = { { .pid = 811, .fd = 3, .comm = "sshd" } };
static const struct holder nginx[] = { { .pid = 900, .fd = 6, .comm = "nginx" },
				       { .pid = 901, .fd = 6, .comm = "nginx" },
				       { .pid = 901, .fd = 9, .comm = "nginx" },
				       { .pid = 902, .fd = 6, .comm = "nginx, worker" } };

static const struct record_names names = { .local_host = "work-laptop",
					   .local_service = "ssh",
					   .remote_host = "files.example.org",
					   .remote_service = "http-alt",
					   .user = "alice" };

const struct scene asked[] = {
	/* list --resolve --timers: a row with both */
	{ .time_ns = START,
	  .ev = { .kind = SW_EV_SOCKET,
		  .sock.tuple = TUPLE(4, V4(10, 0, 0, 5), 22, V4(10, 0, 0, 9), 8080),
		  .sock.state = SW_TCP_ESTABLISHED,
		  .sock.have = SW_HAVE_UID,
		  .sock.uid = 1000,
		  .sock.inode = 20200,
		  OWNER(SW_OWNER_SNAPSHOT, 811, "sshd") },
	  .row.sock.have = SW_HAVE_QUEUES | SW_HAVE_TIMER,
	  .row.send_q = 36,
	  .row.timer = { .kind = SW_TIMER_ON, .ms = 1234, .retransmits = 2, .probes = 1 },
	  .holders = sshd,
	  .n_holders = COUNT(sshd),
	  .names = &names },
	/* a bind that failed: who has the address */
	{ .time_ns = START + 1000,
	  .ev = { .kind = SW_EV_BIND,
		  .sock.tuple = TUPLE(4, V4(0, 0, 0, 0), 80, V4(0, 0, 0, 0), 0),
		  .sock.state = SW_TCP_CLOSE,
		  .sock.have = SW_HAVE_UID | SW_HAVE_ACTOR,
		  OWNER(SW_OWNER_BIND, 951, "apache2"),
		  ACTOR(951, 951, "apache2"),
		  .error = 98,
		  .reason = SW_REASON_IN_USE },
	  .held_by = nginx,
	  .n_held_by = COUNT(nginx) },
	/* or what is left of a connection that had it */
	{ .time_ns = START + 2000,
	  .ev = { .kind = SW_EV_BIND,
		  .sock.tuple = TUPLE(4, V4(0, 0, 0, 0), 80, V4(0, 0, 0, 0), 0),
		  .sock.state = SW_TCP_CLOSE,
		  .sock.have = SW_HAVE_UID | SW_HAVE_ACTOR,
		  OWNER(SW_OWNER_BIND, 951, "apache2"),
		  ACTOR(951, 951, "apache2"),
		  .error = 98,
		  .reason = SW_REASON_IN_USE },
	  .blocked_ms = 41000 },
};

const size_t n_asked = COUNT(asked);
