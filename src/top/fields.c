// SPDX-License-Identifier: GPL-2.0-only
#include "top/fields.h"

#include <string.h>

#include "core/addr.h"
#include "core/connection.h"
#include "core/names.h"
#include "core/record.h"
#include "render/schema.h"
#include "top/board.h"
#include "top/columns.h"
#include "top/entries.h"

/* What a line is of. */
struct told {
	const struct board *b; /* borrowed, as the next; NULL in that of a frame */
	const struct top_row *row;
	enum top_kind kind;
	uint64_t now_ns;
};

static const struct told *of(const void *object)
{
	return object;
}

static const struct board_entry *entry(const void *o)
{
	return of(o)->row->entry;
}

static const struct top_group *group(const void *o)
{
	return of(o)->row->group;
}

static const struct board_failure *failure(const void *o)
{
	return of(o)->row->failure;
}

/* Of a group that of one of its sockets. */
static const struct sw_sock *sock(const void *o)
{
	if (failure(o))
		return &failure(o)->sock;
	return entry(o) ? &entry(o)->sock : &group(o)->any->sock;
}

static uint32_t place(const void *o)
{
	if (failure(o))
		return failure(o)->place;
	return entry(o) ? entry(o)->place : group(o)->any->place;
}

/* --- a frame ---------------------------------------------------------------------------------- */

static struct board_sample last(const void *o)
{
	return board_last(of(o)->b);
}

static bool get_time(const void *o, struct field_value *v)
{
	return value_number(v, true, of(o)->b->page_wall_ns);
}

/* Of a moment of the past there is one page, which knows no states and no interval. */
static bool is_now(const void *o)
{
	return of(o)->b->n_samples;
}

static bool get_interval(const void *o, struct field_value *v)
{
	return value_number(v, is_now(o), last(o).interval_ns / 1000);
}

static uint64_t rate(const void *o, uint64_t amount)
{
	return board_rate(of(o)->b, amount);
}

static bool get_all_sent(const void *o, struct field_value *v)
{
	return value_number(v, is_now(o), rate(o, last(o).sent));
}

static bool get_all_received(const void *o, struct field_value *v)
{
	return value_number(v, is_now(o), rate(o, last(o).received));
}

static bool get_opened(const void *o, struct field_value *v)
{
	return value_number(v, is_now(o), last(o).opened);
}

static bool get_closed(const void *o, struct field_value *v)
{
	return value_number(v, is_now(o), last(o).closed);
}

static bool get_all_failed(const void *o, struct field_value *v)
{
	return value_number(v, is_now(o), last(o).failed);
}

static bool get_tcp(const void *o, struct field_value *v)
{
	return value_number(v, true, of(o)->b->counts.tcp);
}

static bool get_all_established(const void *o, struct field_value *v)
{
	return value_number(v, is_now(o), of(o)->b->counts.established);
}

static bool get_all_close_wait(const void *o, struct field_value *v)
{
	return value_number(v, is_now(o), of(o)->b->counts.close_wait);
}

static bool get_time_wait(const void *o, struct field_value *v)
{
	return value_number(v, is_now(o), of(o)->b->counts.time_wait);
}

static bool get_all_listen(const void *o, struct field_value *v)
{
	return value_number(v, true, of(o)->b->counts.listen);
}

static bool get_udp(const void *o, struct field_value *v)
{
	return value_number(v, true, of(o)->b->counts.udp);
}

static bool get_traced(const void *o, struct field_value *v)
{
	return value_number(v, true, of(o)->b->traced);
}

static bool get_lost(const void *o, struct field_value *v)
{
	return value_number(v, true, of(o)->b->lost);
}

static bool get_left_out(const void *o, struct field_value *v)
{
	return value_number(v, true, of(o)->b->no_room + of(o)->b->cut);
}

