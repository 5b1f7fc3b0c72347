/* SPDX-License-Identifier: GPL-2.0-only */
/* The words for the numbers of event.h, and back. Returned strings are static. */
#ifndef SOCKWATCH_CORE_NAMES_H
#define SOCKWATCH_CORE_NAMES_H

#include <stdint.h>

/* netstat's name of a TCP state ("ESTABLISHED"); "UNKNOWN" for a number that is none. */
const char *state_name(uint8_t state);

/* The state of a name in any case, "-" as good as "_", with ss's short forms (estab, syn-recv,
 * time-wait); 0 for a name that is none. */
uint8_t state_from_name(const char *name);

/* "socket", "state", "accept", "bind", ... */
const char *event_kind_name(uint8_t kind);

/* "connect", "accept", "listen", "use", ..., "unknown" */
const char *owner_source_name(uint8_t source);

/* "off", "on", "keepalive", "timewait", "probe": netstat's words for enum sw_timer_kind */
const char *timer_name(uint8_t kind);

struct sw_event;

/* "tcp", "udp"; "mptcp" for a subflow of an MPTCP connection */
const char *proto_name(const struct sw_event *e);

/* The state of the event's socket; NULL for a datagram socket that is not connected. */
const char *event_state_name(const struct sw_event *e);

/* How TIME_WAIT ended: "expired" or "recycled"; NULL for every other event. */
const char *time_wait_end_name(const struct sw_event *e);

/* "refused", "reset_by_peer", ...; NULL for SW_REASON_NONE */
const char *reason_name(uint8_t reason);

/* "ECONNREFUSED"; NULL for 0 and for numbers without a name */
const char *errno_name(int error);

#endif
