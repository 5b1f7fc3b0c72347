// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records by the Elastic Common Schema: fields and values as elastic/ecs v8.17.0 defines them
 * (schemas/ and generated/csv/fields.csv). What it has no field for is below "sockwatch".
 */
#include "render/render.h"

#include "core/act.h"
#include "core/record.h"
#include "render/mapped.h"
#include "render/mapped_fields.h"
#include "render/schema.h"

/* What event.* says of each act. */
struct ecs_act {
	const char *category; /* JSON, as the next */
	const char *type;
};

#define NETWORK "[\"network\"]"
#define PROCESS "[\"process\"]"

static const struct ecs_act acts[ACTS] = {
	[ACT_SOCKET] = { NETWORK, "[\"info\"]" },
	[ACT_ATTEMPT] = { NETWORK, "[\"connection\",\"info\"]" },
	[ACT_OPEN] = { NETWORK, "[\"connection\",\"start\"]" },
	[ACT_CHANGE] = { NETWORK, "[\"connection\",\"info\"]" },
	[ACT_CLOSE] = { NETWORK, "[\"connection\",\"end\"]" },
	[ACT_RESET] = { NETWORK, "[\"connection\",\"end\"]" },
	[ACT_FAIL] = { NETWORK, "[\"connection\",\"end\"]" },
	[ACT_REFUSE] = { NETWORK, "[\"connection\",\"end\"]" },
	[ACT_TRAFFIC] = { NETWORK, "[\"connection\",\"info\"]" },
	[ACT_ACCEPT] = { NETWORK, "[\"connection\",\"info\"]" },
	[ACT_BIND] = { NETWORK, "[\"info\"]" },
	[ACT_LISTEN] = { NETWORK, "[\"start\"]" },
	[ACT_LISTEN_END] = { NETWORK, "[\"end\"]" },
	[ACT_RETRANSMIT] = { NETWORK, "[\"connection\",\"info\"]" },
	[ACT_LOST] = { NETWORK, "[\"info\"]" },
	[ACT_GAP] = { NETWORK, "[\"info\"]" },
	[ACT_START] = { PROCESS, "[\"start\"]" },
	[ACT_ALIVE] = { PROCESS, "[\"info\"]" },
	[ACT_STOP] = { PROCESS, "[\"end\"]" },
};

static bool get_kind(const void *r, struct field_value *v)
{
	return value_text(v, record_act(r) == ACT_SOCKET ? "state" : "event");
}

static bool get_category(const void *r, struct field_value *v)
{
	return value_text(v, acts[record_act(r)].category);
}

/* A firewall or a security module said no. */
static bool is_denied(const struct record *r)
{
	return record_outcome(r) == OUTCOME_FAILURE && r->ev->reason == SW_REASON_DENIED;
}

/* The record of a connection is that of its begin, too, where that was seen. */
static bool get_type(const void *record, struct field_value *v)
{
	const struct record *r = record;
	enum act act = record_act(r);

	if (is_denied(r))
		return value_text(v,
				  act == ACT_BIND ? "[\"denied\"]" : "[\"connection\",\"denied\"]");
	if (r->conn && (act == ACT_CLOSE || act == ACT_RESET) && (r->ev->sock.have & SW_HAVE_AGE))
		return value_text(v, "[\"connection\",\"start\",\"end\"]");
	return value_text(v, acts[act].type);
}

static bool get_action(const void *r, struct field_value *v)
{
	return value_text(v, act_name(record_act(r)));
}

static bool get_outcome(const void *r, struct field_value *v)
{
	static const char *const names[] = {
		[OUTCOME_SUCCESS] = "success", [OUTCOME_FAILURE] = "failure"
	};

	return value_text(v, names[record_outcome(r)]);
}

static bool get_direction(const void *r, struct field_value *v)
{
	static const char *const names[] = { [ROLE_CLIENT] = "egress", [ROLE_SERVER] = "ingress" };

	return value_text(v, names[record_role(r)]);
}

static bool has_pod(const struct record *r)
{
	return r->pod;
}

/* This side or the other, by who began; `sides`: only where that is known. */
#define END(name, mine, other, ...)                                                             \
	{ .path = name ".ip",                                                                   \
	  .key = mine "_addr",                                                                  \
	  .served = other "_addr",                                                              \
	  .when = mapped_is_ip,                                                                 \
	  __VA_ARGS__ },                                                                        \
		{ .path = name ".address",                                                      \
		  .key = mine "_addr",                                                          \
		  .served = other "_addr",                                                      \
		  .when = mapped_is_other,                                                      \
		  __VA_ARGS__ },                                                                \
		{ .path = name ".domain",                                                       \
		  .key = mine "_name",                                                          \
		  .served = other "_name",                                                      \
		  __VA_ARGS__ },                                                                \
	{                                                                                       \
		.path = name ".port", .key = mine "_port", .served = other "_port", __VA_ARGS__ \
	}
