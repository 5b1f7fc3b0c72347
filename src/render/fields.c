// SPDX-License-Identifier: GPL-2.0-only
#include "render/fields.h"

#include <string.h>

#include "core/addr.h"
#include "core/family.h"
#include "core/names.h"
#include "core/record.h"
#include "core/row.h"
#include "event.h"
#include "render/conn_fields.h"
#include "render/event_fields.h"
#include "render/family_fields.h"
#include "render/nat_fields.h"
#include "render/row_fields.h"
#include "render/schema.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct record *rec(const void *record)
{
	return record;
}

static const struct sw_event *ev(const void *record)
{
	return rec(record)->ev;
}

static const struct sw_sock *sock(const void *record)
{
	return &ev(record)->sock;
}

static const struct sw_tuple *tuple(const void *record)
{
	return &sock(record)->tuple;
}

static bool set_addr(struct field_value *v, bool has, const union sw_addr *addr)
{
	if (!has)
		return false;
	v->len = addr_format(addr, v->scratch);
	v->text = v->scratch;
	return true;
}

/* Of a family without addresses of IP. */
static bool is_other(const void *r)
{
	return record_is_socket(r) && family_is_other(sock(r)->proto);
}

/* A connect through io_uring that failed: its address may be gone by then. */
static bool is_without_address(const struct sw_event *e)
{
	return e->kind == SW_EV_CONNECT && !e->sock.tuple.remote_port &&
	       addr_is_any(&e->sock.tuple.remote);
}

static bool has_remote(const struct record *r)
{
	return record_is_socket(r) && r->ev->kind != SW_EV_BIND && !is_without_address(r->ev) &&
	       (r->ev->sock.tuple.remote_port ||
		(r->ev->sock.proto == SW_PROTO_TCP && r->ev->sock.state != SW_TCP_LISTEN)) &&
	       !(r->ev->old_state == SW_TCP_LISTEN && r->ev->sock.state == SW_TCP_CLOSE);
}

static bool get_time(const void *r, struct field_value *v)
{
	return value_number(v, true, rec(r)->wall_ns);
}

static bool get_event(const void *r, struct field_value *v)
{
	return value_text(v, event_kind_name(ev(r)->kind));
}

static bool get_proto(const void *r, struct field_value *v)
{
	return record_is_socket(r) && value_text(v, proto_name(ev(r)));
}

static bool get_family(const void *r, struct field_value *v)
{
	return record_is_socket(r) && !is_other(r) &&
	       value_text(v, tuple_version(tuple(r)) == 4 ? "ipv4" : "ipv6");
}

static bool get_v4mapped(const void *r, struct field_value *v)
{
	const struct sw_tuple *t = tuple(r);

	return value_number(
		v, record_is_socket(r) && t->family == SW_AF_INET6 && tuple_version(t) == 4, 1);
}

static bool get_local_addr(const void *r, struct field_value *v)
{
	if (is_other(r))
		return family_get_addr(sock(r), true, v);
	return set_addr(v, record_is_socket(r), &tuple(r)->local);
}

static bool get_local_port(const void *r, struct field_value *v)
{
	if (is_other(r))
		return family_get_port(sock(r), true, v);
	return value_number(v, record_is_socket(r) && tuple(r)->local_port, tuple(r)->local_port);
}

static bool get_remote_addr(const void *r, struct field_value *v)
{
	if (is_other(r))
		return family_get_addr(sock(r), false, v);
	return set_addr(v, has_remote(r), &tuple(r)->remote);
}

static bool get_remote_port(const void *r, struct field_value *v)
{
	if (is_other(r))
		return family_get_port(sock(r), false, v);
	return value_number(v, has_remote(r) && tuple(r)->remote_port, tuple(r)->remote_port);
}

static bool get_scope(const void *r, struct field_value *v)
{
	const struct sw_tuple *t = tuple(r);

	return (addr_is_link_local(&t->local) || addr_is_link_local(&t->remote)) &&
	       value_text(v, rec(r)->device);
}