static const struct field frame_fields[] = {
	{ KEY("time", TIME, get_time, "When the sockets were read") },
	{ KEY("event", WORD, field_word, "Always"), .word = "frame" },
	{ KEY("interval_us", NUMBER, get_interval, "Since the frame before") },
	{ KEY("sent_rate", NUMBER, get_all_sent, "Bytes a second") },
	{ KEY("received_rate", NUMBER, get_all_received, "Bytes a second") },
	{ KEY("opened", NUMBER, get_opened, "Connections that began") },
	{ KEY("closed", NUMBER, get_closed, "Connections that ended") },
	{ KEY("failed", NUMBER, get_all_failed, "What failed") },
	{ KEY("tcp", NUMBER, get_tcp, "Connections of TCP") },
	{ KEY("established", NUMBER, get_all_established, "Of these") },
	{ KEY("close_wait", NUMBER, get_all_close_wait, "Of these") },
	{ KEY("time_wait", NUMBER, get_time_wait, "Of these") },
	{ KEY("listening", NUMBER, get_all_listen, "Listeners of TCP") },
	{ KEY("udp", NUMBER, get_udp, "Sockets of UDP") },
	{ KEY("traced", BOOL, get_traced, "Whether connections are told") },
	{ KEY("lost", NUMBER, get_lost, "Connections that could not be told") },
	{ KEY("left_out", NUMBER, get_left_out, "What had no room") },
};

const struct schema frame_schema = { "Keys of frames", frame_fields,
				     sizeof(frame_fields) / sizeof(frame_fields[0]) };

/* --- a row ------------------------------------------------------------------------------------ */

/* A tree has rows of three kinds. */
static enum top_kind kind_of(const void *o)
{
	if (of(o)->kind != TOP_TREE)
		return of(o)->kind;
	if (entry(o))
		return entry_listens(entry(o)) ? TOP_LISTENERS : TOP_CONNS;
	return group_kind(of(o)->kind, of(o)->row);
}

static bool get_kind(const void *o, struct field_value *v)
{
	static const char *const names[TOP_KINDS] = {
		[TOP_CONNS] = "connection",   [TOP_PROCESSES] = "process", [TOP_REMOTES] = "remote",
		[TOP_LISTENERS] = "listener", [TOP_FAILURES] = "failure",  [TOP_UNITS] = "unit"
	};

	return value_text(v, names[kind_of(o)]);
}

/* What a row is about. */
static bool is_about(const void *o, enum top_kind kind)
{
	return !group(o) || kind_of(o) == kind;
}

static bool get_proto(const void *o, struct field_value *v)
{
	const struct sw_event ev = { .sock = *sock(o) };

	return !group(o) && value_text(v, proto_name(&ev));
}

static bool get_address(struct field_value *v, const union sw_addr *a)
{
	v->len = addr_format(a, v->scratch);
	v->text = v->scratch;
	return true;
}

static bool get_local_addr(const void *o, struct field_value *v)
{
	return !group(o) && get_address(v, &sock(o)->tuple.local);
}

static bool get_local_port(const void *o, struct field_value *v)
{
	return !group(o) && value_number(v, sock(o)->tuple.local_port, sock(o)->tuple.local_port);
}

static bool get_remote_addr(const void *o, struct field_value *v)
{
	return is_about(o, TOP_REMOTES) && sock_has_peer(sock(o)) &&
	       get_address(v, &sock(o)->tuple.remote);
}

static bool get_remote_port(const void *o, struct field_value *v)
{
	return !group(o) && value_number(v, sock(o)->tuple.remote_port, sock(o)->tuple.remote_port);
}

static bool get_direction(const void *o, struct field_value *v)
{
	return entry(o) && value_text(v, direction_name(entry(o)->direction));
}

static bool get_state(const void *o, struct field_value *v)
{
	const struct sw_event ev = { .sock = *sock(o) };

	return entry(o) && value_text(v, event_state_name(&ev));
}

static bool has_owner(const void *o)
{
	return is_about(o, TOP_PROCESSES) && sock_has_process(sock(o));
}

static bool get_pid(const void *o, struct field_value *v)
{
	return value_number(v, has_owner(o) && sock(o)->pid, sock(o)->pid);
}

static bool get_comm(const void *o, struct field_value *v)
{
	return value_comm(v, has_owner(o), sock(o)->comm);
}

