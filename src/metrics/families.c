// SPDX-License-Identifier: GPL-2.0-only
#include "metrics/families.h"

#include "core/names.h"
#include "event.h"

#define US 1000ull
#define MS (1000 * US)
#define S (1000 * MS)
#define PLACE (LABEL_EXE | LABEL_UNIT)
#define PORT_TOO (PLACE | LABEL_PORT)

static const char *const connect_bounds[] = { "0.0005", "0.001", "0.005", "0.01", "0.05",
					      "0.1",	"0.5",	 "1.0",	  "5.0",  NULL };
static const uint64_t connect_bounds_ns[] = { 500 * US, MS,	  5 * MS, 10 * MS, 50 * MS,
					      100 * MS, 500 * MS, S,	  5 * S };
static const char *const duration_bounds[] = { "0.01",	"0.1",	  "1.0",     "10.0", "60.0",
					       "600.0", "3600.0", "86400.0", NULL };
static const uint64_t duration_bounds_ns[] = { 10 * MS, 100 * MS, S,	    10 * S,
					       60 * S,	600 * S,  3600 * S, 86400 * S };

static const char *proto_of(uint8_t proto)
{
	const struct sw_event e = { .sock.proto = proto };

	return proto_name(&e);
}

/* Of an end, and of a connect. */
static const char *result_of(uint8_t reason)
{
	return reason ? reason_name(reason) : "ok";
}

const struct family families[METRICS] = {
	[METRIC_SOCKETS] = { "sockwatch_sockets", "Sockets that exist, by protocol.", NULL,
			     FAMILY_GAUGE, 0, "proto", proto_of, NULL, NULL },
	[METRIC_CONNECTIONS] = { "sockwatch_connections", "TCP connections that exist, by state.",
				 NULL, FAMILY_GAUGE, PLACE, "state", state_name, NULL, NULL },
	[METRIC_LISTENERS] = { "sockwatch_listeners", "TCP sockets that listen.", NULL,
			       FAMILY_GAUGE, PORT_TOO, NULL, NULL, NULL, NULL },
	[METRIC_BACKLOG] = { "sockwatch_listen_backlog",
			     "Connections that wait to be accepted, of all listeners of a port.",
			     NULL, FAMILY_GAUGE, PORT_TOO, NULL, NULL, NULL, NULL },
	[METRIC_BACKLOG_LIMIT] = { "sockwatch_listen_backlog_limit",
				   "How many connections may wait to be accepted.", NULL,
				   FAMILY_GAUGE, PORT_TOO, NULL, NULL, NULL, NULL },
	[METRIC_CONNECTS] = { "sockwatch_connects",
			      "TCP connects that succeeded (ok) or failed, by why.", NULL,
			      FAMILY_COUNTER, PLACE, "result", result_of, NULL, NULL },
	[METRIC_ACCEPTS] = { "sockwatch_accepts", "TCP connections that were accepted.", NULL,
			     FAMILY_COUNTER, PORT_TOO, NULL, NULL, NULL, NULL },
	[METRIC_ENDED] = { "sockwatch_connections_ended",
			   "TCP connections that ended in order (ok) or were cut off, by why.",
			   NULL, FAMILY_COUNTER, PORT_TOO, "result", result_of, NULL, NULL },
	[METRIC_BIND_FAILURES] = { "sockwatch_bind_failures", "Binds that failed, by why.", NULL,
				   FAMILY_COUNTER, PLACE, "result", result_of, NULL, NULL },
	[METRIC_SENT] = { "sockwatch_sent_bytes",
			  "Bytes that connections sent, those sent again included.", "bytes",
			  FAMILY_COUNTER, PORT_TOO, "proto", proto_of, NULL, NULL },
	[METRIC_RECEIVED] = { "sockwatch_received_bytes", "Bytes that connections received.",
			      "bytes", FAMILY_COUNTER, PORT_TOO, "proto", proto_of, NULL, NULL },
	[METRIC_RETRANSMITS] = { "sockwatch_retransmits", "TCP segments that were sent again.",
				 NULL, FAMILY_COUNTER, PORT_TOO, NULL, NULL, NULL, NULL },
	[METRIC_CONNECT_TIME] = { "sockwatch_connect_seconds",
				  "From a SYN to the answer, of connects that succeeded.",
				  "seconds", FAMILY_HISTOGRAM, PLACE, NULL, NULL, connect_bounds,
				  connect_bounds_ns },
	[METRIC_DURATION] = { "sockwatch_connection_duration_seconds",
			      "How long TCP connections lasted, at their end.", "seconds",
			      FAMILY_HISTOGRAM, PLACE, NULL, NULL, duration_bounds,
			      duration_bounds_ns },
};

_Static_assert(sizeof(connect_bounds_ns) / sizeof(connect_bounds_ns[0]) <= BOUNDS_MAX, "room");
_Static_assert(sizeof(duration_bounds_ns) / sizeof(duration_bounds_ns[0]) <= BOUNDS_MAX, "room");
_Static_assert(sizeof(connect_bounds) / sizeof(connect_bounds[0]) ==
		       sizeof(connect_bounds_ns) / sizeof(connect_bounds_ns[0]) + 1,
	       "both tables");
_Static_assert(sizeof(duration_bounds) / sizeof(duration_bounds[0]) ==
		       sizeof(duration_bounds_ns) / sizeof(duration_bounds_ns[0]) + 1,
	       "both tables");

size_t family_bounds(enum family_id id)
{
	size_t n = 0;

	while (families[id].bounds && families[id].bounds[n])
		n++;
	return n;
}

/* A histogram also has +Inf, the sum and the count. */
size_t family_cost(enum family_id id)
{
	return families[id].type == FAMILY_HISTOGRAM ? family_bounds(id) + 3 : 1;
}