static bool get_v6only(const void *r, struct field_value *v)
{
	const struct sw_tuple *t = tuple(r);

	return value_number(v, record_is_socket(rec(r)) && (t->flags & SW_TUPLE_V6ONLY_KNOWN),
			    t->flags & SW_TUPLE_V6ONLY);
}

static bool get_old_state(const void *r, struct field_value *v)
{
	return ev(r)->kind == SW_EV_STATE && value_text(v, state_name(ev(r)->old_state));
}

static bool get_state(const void *r, struct field_value *v)
{
	return record_is_socket(r) && value_text(v, event_state_name(ev(r)));
}

static bool get_pid(const void *r, struct field_value *v)
{
	return value_number(v, record_has_owner(r) && sock(r)->pid, sock(r)->pid);
}

static bool get_ns_pid(const void *r, struct field_value *v)
{
	return value_number(v, record_has_owner(r) && ev(r)->ns_pid, ev(r)->ns_pid);
}

static bool get_comm(const void *r, struct field_value *v)
{
	return value_comm(v, record_has_owner(r), sock(r)->comm);
}

static bool get_uid(const void *r, struct field_value *v)
{
	return value_number(v, sock(r)->have & SW_HAVE_UID, sock(r)->uid);
}

static bool get_owner_source(const void *r, struct field_value *v)
{
	return record_is_socket(r) && value_text(v, owner_source_name(sock(r)->owner_source));
}

static bool get_owners(const void *r, struct field_value *v)
{
	if (conn_get_owners(r, v))
		return true;
	return value_holders(v, rec(r)->holders, rec(r)->n_holders);
}

static bool get_cookie(const void *r, struct field_value *v)
{
	return value_number(v, sock(r)->cookie, sock(r)->cookie);
}

static bool get_inode(const void *r, struct field_value *v)
{
	return value_number(v, sock(r)->inode, sock(r)->inode);
}

static bool get_netns(const void *r, struct field_value *v)
{
	return value_number(v, record_is_socket(r) && tuple(r)->netns, tuple(r)->netns);
}

static bool get_cgroup_id(const void *r, struct field_value *v)
{
	return value_number(v, sock(r)->owner_cgroup, sock(r)->owner_cgroup);
}

static bool get_socket_cgroup_id(const void *r, struct field_value *v)
{
	const struct sw_sock *s = sock(r);

	return value_number(v, s->cgroup_id && s->cgroup_id != s->owner_cgroup, s->cgroup_id);
}

static bool get_start_time(const void *r, struct field_value *v)
{
	return value_number(v, rec(r)->start_wall_ns, rec(r)->start_wall_ns);
}

static bool has_bytes(const struct record *r)
{
	return r->ev->sock.have & (SW_HAVE_COUNTERS | SW_HAVE_DATAGRAMS);
}

static bool get_bytes_sent(const void *r, struct field_value *v)
{
	return value_number(v, has_bytes(r), sock(r)->bytes_sent);
}

static bool get_bytes_received(const void *r, struct field_value *v)
{
	return value_number(v, has_bytes(r), sock(r)->bytes_received);
}

/* Of a connection at its end, or of a row that more is told of. */
static bool get_segments_sent(const void *r, struct field_value *v)
{
	return rec(r)->conn ? conn_get_segments_sent(r, v) : info_get_member(r, v);
}

static bool get_segments_received(const void *r, struct field_value *v)
{
	return rec(r)->conn ? conn_get_segments_received(r, v) : info_get_member(r, v);
}

static bool get_retransmits(const void *r, struct field_value *v)
{
	return value_number(v, sock(r)->have & SW_HAVE_COUNTERS, sock(r)->retransmits);
}

static bool get_srtt_us(const void *r, struct field_value *v)
{
	return value_number(v, (sock(r)->have & SW_HAVE_COUNTERS) && sock(r)->srtt_us,
			    sock(r)->srtt_us);
}

static bool get_reason(const void *r, struct field_value *v)
{
	if (rec(r)->not_sent)
		return value_text(v, "not_sent");
	return value_text(v, reason_name(ev(r)->reason));
}

static bool get_error(const void *r, struct field_value *v)
{
	return value_text(v, errno_name(ev(r)->error));
}