static bool get_place(const void *o, struct field_value *v, enum place_text which)
{
	return value_text(v, places_text(&of(o)->b->places, place(o), which));
}

static bool get_unit(const void *o, struct field_value *v)
{
	return of(o)->kind != TOP_REMOTES && get_place(o, v, PLACE_UNIT);
}

static bool get_container(const void *o, struct field_value *v)
{
	return of(o)->kind != TOP_REMOTES && get_place(o, v, PLACE_CONTAINER);
}

static bool get_exe(const void *o, struct field_value *v)
{
	return is_about(o, TOP_PROCESSES) && get_place(o, v, PLACE_EXE);
}

static bool get_netns(const void *o, struct field_value *v)
{
	return !group(o) && value_number(v, true, sock(o)->tuple.netns);
}

static bool has_counters(const void *o)
{
	return group(o) || (entry(o) && (entry(o)->sock.have & SW_HAVE_COUNTERS));
}

static bool has_rates(const void *o)
{
	return is_now(o) && (group(o) || (entry(o) && sock_has_moved(&entry(o)->sock)));
}

static bool has_totals(const void *o)
{
	return group(o) ? group(o)->has_totals : entry(o) && entry_has_totals(entry(o));
}

static bool get_sent_rate(const void *o, struct field_value *v)
{
	uint64_t n = group(o) ? group(o)->sent : entry(o) ? entry(o)->sent : 0;

	return value_number(v, has_rates(o), rate(o, n));
}

static bool get_received_rate(const void *o, struct field_value *v)
{
	uint64_t n = group(o) ? group(o)->received : entry(o) ? entry(o)->received : 0;

	return value_number(v, has_rates(o), rate(o, n));
}

static bool get_sent(const void *o, struct field_value *v)
{
	return value_number(v, has_totals(o),
			    group(o) ? group(o)->total_sent : sock(o)->bytes_sent);
}

static bool get_received(const void *o, struct field_value *v)
{
	return value_number(v, has_totals(o),
			    group(o) ? group(o)->total_received : sock(o)->bytes_received);
}

static bool get_retransmits(const void *o, struct field_value *v)
{
	return entry(o) && value_number(v, has_counters(o), sock(o)->retransmits);
}

static bool get_srtt(const void *o, struct field_value *v)
{
	const struct top_group *g = group(o);

	if (g)
		return value_number(v, g->n_rtt, g->n_rtt ? g->rtt_us / g->n_rtt : 0);
	return value_number(v, has_counters(o) && sock(o)->srtt_us, sock(o)->srtt_us);
}

static bool get_recv_q(const void *o, struct field_value *v)
{
	return entry(o) && !entry(o)->end_ns && value_number(v, true, entry(o)->recv_q);
}

static bool get_backlog(const void *o, struct field_value *v)
{
	return entry(o) && (entry(o)->sock.have & SW_HAVE_BACKLOG) &&
	       value_number(v, true, entry(o)->send_q);
}

static bool get_accept_rate(const void *o, struct field_value *v)
{
	return entry(o) && entry(o)->sock.state == SW_TCP_LISTEN &&
	       value_number(v, true, rate(o, entry(o)->accepts));
}

static bool get_age(const void *o, struct field_value *v)
{
	bool least;

	if (!entry(o))
		return false;
	v->num = entry_age(of(o)->b, entry(o), of(o)->now_ns, &least) / 1000;
	return !least;
}

static bool get_ended(const void *o, struct field_value *v)
{
	return entry(o) && value_number(v, entry(o)->end_ns, 1);
}

static bool get_reason(const void *o, struct field_value *v)
{
	uint8_t reason = failure(o) ? failure(o)->reason : entry(o) ? entry(o)->reason : 0;

	return value_text(v, reason_name(reason));
}

static bool get_error(const void *o, struct field_value *v)
{
	int32_t error = failure(o) ? failure(o)->error : entry(o) ? entry(o)->error : 0;

	return value_text(v, errno_name(error));
}

