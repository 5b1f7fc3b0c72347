// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records by the Open Cybersecurity Schema Framework: Network Activity (class 4001) as
 * ocsf/ocsf-schema 1.8.0 defines it, and Base Event (class 0) for what is no network's: losses and
 * the recorder. What it has no attribute for is in "unmapped".
 */
#include "render/render.h"

#include "core/act.h"
#include "core/addr.h"
#include "core/record.h"
#include "filter.h"
#include "render/mapped.h"
#include "render/mapped_fields.h"
#include "render/schema.h"

#define CLASS_NETWORK_ACTIVITY 4001
#define CATEGORY_NETWORK 4
#define PER_CLASS 100 /* type_uid is class_uid times that, and activity_id */
#define ACTIVITY_OTHER 99

enum severity { SEVERITY_INFORMATIONAL = 1, SEVERITY_MEDIUM = 3 };
enum status { STATUS_UNKNOWN, STATUS_SUCCESS, STATUS_FAILURE };
enum direction { DIRECTION_UNKNOWN, DIRECTION_INBOUND, DIRECTION_OUTBOUND, DIRECTION_LOCAL = 4 };
enum observed { OBSERVED_UNKNOWN, OBSERVED_SOURCE, OBSERVED_DESTINATION };

/* The activities that are acts; each other act is "Other", by the name that we give it. */
static const struct {
	uint8_t id;
	const char *name;
} activities[ACTS] = {
	[ACT_OPEN] = { 1, "Open" },	[ACT_CLOSE] = { 2, "Close" },
	[ACT_RESET] = { 3, "Reset" },	[ACT_FAIL] = { 4, "Fail" },
	[ACT_REFUSE] = { 5, "Refuse" }, [ACT_TRAFFIC] = { 6, "Traffic" },
	[ACT_LISTEN] = { 7, "Listen" },
};

static uint64_t activity_of(const void *r)
{
	uint8_t id = activities[record_act(r)].id;

	return id ? id : ACTIVITY_OTHER;
}

static bool get_activity_id(const void *r, struct field_value *v)
{
	return value_number(v, true, activity_of(r));
}

static bool get_activity_name(const void *r, struct field_value *v)
{
	const char *name = activities[record_act(r)].name;

	return value_text(v, name ? name : act_name(record_act(r)));
}

/* What has no end that it could name is none of its class either: vsock, netlink, packet. */
static uint32_t class_of(const struct record *r)
{
	return mapped_is_ip(r) ? CLASS_NETWORK_ACTIVITY : 0;
}

static bool get_category(const void *r, struct field_value *v)
{
	return value_number(v, true, class_of(r) ? CATEGORY_NETWORK : 0);
}

static bool get_class(const void *r, struct field_value *v)
{
	return value_number(v, true, class_of(r));
}

static bool get_class_name(const void *r, struct field_value *v)
{
	return value_text(v, class_of(r) ? "Network Activity" : "Base Event");
}

static bool get_type_uid(const void *r, struct field_value *v)
{
	return value_number(v, true, (uint64_t)class_of(r) * PER_CLASS + activity_of(r));
}

/* What is missing is for somebody to look at. */
static bool get_severity(const void *r, struct field_value *v)
{
	enum act act = record_act(r);

	return value_number(v, true,
			    act == ACT_LOST || act == ACT_GAP ? SEVERITY_MEDIUM
							      : SEVERITY_INFORMATIONAL);
}

static bool get_status_id(const void *r, struct field_value *v)
{
	static const enum status ids[] = {
		[OUTCOME_SUCCESS] = STATUS_SUCCESS, [OUTCOME_FAILURE] = STATUS_FAILURE
	};

	return value_number(v, record_outcome(r) != OUTCOME_NONE, ids[record_outcome(r)]);
}

static bool get_status(const void *r, struct field_value *v)
{
	static const char *const names[] = {
		[OUTCOME_SUCCESS] = "Success", [OUTCOME_FAILURE] = "Failure"
	};

	return value_text(v, names[record_outcome(r)]);
}

/* --- both ends -------------------------------------------------------------------------------- */

static bool is_loopback(const struct sw_tuple *t)
{
	return sw_addr_is_loopback(&t->local) && sw_addr_is_loopback(&t->remote);
}

