/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of the numbers of event.h, and back. Returned strings are static. Pure. */
#ifndef SOCKWATCH_CORE_NAMES_H
#define SOCKWATCH_CORE_NAMES_H

#include <stdint.h>

/* netstat's name of a TCP state ("ESTABLISHED"); "UNKNOWN" for a number that is none. */
const char *state_name(uint8_t state);

/*
 * The state that has this name: in any case, "-" as good as "_", with ss's short forms (estab,
 * syn-recv, time-wait); 0 for a name that no state has.
 */
uint8_t state_from_name(const char *name);

/* Of enum sw_event_kind: "socket", "state", "accept", "bind", ..., "unknown". */
const char *event_kind_name(uint8_t kind);

/* Of enum recorder_act: "start", "alive", "stop", "gap", "removed", "missing", "unreadable"; NULL
 * for RECORDER_NONE. */
const char *recorder_act_name(uint8_t act);

/* Of enum sw_owner_source: "connect", "accept", "listen", "use", ..., "unknown". */
const char *owner_source_name(uint8_t source);

/* Of enum sw_timer_kind, netstat's: "off", "on", "keepalive", "timewait", "probe"; "unknown". */
const char *timer_name(uint8_t kind);

/* Of enum recorder_act: "start", "alive", "stop", "gap"; NULL for none. */
const char *recorder_act_name(uint8_t act);

struct sw_event;

/* "tcp", "udp", "raw"; "mptcp" for a subflow of an MPTCP connection. */
const char *proto_name(const struct sw_event *e);

/* The state of the event's socket; NULL for a datagram socket that is not connected. */
const char *event_state_name(const struct sw_event *e);

/* How TIME_WAIT ended: "expired" or "recycled"; NULL for every other event. */
const char *time_wait_end_name(const struct sw_event *e);

/* Of enum sw_reason: "refused", "reset_by_peer", ...; NULL for SW_REASON_NONE. */
const char *reason_name(uint8_t reason);

/* Of an errno: "ECONNREFUSED"; NULL for 0 and for a number without a name. */
const char *errno_name(int error);

#endif