#define SENT(name, mine, other, ...)                                                             \
	{ .path = name ".bytes",                                                                 \
	  .key = "bytes_" mine,                                                                  \
	  .served = "bytes_" other,                                                              \
	  .when = mapped_has_traffic,                                                            \
	  __VA_ARGS__ },                                                                         \
		{ .path = name ".packets",                                                       \
		  .key = "segments_" mine,                                                       \
		  .served = "segments_" other,                                                   \
		  __VA_ARGS__ },                                                                 \
	{                                                                                        \
		.path = name ".packets", .key = "datagrams_" mine, .served = "datagrams_" other, \
		__VA_ARGS__                                                                      \
	}

static const struct mapping all[] = {
	{ .path = "@timestamp", .key = "time" },
	{ .path = "ecs.version", CONSTANT("8.17.0") },
	{ .path = "event.kind", GETTER(WORD, get_kind) },
	{ .path = "event.category", .as = AS_RAW, GETTER(WORD, get_category) },
	{ .path = "event.type", .as = AS_RAW, GETTER(WORD, get_type) },
	{ .path = "event.action", GETTER(WORD, get_action) },
	{ .path = "event.outcome", GETTER(WORD, get_outcome) },
	{ .path = "event.module", CONSTANT("sockwatch") },
	{ .path = "event.code", .key = "event" },
	{ .path = "event.reason", .key = "reason" },
	{ .path = "event.start", .key = "start" },
	{ .path = "event.start", .key = "from" },
	{ .path = "event.end", .key = "end" },
	{ .path = "event.end", .key = "to" },
	{ .path = "event.duration", GETTER(NUMBER, mapped_get_duration_ns) },
	{ .path = "error.code", .key = "error" },
	{ .path = "network.transport", GETTER(WORD, mapped_get_transport) },
	{ .path = "network.iana_number",
	  .as = AS_TEXT,
	  GETTER(NUMBER, mapped_get_protocol_number) },
	{ .path = "network.type", .key = "family" },
	{ .path = "network.community_id", .key = "community_id" },
	{ .path = "network.direction", .when = mapped_has_traffic, GETTER(WORD, get_direction) },
	{ .path = "network.bytes", .when = mapped_has_traffic, GETTER(NUMBER, mapped_get_bytes) },
	{ .path = "network.packets", GETTER(NUMBER, mapped_get_packets) },
	END("source", "local", "remote"),
	SENT("source", "sent", "received"),
	END("destination", "remote", "local"),
	SENT("destination", "received", "sent"),
	END("client", "local", "remote", .sides = true),
	SENT("client", "sent", "received", .sides = true),
	END("server", "remote", "local", .sides = true),
	SENT("server", "received", "sent", .sides = true),
	{ .path = "process.pid", .key = "pid" },
	{ .path = "process.name", .key = "comm" },
	{ .path = "process.executable", .key = "exe" },
	{ .path = "process.command_line", .key = "cmdline" },
	{ .path = "process.start", .key = "start_time" },
	{ .path = "process.vpid", .key = "ns_pid" },
	{ .path = "process.parent.pid", .key = "ppid" },
	{ .path = "process.parent.name", .key = "parent_comm" },
	{ .path = "host.name", .key = "host" },
	{ .path = "host.boot.id", .key = "boot" },
	{ .path = "user.id", .as = AS_TEXT, .key = "uid" },
	{ .path = "user.name", .key = "user" },
	{ .path = "container.id", .key = "container" },
	{ .path = "container.runtime", .key = "runtime" },
	{ .path = "container.name", .key = "container_name" },
	{ .path = "container.image.name", .key = "container_image" },
	{ .path = "orchestrator.resource.type", .when = has_pod, CONSTANT("pod") },
	{ .path = "orchestrator.resource.id", .key = "pod" },
	{ .path = "orchestrator.resource.name", .key = "pod_name" },
	{ .path = "orchestrator.namespace", .key = "pod_namespace" },
	{ .path = "sockwatch.cookie", .as = AS_TEXT, .key = "cookie" },
};

_Static_assert(sizeof(all) / sizeof(all[0]) <= MAPPED_MAX, "make MAPPED_MAX larger");

static const struct mapped_schema schema = { "ecs", all, sizeof(all) / sizeof(all[0]),
					     "sockwatch" };

static void ecs_record(struct render *r, struct buf *b, const struct record *rec)
{
	const struct field_times times = { .time = &r->stamp, .start = &r->start_stamp };

	mapped_put_object(&r->mapped, &schema, b, rec, &times);
	buf_putc(b, '\n');
}

const struct formatter render_ecs = { .name = "ecs", .record = ecs_record };