static bool get_direction(const void *record, struct field_value *v)
{
	static const enum direction ids[] = { [ROLE_UNKNOWN] = DIRECTION_UNKNOWN,
					      [ROLE_CLIENT] = DIRECTION_OUTBOUND,
					      [ROLE_SERVER] = DIRECTION_INBOUND };
	const struct record *r = record;

	if (!mapped_has_traffic(r))
		return value_number(v, true, DIRECTION_UNKNOWN);
	return value_number(v, true,
			    is_loopback(&r->ev->sock.tuple) ? DIRECTION_LOCAL
							    : ids[record_role(r)]);
}

static bool get_observed(const void *r, struct field_value *v)
{
	static const enum observed ids[] = { [ROLE_UNKNOWN] = OBSERVED_UNKNOWN,
					     [ROLE_CLIENT] = OBSERVED_SOURCE,
					     [ROLE_SERVER] = OBSERVED_DESTINATION };

	return value_number(v, record_role(r) != ROLE_UNKNOWN, ids[record_role(r)]);
}

static bool get_assignment_known(const void *r, struct field_value *v)
{
	return value_number(v, true, record_role(r) != ROLE_UNKNOWN);
}

static bool get_ip_version(const void *r, struct field_value *v)
{
	const struct record *rec = r;

	return value_number(v, true, (uint64_t)tuple_version(&rec->ev->sock.tuple));
}

/* The counters of all of it; what they are so far belongs elsewhere. */
static bool has_end_traffic(const struct record *r)
{
	return mapped_is_ip(r) && mapped_has_traffic(r) && mapped_is_end(r);
}

static bool has_traffic_so_far(const struct record *r)
{
	return mapped_is_ip(r) && mapped_has_traffic(r) && !mapped_is_end(r);
}

/* What has a container is a process. */
static bool has_container(const struct record *r)
{
	return r->container && record_has_owner(r);
}

static bool is_contained(const struct record *r)
{
	return has_container(r) || (r->ev->ns_pid && record_has_owner(r));
}

static bool is_not_contained(const struct record *r)
{
	return !is_contained(r);
}

static bool has_host(const struct record *r)
{
	return r->host;
}

static bool has_parent(const struct record *r)
{
	return r->ppid && record_has_owner(r);
}

/* The uid of Kubernetes; Podman's id is none. */
static bool has_uuid(const struct record *r)
{
	return has_container(r) && r->pod && strlen(r->pod) == 36;
}

#define END(name, mine, other)                                                      \
	{ .path = name ".ip",                                                       \
	  .key = mine "_addr",                                                      \
	  .served = other "_addr",                                                  \
	  .when = mapped_is_ip },                                                   \
		{ .path = name ".hostname",                                         \
		  .key = mine "_name",                                              \
		  .served = other "_name",                                          \
		  .when = mapped_is_ip },                                           \
	{                                                                           \
		.path = name ".port", .key = mine "_port", .served = other "_port", \
		.when = mapped_has_ports                                            \
	}
#define WAY(path_, kind, mine, other, when_)                                         \
	{                                                                            \
		.path = path_, .key = kind mine, .served = kind other, .when = when_ \
	}
#define TRAFFIC(name, when_)                                                                     \
	{ .path = name ".bytes", .when = when_, GETTER(NUMBER, mapped_get_bytes) },              \
		WAY(name ".bytes_out", "bytes_", "sent", "received", when_),                     \
		WAY(name ".bytes_in", "bytes_", "received", "sent", when_),                      \
		{ .path = name ".packets", .when = when_, GETTER(NUMBER, mapped_get_packets) },  \
		WAY(name ".packets_out", "segments_", "sent", "received", when_),                \
		WAY(name ".packets_in", "segments_", "received", "sent", when_),                 \
		WAY(name ".packets_out", "datagrams_", "sent", "received", when_),               \
		WAY(name ".packets_in", "datagrams_", "received", "sent", when_),                \
		{ .path = name ".start_time",                                                    \
		  .as = AS_MS,                                                                   \
		  .key = "start",                                                                \
		  .when = when_,                                                                 \
		  .keep = true },                                                                \
	{                                                                                        \
		.path = name ".end_time", .as = AS_MS, .key = "end", .when = when_, .keep = true \
	}

