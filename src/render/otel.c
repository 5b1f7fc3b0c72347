// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records as OpenTelemetry has them: each line is a LogsData of OTLP/JSON with one log record
 * (opentelemetry-proto's logs.proto; what a collector's otlpjsonfile receiver reads), its
 * attributes by the semantic conventions 1.44 (their model/). What those have no name for begins
 * with "sockwatch.".
 */
#include "render/render.h"

#include "core/act.h"
#include "core/record.h"
#include "render/fields.h"
#include "render/mapped.h"
#include "render/mapped_fields.h"
#include "render/schema.h"

#define CONVENTIONS "https://opentelemetry.io/schemas/1.44.0"
#define OWN "sockwatch."

enum severity { SEVERITY_INFO = 9, SEVERITY_WARN = 13 };

/* --- attributes ------------------------------------------------------------------------------- */

/* RFC 9293's names. */
static bool get_state(const void *record, struct field_value *v)
{
	static const char *const names[SW_TCP_STATES] = {
		[SW_TCP_ESTABLISHED] = "established", [SW_TCP_SYN_SENT] = "syn_sent",
		[SW_TCP_SYN_RECV] = "syn_received",   [SW_TCP_NEW_SYN_RECV] = "syn_received",
		[SW_TCP_FIN_WAIT1] = "fin_wait_1",    [SW_TCP_FIN_WAIT2] = "fin_wait_2",
		[SW_TCP_TIME_WAIT] = "time_wait",     [SW_TCP_CLOSE] = "closed",
		[SW_TCP_CLOSE_WAIT] = "close_wait",   [SW_TCP_LAST_ACK] = "last_ack",
		[SW_TCP_LISTEN] = "listen",	      [SW_TCP_CLOSING] = "closing",
	};
	const struct record *r = record;
	const struct sw_sock *s = &r->ev->sock;

	return record_is_socket(r) && s->proto == SW_PROTO_TCP && s->state < SW_TCP_STATES &&
	       value_text(v, names[s->state]);
}

/* Of the executable, which need not be how the process calls itself. */
static bool get_executable_name(const void *record, struct field_value *v)
{
	const char *exe = ((const struct record *)record)->exe;
	const char *slash = exe ? strrchr(exe, '/') : NULL;

	return value_text(v, slash ? slash + 1 : exe);
}

/* The uid of Kubernetes; Podman's id is none. */
static bool has_uid(const struct record *r)
{
	return r->pod && strlen(r->pod) == 36;
}

#define END(name, mine, other, ...)                                                 \
	{ .path = name ".address",                                                  \
	  .key = mine "_addr",                                                      \
	  .served = other "_addr",                                                  \
	  .when = mapped_is_ip,                                                     \
	  __VA_ARGS__ },                                                            \
	{                                                                           \
		.path = name ".port", .key = mine "_port", .served = other "_port", \
		.when = mapped_has_ports, __VA_ARGS__                               \
	}

static const struct mapping all[] = {
	{ .path = "network.transport", GETTER(WORD, mapped_get_transport) },
	{ .path = "network.type", .key = "family" },
	{ .path = "network.connection.state", GETTER(WORD, get_state) },
	{ .path = "network.local.address", .key = "local_addr", .when = mapped_is_ip },
	{ .path = "network.local.port", .key = "local_port", .when = mapped_has_ports },
	{ .path = "network.peer.address", .key = "remote_addr", .when = mapped_is_ip },
	{ .path = "network.peer.port", .key = "remote_port", .when = mapped_has_ports },
	END("source", "local", "remote"),
	END("destination", "remote", "local"),
	END("client", "local", "remote", .sides = true),
	END("server", "remote", "local", .sides = true),
	{ .path = "error.type", .key = "reason" },
	{ .path = "process.pid", .key = "pid" },
	{ .path = "process.executable.name", GETTER(FOREIGN, get_executable_name) },
	{ .path = "process.executable.path", .key = "exe" },
	{ .path = "process.command_line", .key = "cmdline" },
	{ .path = "process.creation.time", .key = "start_time" },
	{ .path = "process.vpid", .key = "ns_pid" },
	{ .path = "process.parent_pid", .key = "ppid" },
	{ .path = "process.linux.cgroup", .key = "cgroup" },
	{ .path = "user.id", .as = AS_TEXT, .key = "uid" },
	{ .path = "user.name", .key = "user" },
	{ .path = "container.id", .key = "container" },
	{ .path = "container.runtime.name", .key = "runtime" },
	{ .path = "container.name", .key = "container_name" },
	{ .path = "container.image.name", .key = "container_image" },
	{ .path = "k8s.pod.uid", .key = "pod", .when = has_uid },
	{ .path = "k8s.pod.name", .key = "pod_name" },
	{ .path = "k8s.namespace.name", .key = "pod_namespace" },
	{ .path = OWN "cookie", .as = AS_TEXT, .key = "cookie" },
};

_Static_assert(sizeof(all) / sizeof(all[0]) <= MAPPED_MAX, "make MAPPED_MAX larger");

static const struct mapped_schema schema = { "otel", all, sizeof(all) / sizeof(all[0]), OWN };

/* --- JSON ------------------------------------------------------------------------------------- */

static const struct json_key number_key = JSON_KEY("intValue"), real_key = JSON_KEY("doubleValue"),
			     bool_key = JSON_KEY("boolValue"), text_key = JSON_KEY("stringValue");

