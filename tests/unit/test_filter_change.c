// SPDX-License-Identifier: GPL-2.0-only
/* Which changes the user asked for: of whose, and into which states. */
#include "filter_wants.h"

#include <stdbool.h>
#include <string.h>

#include "cli/values.h"

static void want_pid(struct sw_filter *f, const char *text)
{
	assert_int_equal(value_pid(text, f), 0);
	f->on |= SW_F_PID;
}

static void want_comm(struct sw_filter *f, const char *text)
{
	assert_int_equal(value_comm(text, f), 0);
	f->on |= SW_F_COMM;
}

static void want_state(struct sw_filter *f, const char *text)
{
	assert_int_equal(value_state(text, f), 0);
	f->on |= SW_F_STATE;
}

static struct sw_event acted_by(struct sw_event e, uint32_t pid, const char *comm)
{
	e.sock.have |= SW_HAVE_ACTOR;
	e.actor_pid = pid;
	strncpy(e.actor_comm, comm, SW_COMM_LEN - 1);
	return e;
}

static enum sw_verdict comm_verdict(const struct sw_filter *f, const char *comm)
{
	return change_verdict(f, owned_by(1, comm));
}

static enum sw_verdict move_verdict(const struct sw_filter *f, uint8_t old_state, uint8_t state)
{
	struct sw_event e = { .old_state = old_state, .sock.state = state };

	return change_verdict(f, e);
}

TEST(filter__pid_matches_the_owner)
{
	struct sw_filter *f = filter();

	want_pid(f, "1234");
	want_pid(f, "5678");
	assert_int_equal(change_verdict(f, owned_by(1234, "a")), SW_PASS);
	assert_int_equal(change_verdict(f, owned_by(5678, "a")), SW_PASS);
	assert_int_equal(change_verdict(f, owned_by(12345, "a")), SW_DROP);
	assert_int_equal(change_verdict(f, owned_by(0, "a")), SW_DROP);
}

TEST(filter__pid_matches_the_actor)
{
	struct sw_filter *f = filter();

	want_pid(f, "1234");
	assert_int_equal(change_verdict(f, acted_by(owned_by(1, "a"), 1234, "b")), SW_PASS);
	assert_int_equal(change_verdict(f, acted_by(unowned(), 1234, "b")), SW_PASS);
	assert_int_equal(change_verdict(f, acted_by(owned_by(1234, "a"), 1, "b")), SW_PASS);
	assert_int_equal(change_verdict(f, acted_by(owned_by(1, "a"), 2, "b")), SW_DROP);
}

TEST(filter__actor_that_no_task_was_is_not_looked_at)
{
	struct sw_filter *f = filter();
	struct sw_event e = acted_by(owned_by(1, "a"), 1234, "b");

	want_pid(f, "1234");
	e.sock.have = 0;
	assert_int_equal(change_verdict(f, e), SW_DROP);
}

TEST(filter__unknown_owner_is_decided_later)
{
	struct sw_filter *f = filter();

	want_pid(f, "1234");
	assert_int_equal(change_verdict(f, unowned()), SW_LATER);
	assert_int_equal(change_verdict(f, acted_by(unowned(), 2, "b")), SW_LATER);
	f = filter();
	want_comm(f, "curl");
	assert_int_equal(change_verdict(f, unowned()), SW_LATER);
}

TEST(filter__unknown_owner_that_does_not_matter_is_decided_at_once)
{
	struct sw_filter *f = filter();

	want_pid(f, "1234");
	want_state(f, "CLOSE");
	assert_int_equal(change_verdict(f, unowned()), SW_DROP);
	f = filter();
	want_state(f, "ESTABLISHED");
	assert_int_equal(change_verdict(f, unowned()), SW_PASS);
}

TEST(filter__pid_and_comm_are_of_one_process)
{
	struct sw_filter *f = filter();

	want_pid(f, "1234");
	want_comm(f, "curl");
	assert_int_equal(change_verdict(f, owned_by(1234, "curl")), SW_PASS);
	assert_int_equal(change_verdict(f, owned_by(1234, "wget")), SW_DROP);
	assert_int_equal(change_verdict(f, owned_by(1, "curl")), SW_DROP);
	assert_int_equal(change_verdict(f, acted_by(owned_by(1, "init"), 1234, "curl")), SW_PASS);
	assert_int_equal(change_verdict(f, acted_by(owned_by(1, "curl"), 1234, "wget")), SW_DROP);
}