static const struct mapping all[] = {
	{ .path = "time", .as = AS_MS, .key = "time", .keep = true },
	{ .path = "class_uid", GETTER(NUMBER, get_class) },
	{ .path = "class_name", GETTER(WORD, get_class_name) },
	{ .path = "category_uid", GETTER(NUMBER, get_category) },
	{ .path = "activity_id", GETTER(NUMBER, get_activity_id) },
	{ .path = "activity_name", GETTER(WORD, get_activity_name) },
	{ .path = "type_uid", GETTER(NUMBER, get_type_uid) },
	{ .path = "severity_id", GETTER(NUMBER, get_severity) },
	{ .path = "status_id", GETTER(NUMBER, get_status_id) },
	{ .path = "status", GETTER(WORD, get_status) },
	{ .path = "status_code", .key = "error" },
	{ .path = "status_detail", .key = "reason" },
	{ .path = "start_time", .as = AS_MS, .key = "from", .keep = true },
	{ .path = "end_time", .as = AS_MS, .key = "to", .keep = true },
	{ .path = "metadata.version", CONSTANT("1.8.0") },
	{ .path = "metadata.product.name", CONSTANT("sockwatch") },
	{ .path = "metadata.product.vendor_name", CONSTANT("sockwatch") },
	{ .path = "metadata.product.version", CONSTANT(SOCKWATCH_VERSION) },
	{ .path = "metadata.profiles", .when = is_contained, RAW("[\"host\",\"container\"]") },
	{ .path = "metadata.profiles", .when = is_not_contained, RAW("[\"host\"]") },
	{ .path = "metadata.event_code", .key = "event" },
	END("src_endpoint", "local", "remote"),
	END("dst_endpoint", "remote", "local"),
	{ .path = "is_src_dst_assignment_known",
	  .when = mapped_is_ip,
	  GETTER(BOOL, get_assignment_known) },
	{ .path = "observation_point_id", .when = mapped_is_ip, GETTER(NUMBER, get_observed) },
	{ .path = "connection_info.direction_id",
	  .when = mapped_is_ip,
	  GETTER(NUMBER, get_direction) },
	{ .path = "connection_info.protocol_name", GETTER(WORD, mapped_get_transport) },
	{ .path = "connection_info.protocol_num", GETTER(NUMBER, mapped_get_protocol_number) },
	{ .path = "connection_info.protocol_ver_id",
	  .when = mapped_is_ip,
	  GETTER(NUMBER, get_ip_version) },
	{ .path = "connection_info.community_uid", .key = "community_id" },
	{ .path = "connection_info.uid", .as = AS_TEXT, .key = "cookie", .when = mapped_is_ip },
	TRAFFIC("traffic", has_end_traffic),
	TRAFFIC("cumulative_traffic", has_traffic_so_far),
	{ .path = "device.type_id", .when = has_host, RAW("0") }, /* it is not known */
	{ .path = "device.hostname", .key = "host" },
	{ .path = "device.boot_uid", .key = "boot", .when = has_host },
	{ .path = "actor.process.pid", .key = "pid" },
	{ .path = "actor.process.name", .key = "comm" },
	{ .path = "actor.process.path", .key = "exe", .when = record_has_owner },
	{ .path = "actor.process.cmd_line", .key = "cmdline", .when = record_has_owner },
	{ .path = "actor.process.created_time",
	  .as = AS_MS,
	  .key = "start_time",
	  .when = record_has_owner,
	  .keep = true },
	{ .path = "actor.process.namespace_pid", .key = "ns_pid" },
	{ .path = "actor.process.parent_process.pid", .key = "ppid", .when = has_parent },
	{ .path = "actor.process.parent_process.name", .key = "parent_comm", .when = has_parent },
	{ .path = "actor.process.container.uid", .key = "container", .when = has_container },
	{ .path = "actor.process.container.runtime", .key = "runtime", .when = has_container },
	{ .path = "actor.process.container.name", .key = "container_name", .when = has_container },
	{ .path = "actor.process.container.pod_uuid",
	  .key = "pod",
	  .when = has_uuid,
	  .keep = true },
	{ .path = "actor.user.uid", .as = AS_TEXT, .key = "uid" },
	{ .path = "actor.user.name", .key = "user" },
};

_Static_assert(sizeof(all) / sizeof(all[0]) <= MAPPED_MAX, "make MAPPED_MAX larger");

static const struct mapped_schema schema = { "ocsf", all, sizeof(all) / sizeof(all[0]),
					     "unmapped" };

static void ocsf_record(struct render *r, struct buf *b, const struct record *rec)
{
	const struct field_times times = { .time = &r->stamp, .start = &r->start_stamp };

	mapped_put_object(&r->mapped, &schema, b, rec, &times);
	buf_putc(b, '\n');
}

const struct formatter render_ocsf = { .name = "ocsf", .record = ocsf_record };