static bool get_times(const void *o, struct field_value *v)
{
	return failure(o) && value_number(v, true, failure(o)->count);
}

static bool get_conns(const void *o, struct field_value *v)
{
	return group(o) && value_number(v, true, group(o)->conns);
}

static bool get_close_wait(const void *o, struct field_value *v)
{
	return group(o) && value_number(v, !group(o)->stateless, group(o)->close_wait);
}

static bool get_listens(const void *o, struct field_value *v)
{
	return group(o) && value_number(v, true, group(o)->listens);
}

static bool get_group_ended(const void *o, struct field_value *v)
{
	return group(o) && value_number(v, true, group(o)->ended);
}

static bool get_group_failed(const void *o, struct field_value *v)
{
	return group(o) && value_number(v, true, group(o)->failed);
}

static const struct field row_fields[] = {
	{ KEY("event", WORD, get_kind, "What the row is of") },
	{ KEY("proto", WORD, get_proto, "The protocol") },
	{ KEY("local_addr", WORD, get_local_addr, "The address of this side") },
	{ KEY("local_port", NUMBER, get_local_port, "Its port") },
	{ KEY("remote_addr", WORD, get_remote_addr, "The other side") },
	{ KEY("remote_port", NUMBER, get_remote_port, "Its port") },
	{ KEY("direction", WORD, get_direction, "Which side connected") },
	{ KEY("state", WORD, get_state, "The state") },
	{ KEY("pid", NUMBER, get_pid, "The owner") },
	{ KEY("comm", FOREIGN, get_comm, "Its name") },
	{ KEY("unit", FOREIGN, get_unit, "The unit") },
	{ KEY("container", FOREIGN, get_container, "The container") },
	{ KEY("exe", FOREIGN, get_exe, "The executable") },
	{ KEY("netns", NUMBER, get_netns, "The network namespace") },
	{ KEY("sent_rate", NUMBER, get_sent_rate, "Bytes a second") },
	{ KEY("received_rate", NUMBER, get_received_rate, "Bytes a second") },
	{ KEY("bytes_sent", NUMBER, get_sent, "Bytes in all") },
	{ KEY("bytes_received", NUMBER, get_received, "Bytes in all") },
	{ KEY("retransmits", NUMBER, get_retransmits, "Segments that were sent again") },
	{ KEY("srtt_us", NUMBER, get_srtt, "The round trip") },
	{ KEY("recv_q", NUMBER, get_recv_q, "What waits to be read") },
	{ KEY("backlog", NUMBER, get_backlog, "How many may wait") },
	{ KEY("accept_rate", NUMBER, get_accept_rate, "Connections a second") },
	{ KEY("age_us", NUMBER, get_age, "Since it began") },
	{ KEY("ended", BOOL, get_ended, "It is there no more") },
	{ KEY("reason", WORD, get_reason, "Why it ended or failed") },
	{ KEY("error", WORD, get_error, "The error") },
	{ KEY("times", NUMBER, get_times, "How often it failed") },
	{ KEY("connections", NUMBER, get_conns, "Of a group") },
	{ KEY("close_wait", NUMBER, get_close_wait, "Of these") },
	{ KEY("listening", NUMBER, get_listens, "Its listeners") },
	{ KEY("closed", NUMBER, get_group_ended, "Connections that ended of late") },
	{ KEY("failed", NUMBER, get_group_failed, "Of these") },
};

const struct schema row_schema = { "Keys of rows", row_fields,
				   sizeof(row_fields) / sizeof(row_fields[0]) };

void fields_put_frame(struct buf *b, const struct board *board, const struct top_list *list,
		      enum top_kind kind, uint64_t now_ns)
{
	struct stamp_cache time = { 0 }, start = { 0 };
	struct field_times times = { STAMP_ISO, &time, &start };
	struct told told = { board, NULL, kind, now_ns };

	schema_put_json(&frame_schema, b, &told, &times);
	for (size_t i = 0; i < list->n; i++) {
		told.row = &list->rows[i];
		schema_put_json(&row_schema, b, &told, &times);
	}
}