static bool get_text(const void *r, struct field_value *v)
{
	const char *text;

	memcpy(&text, (const char *)r + v->field->at, sizeof(text));
	return value_text(v, text);
}

/* One of its names; of the other side only where there is one. */
static bool get_name(const void *r, struct field_value *v)
{
	return rec(r)->names && get_text(rec(r)->names, v);
}

static bool get_remote_name(const void *r, struct field_value *v)
{
	return get_name(r, v) && has_remote(r);
}

/* Fields are only ever added. */
static const struct field fields[] = {
	{ KEY("time", TIME, get_time, "When: RFC 3339, UTC, nanoseconds") },
	{ KEY("event", WORD, get_event, "What happened") },
	{ KEY("proto", WORD, get_proto, "The protocol") },
	{ KEY("family", WORD, get_family, "Its version of IP: ipv4 or ipv6") },
	{ KEY("v4mapped", BOOL, get_v4mapped, "True for an IPv4 connection of an IPv6 socket") },
	{ KEY("local_addr", WORD, get_local_addr, "The address of this side") },
	{ KEY("local_port", NUMBER, get_local_port, "The port of this side") },
	{ KEY("remote_addr", WORD, get_remote_addr, "The address of the other side") },
	{ KEY("remote_port", NUMBER, get_remote_port, "The port of the other side") },
	{ KEY("scope", FOREIGN, get_scope,
	      "Of a link-local address: the interface whose link it is on") },
	{ KEY("device", FOREIGN, get_text,
	      "The interface that the socket is bound to: its name, or its index"),
	  FIELD_AT(struct record, device) },
	{ KEY("v6only", BOOL, get_v6only,
	      "Of a socket bound to all addresses of IPv6: whether it takes no IPv4") },
	{ KEY("old_state", WORD, get_old_state, "The state that a transition left") },
	{ KEY("state", WORD, get_state, "The state, by netstat's name") },
	{ KEY("pid", NUMBER, get_pid, "The owner's process number") },
	{ KEY("comm", FOREIGN, get_comm, "The owner's name") },
	{ KEY("uid", NUMBER, get_uid, "The user of the socket") },
	{ KEY("ns_pid", NUMBER, get_ns_pid,
	      "The owner's number inside its own PID namespace, when that is another one") },
	{ KEY("owner_source", WORD, get_owner_source, "How the owner is known") },
	{ KEY("owners", HOLDERS, get_owners,
	      "Rows: all that hold it, the oldest first; of a connection all that owned it") },
	{ KEY("actor_pid", NUMBER, event_get_actor_pid,
	      "The task that drove this change by a system call: its process") },
	{ KEY("actor_tid", NUMBER, event_get_actor_tid, "The task's own number") },
	{ KEY("actor_comm", FOREIGN, event_get_actor_comm, "The task's name") },
	{ KEY("cookie", NUMBER, get_cookie,
	      "The kernel's number for the socket, which no other gets") },
	{ KEY("inode", NUMBER, get_inode, "The socket's inode") },
	{ KEY("mptcp_token", NUMBER, event_get_mptcp_token,
	      "Of a subflow: the token of its MPTCP connection") },
	{ KEY("parent_inode", NUMBER, event_get_parent_inode,
	      "Of a subflow: the inode of the socket that the process holds") },
	{ KEY("netns", NUMBER, get_netns, "The network namespace, by its inode") },
	{ KEY("netns_name", FOREIGN, get_text, "The name of the network namespace"),
	  FIELD_AT(struct record, netns_name) },
	{ KEY("cgroup_id", NUMBER, get_cgroup_id, "The cgroup of the owner (v2)") },
	{ KEY("cgroup", FOREIGN, get_text, "The path of the owner's cgroup"),
	  FIELD_AT(struct record, cgroup) },
	{ KEY("container", FOREIGN, get_text,
	      "The innermost container that the path names: its id or name"),
	  FIELD_AT(struct record, container) },
	{ KEY("runtime", WORD, get_text, "What made the container"),
	  FIELD_AT(struct record, runtime) },
	{ KEY("pod", WORD, get_text, "The pod: its uid in Kubernetes, its id in Podman"),
	  FIELD_AT(struct record, pod) },
	{ KEY("unit", FOREIGN, get_text, "The unit of systemd; in a container, the one within it"),
	  FIELD_AT(struct record, unit) },
	{ KEY("exe", FOREIGN, get_text, "The executable of the owner's process"),
	  FIELD_AT(struct record, exe) },
	{ KEY("cmdline", FOREIGN, get_text, "The command line of the owner's process"),
	  FIELD_AT(struct record, cmdline) },
	{ KEY("start_time", START, get_start_time, "When the owner's process was started") },
	{ KEY("recv_q", NUMBER, row_get_recv_q,
	      "Rows: bytes that were not read yet; of a listener, connections that wait for "
	      "accept") },
	{ KEY("send_q", NUMBER, row_get_send_q,
	      "Rows: bytes that were not acknowledged yet; of a listener, how many may wait") },
	{ KEY("backlog", NUMBER, row_get_member, "Rows of listeners: how many may wait for accept"),
	  OF_ROW(send_q, SW_HAVE_BACKLOG) },
	{ KEY("backlog_full", BOOL, row_get_backlog_full,
	      "True for a listener with more than that: it takes no connections now") },
	{ KEY("drops", NUMBER, row_get_member,
	      "Rows: datagrams that were dropped; of a listener, connections"),
	  OF_ROW(drops, SW_HAVE_DROPS) },
	{ KEY("mark", NUMBER, row_get_member, "Rows: the mark of its packets (SO_MARK)"),
	  OF_ROW(mark, SW_HAVE_MARK) },
	{ KEY("priority", NUMBER, row_get_member,
	      "Rows: the priority of its packets (SO_PRIORITY)"),
	  OF_ROW(priority, SW_HAVE_MARK) },
	{ KEY("age_us", NUMBER, event_get_age_us,
	      "Microseconds since the socket was born, as far as they were seen") },
	{ KEY("state_us", NUMBER, event_get_state_us,
	      "Microseconds in the old state, as far as they were seen") },
	{ KEY("connect_us", NUMBER, conn_get_connect_us,
	      "Microseconds from its SYN to ESTABLISHED, of a connection that this side began") },
	{ KEY("bytes_sent", NUMBER, get_bytes_sent, "Bytes sent, those that were sent again too") },
	{ KEY("bytes_received", NUMBER, get_bytes_received, "Bytes received") },
	{ KEY("datagrams_sent", NUMBER, event_get_datagrams_sent,
	      "Datagrams sent, where the kernel tells") },
	{ KEY("datagrams_received", NUMBER, event_get_datagrams_received,
	      "Datagrams received, where the kernel tells") },
	{ KEY("segments_sent", NUMBER, get_segments_sent, "Segments sent, of a connection"),
	  OF_INFO(segments_sent, TCP) },
	{ KEY("segments_received", NUMBER, get_segments_received,
	      "Segments received, of a connection"),
	  OF_INFO(segments_received, TCP) },
	{ KEY("retransmits", NUMBER, get_retransmits, "Segments that were sent again") },
	{ KEY("srtt_us", NUMBER, get_srtt_us, "The smoothed round-trip time in microseconds") },
	{ KEY("direction", WORD, conn_get_direction,
	      "Which way: out or in of a connection, sent or received of a first datagram") },
	{ KEY("start", START, conn_get_start, "When a connection began") },
	{ KEY("end", START, conn_get_end, "When it ended for this side") },
	{ KEY("duration_us", NUMBER, conn_get_duration_us, "Microseconds from start to end") },
	{ KEY("history", WORD, conn_get_history, "The states it went through, a letter each") },
	{ KEY("final", BOOL, conn_get_final, "True: the connection has ended; false: so far") },
	{ KEY("started_before", BOOL, conn_get_started_before,
	      "True of a connection that was there before the recorder") },
	{ KEY("owners_left_out", NUMBER, conn_get_owners_left_out,
	      "How often an owner was left out of owners") },
	{ KEY("time_wait", WORD, event_get_time_wait, "How TIME_WAIT ended: expired or recycled") },
	{ KEY("reason", WORD, get_reason, "Why it failed, or ended other than orderly") },
	{ KEY("error", WORD, get_error, "The name of the socket's errno, or of the call's") },
	{ KEY("lost", NUMBER, event_get_lost, "Events lost since the last such report") },
	{ KEY("recorder", WORD, event_get_recorder,
	      "What became of the recorder: start, alive, stop; gap: nothing was recorded; "
	      "removed, missing, unreadable: it was, and is not there") },
	{ KEY("from", START, event_get_from, "Of a gap, and of what was lost: since when") },
	{ KEY("to", START, event_get_to, "Likewise: until when") },
	{ KEY("timer", WORD, row_get_timer,
	      "The timer that runs: off, on, keepalive, timewait or probe") },
	{ KEY("timer_ms", NUMBER, row_get_timer_ms, "Milliseconds until the timer is over") },
	{ KEY("timer_retransmits", NUMBER, row_get_timer_retransmits,
	      "How often it was sent again without an answer") },
	{ KEY("timer_probes", NUMBER, row_get_timer_probes, "Probes without an answer") },
	{ KEY("congestion", FOREIGN, info_get_congestion,
	      "Rows: the algorithm of congestion control") },
	OF_WAY(rttvar_us, rttvar_us, "Rows: how much the round-trip time varies, in microseconds"),
	{ KEY("min_rtt_us", NUMBER, info_get_min_rtt,
	      "Rows: the least round-trip time of late, in microseconds"),
	  OF_INFO(min_rtt_us, TCP) },
	OF_WAY(cwnd, cwnd, "Rows: the congestion window, in segments"),
	{ KEY("ssthresh", NUMBER, info_get_ssthresh, "Rows: where slow start ends, in segments"),
	  OF_INFO(ssthresh, TCP) },
	OF_WAY(mss, mss, "Rows: bytes of a segment that is sent"),
	OF_WAY(pmtu, pmtu, "Rows: bytes of a packet on the way"),
	OF_WAY(bytes_acked, bytes_acked, "Rows: bytes that were acknowledged"),
	OF_WAY(bytes_retransmitted, bytes_retransmitted, "Rows: bytes that were sent again"),
	OF_WAY(unacked, unacked, "Rows: segments that were not acknowledged yet"),
	OF_WAY(retransmitting, retransmitting, "Rows: those of them that were sent again"),
	OF_WAY(lost_segments, lost, "Rows: those that are taken for lost"),
	OF_WAY(sacked, sacked, "Rows: those that came out of order"),
	OF_MEMORY(mem_received, rmem, "Rows: memory of what was received"),
	OF_MEMORY(mem_receive_limit, rcvbuf, "Rows: how much that may be (SO_RCVBUF)"),
	OF_MEMORY(mem_sent, wmem, "Rows: memory of what is on its way"),
	OF_MEMORY(mem_send_limit, sndbuf, "Rows: how much may be queued (SO_SNDBUF)"),
	OF_MEMORY(mem_forward, forward, "Rows: memory that is kept in advance"),
	OF_MEMORY(mem_queued, wmem_queued, "Rows: memory of what is to be sent"),
	OF_MEMORY(mem_options, optmem, "Rows: memory of options and filters"),
	OF_MEMORY(mem_backlog, backlog, "Rows: memory of what waits while the socket is locked"),
	{ KEY("held_by", HOLDERS, event_get_held_by,
	      "The processes that have the address which a bind did not get") },
	{ KEY("blocked_ms", NUMBER, event_get_blocked_ms,
	      "Milliseconds for which TIME_WAIT has the address") },
	{ KEY("type", WORD, family_get_type,
	      "Of packet, netlink, vsock, tipc and xdp: stream, dgram, seqpacket, raw") },
	{ KEY("protocol", WORD, family_get_protocol,
	      "Of packet and netlink: the protocol that it takes") },
	{ KEY("promiscuous", BOOL, family_get_promiscuous,
	      "True for a packet socket that has asked for all that its interface sees") },
	{ KEY("groups", NUMBER, family_get_groups,
	      "Of netlink: the groups that it listens to, a bit each of the first 32") },
	{ KEY("queue", NUMBER, family_get_queue, "Of xdp: the queue of its interface") },
	{ KEY("ppid", NUMBER, event_get_ppid, "The parent of the owner's process") },
	{ KEY("parent_comm", FOREIGN, get_text, "The name of the parent"),
	  FIELD_AT(struct record, parent_comm) },
	{ KEY("login_uid", NUMBER, event_get_login_uid,
	      "The user who logged in and whose session the owner belongs to") },
	{ KEY("socket_cgroup_id", NUMBER, get_socket_cgroup_id,
	      "The cgroup of the socket itself, where that is not the owner's") },
	{ KEY("socket_cgroup", FOREIGN, get_text, "The path of the socket's cgroup, likewise"),
	  FIELD_AT(struct record, socket_cgroup) },
	{ KEY("containers", FOREIGN, get_text,
	      "Of containers in containers: all, from the outermost, with a slash between"),
	  FIELD_AT(struct record, containers) },
	{ KEY("user_unit", FOREIGN, get_text, "The unit of the user's manager that unit is"),
	  FIELD_AT(struct record, user_unit) },
	{ KEY("container_name", FOREIGN, get_text,
	      "What its engine calls the container, by the files that it keeps"),
	  FIELD_AT(struct record, container_name) },
	{ KEY("container_image", FOREIGN, get_text, "The image of the container, likewise"),
	  FIELD_AT(struct record, container_image) },
	{ KEY("pod_name", FOREIGN, get_text, "The name of the pod, likewise"),
	  FIELD_AT(struct record, pod_name) },
	{ KEY("pod_namespace", FOREIGN, get_text, "The namespace of the pod, likewise"),
	  FIELD_AT(struct record, pod_namespace) },
	{ KEY("community_id", WORD, event_get_community_id,
	      "With -e: the Community ID of the connection, version 1") },
	{ KEY("nat", ENDS, nat_get, "With --nat: both ends as they are on the other side of NAT") },
	{ KEY("container_labels", JSON, get_text, "With -e: the labels of the container"),
	  FIELD_AT(struct record, container_labels) },
	{ KEY("host", FOREIGN, get_text, "Of what was recorded: the machine"),
	  FIELD_AT(struct record, host) },
	{ KEY("boot", FOREIGN, get_text, "Likewise: the boot id of that machine then"),
	  FIELD_AT(struct record, boot) },
	{ KEY("local_name", FOREIGN, get_name, "The name of the address of this side"),
	  FIELD_AT(struct record_names, local_host) },
	{ KEY("local_service", FOREIGN, get_name, "The name of the port of this side"),
	  FIELD_AT(struct record_names, local_service) },
	{ KEY("remote_name", FOREIGN, get_remote_name, "The name of the address of the other side"),
	  FIELD_AT(struct record_names, remote_host) },
	{ KEY("remote_service", FOREIGN, get_remote_name, "The name of the port of the other side"),
	  FIELD_AT(struct record_names, remote_service) },
	{ KEY("user", FOREIGN, get_name, "The name of the user"),
	  FIELD_AT(struct record_names, user) },
	OF_PEER(host, "With --peer: the machine at the other end, of a fleet"),
	{ KEY("peer_pid", NUMBER, conn_get_peer_pid, "Likewise: the process, as there") },
	{ KEY("peer_comm", FOREIGN, conn_get_peer_comm, "Its name") },
	{ KEY("peer_uid", NUMBER, conn_get_peer_uid, "The user of its socket") },
	OF_PEER(exe, "Its executable"),
	OF_PEER(unit, "Its unit of systemd"),
	OF_PEER(container, "Its container"),
	OF_PEER(container_name, "What its engine calls that"),
	OF_PEER(pod_name, "The name of its pod"),
};

const struct schema record_schema = { "Keys of sockets", fields, COUNT(fields) };
const size_t first_name_field = COUNT(fields) - CONN_PEER_FIELDS - 5;
const size_t end_name_field = COUNT(fields) - CONN_PEER_FIELDS;