TEST(filter__last_of_the_most_pids_still_counts)
{
	struct sw_filter *f = filter();

	for (int i = 1; i < SW_FILTER_MAX; i++)
		want_pid(f, "7");
	want_pid(f, "1234");
	assert_int_equal(change_verdict(f, owned_by(1234, "a")), SW_PASS);
	assert_int_equal(change_verdict(f, owned_by(8, "a")), SW_DROP);
}

TEST(filter__cgroup_is_of_the_owner)
{
	struct sw_event e = { .kind = SW_EV_STATE,
			      .sock = { .pid = 5,
					.state = SW_TCP_ESTABLISHED,
					.have = SW_HAVE_ACTOR,
					.owner_source = SW_OWNER_USE },
			      .actor_pid = 7 };
	static struct sw_filter f;

	f = (struct sw_filter){ .on = SW_F_CGROUP };
	assert_int_equal(sw_filter_change(&f, &e), SW_DROP);
	e.sock.in_cgroups = 1;
	assert_int_equal(sw_filter_change(&f, &e), SW_PASS);
	f = (struct sw_filter){ .on = SW_F_CGROUP | SW_F_PID, .n_pids = 1, .pids = { 7 } };
	assert_int_equal(sw_filter_change(&f, &e), SW_PASS);
	e.sock.in_cgroups = 0;
	assert_int_equal(sw_filter_change(&f, &e), SW_DROP);
	e.sock.owner_source = SW_OWNER_UNKNOWN;
	assert_int_equal(sw_filter_change(&f, &e), SW_LATER);
}

TEST(filter__comm_is_exact)
{
	struct sw_filter *f = filter();

	want_comm(f, "curl");
	want_comm(f, "nc");
	assert_int_equal(comm_verdict(f, "curl"), SW_PASS);
	assert_int_equal(comm_verdict(f, "nc"), SW_PASS);
	assert_int_equal(comm_verdict(f, "curl2"), SW_DROP);
	assert_int_equal(comm_verdict(f, "cur"), SW_DROP);
	assert_int_equal(comm_verdict(f, "Curl"), SW_DROP);
	assert_int_equal(comm_verdict(f, ""), SW_DROP);
}

TEST(filter__comm_with_a_star_is_a_beginning)
{
	struct sw_filter *f = filter();

	want_comm(f, "nginx*");
	assert_int_equal(comm_verdict(f, "nginx"), SW_PASS);
	assert_int_equal(comm_verdict(f, "nginx: worker"), SW_PASS);
	assert_int_equal(comm_verdict(f, "ngin"), SW_DROP);
	assert_int_equal(comm_verdict(f, "xnginx"), SW_DROP);
	f = filter();
	want_comm(f, "*");
	assert_int_equal(comm_verdict(f, "anything"), SW_PASS);
	assert_int_equal(comm_verdict(f, ""), SW_PASS);
}

/* The kernel keeps 15 bytes of a name; a user types all of it. */
TEST(filter__long_comm_is_compared_as_far_as_the_kernel_keeps_it)
{
	struct sw_filter *f = filter();

	want_comm(f, "systemd-resolved"); /* 16 */
	assert_int_equal(comm_verdict(f, "systemd-resolve"), SW_PASS);
	assert_int_equal(comm_verdict(f, "systemd-resolv"), SW_DROP);
	f = filter();
	want_comm(f, "fifteen-letters");
	assert_int_equal(comm_verdict(f, "fifteen-letters"), SW_PASS);
	assert_int_equal(comm_verdict(f, "fifteen-letter"), SW_DROP);
	f = filter();
	want_comm(f, "systemd-resolved-of-another*");
	assert_int_equal(comm_verdict(f, "systemd-resolve"), SW_PASS);
	assert_int_equal(comm_verdict(f, "systemd-resolv"), SW_DROP);
}

TEST(filter__comm_matches_the_actor)
{
	struct sw_filter *f = filter();

	want_comm(f, "curl");
	assert_int_equal(change_verdict(f, acted_by(owned_by(1, "sh"), 2, "curl")), SW_PASS);
	assert_int_equal(change_verdict(f, acted_by(unowned(), 2, "curl")), SW_PASS);
	assert_int_equal(change_verdict(f, acted_by(owned_by(1, "sh"), 2, "wget")), SW_DROP);
}

TEST(filter__snapshot_row_goes_by_the_same_rule)
{
	struct sw_filter *f = filter();
	struct sw_event row = owned_by(1234, "sshd");

	row.kind = SW_EV_SOCKET;
	row.sock.owner_source = SW_OWNER_SNAPSHOT;
	row.old_state = 0;
	row.sock.state = SW_TCP_LISTEN;
	want_pid(f, "1234");
	want_comm(f, "ss*");
	want_state(f, "listen");
	f->on |= SW_F_LISTEN;
	assert_int_equal(change_verdict(f, row), SW_PASS);
	f->on |= SW_F_FAILED;
	assert_int_equal(change_verdict(f, row), SW_DROP);
}