static void put_quoted(struct buf *b, uint64_t number)
{
	buf_putc(b, '"');
	json_put_number(b, number);
	buf_putc(b, '"');
}

/* What is a list of ours is its JSON, as text. */
static void put_list(struct buf *b, const struct record *rec, const struct field_value *v,
		     const struct field_times *times)
{
	struct buf list = { 0 };

	schema_put_value(&list, v->field, rec, v, times);
	b->failed = b->failed || buf_failed(&list);
	json_put_text(b, list.data, list.len);
	buf_free(&list);
}

/* An AnyValue. Integers of 64 bits are text in the JSON of protobuf. */
static void put_any(struct buf *b, enum map_as as, const struct record *rec,
		    const struct field_value *v, const struct field_times *times)
{
	const struct field *f = v->field;
	size_t begin = json_begin(b);

	if (f->type == FIELD_NUMBER || f->type == FIELD_SIGNED) {
		json_put_key(b, as == AS_TEXT ? &text_key : &number_key);
		buf_putc(b, '"');
		schema_put_value(b, f, rec, v, times);
		buf_putc(b, '"');
	} else if (f->type == FIELD_BOOL || f->type == FIELD_REAL) {
		json_put_key(b, f->type == FIELD_BOOL ? &bool_key : &real_key);
		schema_put_value(b, f, rec, v, times);
	} else if (f->type == FIELD_HOLDERS || f->type == FIELD_LIST || f->type == FIELD_ENDS ||
		   f->type == FIELD_JSON) {
		json_put_key(b, &text_key);
		put_list(b, rec, v, times);
	} else {
		json_put_key(b, &text_key);
		schema_put_value(b, f, rec, v, times);
	}
	json_end_object(b, begin);
}

/* What stands in the resource. */
static bool is_of_resource(const struct field *f)
{
	return !strcmp(f->key, "host");
}

/* A KeyValue of `prefix` and `name`, behind which comes its value. */
static void begin_attribute(struct buf *b, const char *prefix, const char *name)
{
	buf_puts(b, ",{\"key\":\"");
	buf_puts(b, prefix);
	buf_puts(b, name);
	buf_puts(b, "\",\"value\":");
}

static void put_attributes(struct mapped *m, struct buf *b, const struct record *rec,
			   const struct field_times *times)
{
	size_t begin = json_begin(b);
	struct field_value v;

	mapped_begin(m, &schema);
	for (size_t i = 0; i < schema.n; i++) {
		if (!mapped_get(m, i, rec, &v))
			continue;
		begin_attribute(b, "", all[i].path);
		put_any(b, (enum map_as)all[i].as, rec, &v, times);
		buf_putc(b, '}');
	}
	for (size_t i = 0; i < record_schema.n; i++) {
		if (!mapped_get_rest(m, i, rec, &v) || is_of_resource(v.field))
			continue;
		begin_attribute(b, OWN, v.field->key);
		put_any(b, AS_IT_IS, rec, &v, times);
		buf_putc(b, '}');
	}
	json_end_array(b, begin);
}

static void put_severity(struct buf *b, enum act act)
{
	bool warns = act == ACT_LOST || act == ACT_GAP;

	buf_puts(b, ",\"severityNumber\":");
	json_put_number(b, warns ? SEVERITY_WARN : SEVERITY_INFO);
	buf_puts(b, ",\"severityText\":");
	buf_puts(b, warns ? "\"WARN\"" : "\"INFO\"");
}

static void put_log_record(struct render *r, struct buf *b, const struct record *rec)
{
	const struct field_times times = { .time = &r->stamp, .start = &r->start_stamp };
	enum act act = record_act(rec);

	buf_puts(b, "{\"timeUnixNano\":");
	put_quoted(b, rec->wall_ns);
	buf_puts(b, ",\"observedTimeUnixNano\":");
	put_quoted(b, rec->wall_ns);
	put_severity(b, act);
	buf_puts(b, ",\"eventName\":\"" OWN);
	buf_puts(b, act_name(act));
	buf_puts(b, "\",\"attributes\":");
	put_attributes(&r->mapped, b, rec, &times);
	buf_putc(b, '}');
}

/* Of whom the record is: the program, and of a fleet's the machine. */
static void put_resource(struct buf *b, const struct record *rec)
{
	buf_puts(b, "{\"resource\":{\"attributes\":["
		    "{\"key\":\"service.name\",\"value\":{\"stringValue\":\"sockwatch\"}},"
		    "{\"key\":\"service.version\",\"value\":{\"stringValue\":\"" SOCKWATCH_VERSION
		    "\"}}");
	if (rec->host) {
		begin_attribute(b, "", "host.name");
		buf_puts(b, "{\"stringValue\":");
		json_put_text(b, rec->host, strlen(rec->host));
		buf_puts(b, "}}");
	}
	buf_puts(b, "]},\"schemaUrl\":\"" CONVENTIONS "\"");
}

static void otel_record(struct render *r, struct buf *b, const struct record *rec)
{
	buf_puts(b, "{\"resourceLogs\":[");
	put_resource(b, rec);
	buf_puts(b, ",\"scopeLogs\":[{\"scope\":{"
		    "\"name\":\"sockwatch\",\"version\":\"" SOCKWATCH_VERSION "\"},"
		    "\"schemaUrl\":\"" CONVENTIONS "\",\"logRecords\":[");
	put_log_record(r, b, rec);
	buf_puts(b, "]}]}]}\n");
}

const struct formatter render_otel = { .name = "otel", .record = otel_record };