TEST(filter__state_is_the_one_that_is_reached)
{
	struct sw_filter *f = filter();

	want_state(f, "established");
	want_state(f, "time-wait");
	assert_int_equal(move_verdict(f, SW_TCP_SYN_SENT, SW_TCP_ESTABLISHED), SW_PASS);
	assert_int_equal(move_verdict(f, SW_TCP_FIN_WAIT2, SW_TCP_TIME_WAIT), SW_PASS);
	assert_int_equal(move_verdict(f, SW_TCP_ESTABLISHED, SW_TCP_CLOSE), SW_DROP);
	assert_int_equal(move_verdict(f, 0, SW_TCP_ESTABLISHED), SW_PASS); /* an accept, a row */
}

TEST(filter__every_state_alone)
{
	for (uint8_t wanted = SW_TCP_ESTABLISHED; wanted <= SW_TCP_NEW_SYN_RECV; wanted++) {
		struct sw_filter *f = filter();

		f->on = SW_F_STATE;
		f->states = 1u << wanted;
		for (uint8_t s = SW_TCP_ESTABLISHED; s <= SW_TCP_NEW_SYN_RECV; s++)
			assert_int_equal(move_verdict(f, 0, s), s == wanted ? SW_PASS : SW_DROP);
	}
}

TEST(filter__syn_recv_means_request_sockets_too)
{
	struct sw_filter *f = filter();

	want_state(f, "syn-recv");
	assert_int_equal(move_verdict(f, SW_TCP_LISTEN, SW_TCP_SYN_RECV), SW_PASS);
	assert_int_equal(move_verdict(f, 0, SW_TCP_NEW_SYN_RECV), SW_PASS);
}

TEST(filter__listen_is_the_begin_and_end_of_listeners)
{
	struct sw_filter *f = filter();

	f->on = SW_F_LISTEN;
	assert_int_equal(move_verdict(f, 0, SW_TCP_LISTEN), SW_PASS);
	assert_int_equal(move_verdict(f, SW_TCP_CLOSE, SW_TCP_LISTEN), SW_PASS);
	assert_int_equal(move_verdict(f, SW_TCP_LISTEN, SW_TCP_CLOSE), SW_PASS);
	assert_int_equal(move_verdict(f, SW_TCP_ESTABLISHED, SW_TCP_CLOSE), SW_DROP);
}

TEST(filter__birth_of_a_child_is_no_listeners_event)
{
	struct sw_filter *f = filter();

	f->on = SW_F_LISTEN;
	assert_int_equal(move_verdict(f, SW_TCP_LISTEN, SW_TCP_SYN_RECV), SW_DROP);
	assert_int_equal(move_verdict(f, SW_TCP_SYN_RECV, SW_TCP_ESTABLISHED), SW_DROP);
	assert_int_equal(move_verdict(f, SW_TCP_LISTEN, SW_TCP_ESTABLISHED), SW_DROP);
}

TEST(filter__failed_is_every_end_with_a_reason)
{
	struct sw_filter *f = filter();

	f->on = SW_F_FAILED;
	for (uint8_t reason = 0; reason < SW_REASONS; reason++) {
		struct sw_event e = { .old_state = SW_TCP_SYN_SENT,
				      .sock.state = SW_TCP_CLOSE,
				      .reason = reason };

		assert_int_equal(change_verdict(f, e), reason ? SW_PASS : SW_DROP);
	}
}

TEST(filter_change__listening_datagram_sockets_are_those_without_a_peer)
{
	static const struct {
		uint8_t kind, state;
		bool wanted;
	} cases[] = {
		{ SW_EV_SOCKET, SW_TCP_CLOSE, true },	{ SW_EV_SOCKET, SW_TCP_ESTABLISHED, false },
		{ SW_EV_BIND, SW_TCP_CLOSE, true },	{ SW_EV_CLOSE, SW_TCP_CLOSE, true },
		{ SW_EV_OPEN, SW_TCP_CLOSE, false },	{ SW_EV_OPEN, SW_TCP_ESTABLISHED, false },
		{ SW_EV_CONNECT, SW_TCP_CLOSE, false },
	};
	struct sw_filter f = { .on = SW_F_LISTEN };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sw_event e = { .sock.proto = SW_PROTO_UDP,
				      .kind = cases[i].kind,
				      .sock.state = cases[i].state };

		unit_case("kind %u in state %u", e.kind, e.sock.state);
		assert_int_equal(sw_filter_change(&f, &e) == SW_PASS, cases[i].wanted);
	}
}
