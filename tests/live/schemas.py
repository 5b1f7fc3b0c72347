# SPDX-License-Identifier: GPL-2.0-only
"""
What the schemas of others ask of an object, as far as sockwatch writes it: which fields there are, of
what type, with which values, and which must be there. A field that is not named here is a fault. Each
list says which definition it was taken from; when sockwatch claims another version, it is read again.
"""
import ipaddress
import re

from harness import check

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")


def is_int(value, low=-2**63, high=2**63 - 1):
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def is_ip(value):
    try:
        return isinstance(value, str) and bool(ipaddress.ip_address(value))
    except ValueError:
        return False


TYPES = {
    "text": lambda v: isinstance(v, str),
    "long": is_int,
    "port": lambda v: is_int(v, 0, 65535),
    "int": lambda v: is_int(v, -2**31, 2**32 - 1),
    "bool": lambda v: isinstance(v, bool),
    "ip": is_ip,
    "date": lambda v: isinstance(v, str) and bool(RFC3339.fullmatch(v)),
    "ms": lambda v: is_int(v, 10**12, 10**13),
    "object": lambda v: isinstance(v, dict) and bool(v),
    "texts": lambda v: isinstance(v, list) and v and all(isinstance(t, str) for t in v),
}


def leaves(value, path=()):
    """Each value that is no object, with the names that lead to it."""
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from leaves(inner, path + (key,))
        else:
            yield path + (key,), inner


# --- ECS ----------------------------------------------------------------------------------------
# elastic/ecs v8.17.0: generated/csv/fields.csv has the types, schemas/base.yml and ecs.yml what is
# required, schemas/event.yml the values of event.* and which types go with which category,
# schemas/network.yml those of network.direction.

ECS_REQUIRED = {"@timestamp", "ecs.version"}
_END = {"ip": "ip", "address": "text", "domain": "text", "port": "port", "bytes": "long", "packets": "long"}
ECS_FIELDS = {
    "@timestamp": "date", "ecs.version": "text",
    "event.kind": "text", "event.category": "texts", "event.type": "texts", "event.action": "text",
    "event.outcome": "text", "event.module": "text", "event.code": "text", "event.reason": "text",
    "event.start": "date", "event.end": "date", "event.duration": "long", "error.code": "text",
    "network.transport": "text", "network.iana_number": "text", "network.type": "text",
    "network.direction": "text", "network.community_id": "text", "network.bytes": "long",
    "network.packets": "long",
    "process.pid": "long", "process.name": "text", "process.executable": "text",
    "process.command_line": "text", "process.start": "date", "process.vpid": "long",
    "host.name": "text", "host.boot.id": "text",
    "process.parent.pid": "long", "process.parent.name": "text", "user.id": "text", "user.name": "text",
    "container.id": "text", "container.runtime": "text", "orchestrator.resource.type": "text",
    "orchestrator.resource.id": "text", "orchestrator.resource.name": "text", "orchestrator.namespace": "text",
    "container.name": "text", "container.image.name": "text",
    **{f"{end}.{field}": kind for end in ("source", "destination", "client", "server")
       for field, kind in _END.items()},
}
ECS_VALUES = {
    "event.kind": {"alert", "asset", "enrichment", "event", "metric", "state", "pipeline_error", "signal"},
    "event.outcome": {"failure", "success", "unknown"},
    "network.direction": {"ingress", "egress", "inbound", "outbound", "internal", "external", "unknown"},
}
ECS_TYPES_OF = {
    "network": {"access", "allowed", "connection", "denied", "end", "info", "protocol", "start"},
    "process": {"access", "change", "end", "info", "start"},
}


def check_ecs(obj):
    """All of it but what stands below our own name."""
    found = {".".join(path): value for path, value in leaves(obj) if path[0] != "sockwatch"}
    check(ECS_REQUIRED <= found.keys(), "missing", ECS_REQUIRED - found.keys(), obj)
    for field, value in found.items():
        check(field in ECS_FIELDS, "ECS has no field", field, obj)
        check(TYPES[ECS_FIELDS[field]](value), field, "is not", ECS_FIELDS[field], value)
        check(value in ECS_VALUES[field] if field in ECS_VALUES else True, field, value)
    for category in found["event.category"]:
        check(set(found["event.type"]) <= ECS_TYPES_OF[category], category, found["event.type"])
    if "network.bytes" in found and "source.bytes" in found and "destination.bytes" in found:
        check(found["network.bytes"] == found["source.bytes"] + found["destination.bytes"], obj)


# --- OCSF ---------------------------------------------------------------------------------------
# ocsf/ocsf-schema 1.8.0: events/base_event.json, events/network/network.json and
# network_activity.json, profiles/host.json and container.json; objects/metadata.json, product.json,
# network_endpoint.json, network_connection_info.json, network_traffic.json, actor.json,
# process.json, device.json, container.json, user.json; dictionary.json has types and values, categories.json the
# uid of the category. A class is 1000 times its category and its own uid, a type 100 times its class and
# the activity.

_EVENT = {
    "time": "ms", "class_uid": "int", "class_name": "text", "category_uid": "int", "activity_id": "int",
    "activity_name": "text", "type_uid": "long", "severity_id": "int", "status_id": "int", "status": "text",
    "status_code": "text", "status_detail": "text", "start_time": "ms", "end_time": "ms",
    "metadata": "object", "actor": "object", "device": "object", "unmapped": "object",
}
OCSF_ATTRIBUTES = {
    "base_event": _EVENT,
    "network_activity": {
        **_EVENT, "src_endpoint": "object", "dst_endpoint": "object", "connection_info": "object",
        "traffic": "object", "cumulative_traffic": "object", "is_src_dst_assignment_known": "bool",
        "observation_point_id": "int"},
    "metadata": {"version": "text", "product": "object", "profiles": "texts", "event_code": "text"},
    "product": {"name": "text", "vendor_name": "text", "version": "text"},
    "endpoint": {"ip": "ip", "hostname": "text", "port": "port"},
    "connection_info": {"direction_id": "int", "protocol_name": "text", "protocol_num": "int",
                        "protocol_ver_id": "int", "uid": "text", "community_uid": "text"},
    "traffic": {"bytes": "long", "bytes_in": "long", "bytes_out": "long", "packets": "long",
                "packets_in": "long", "packets_out": "long", "start_time": "ms", "end_time": "ms"},
    "device": {"type_id": "int", "hostname": "text", "boot_uid": "text"},
    "actor": {"process": "object", "user": "object"},
    "process": {"pid": "int", "name": "text", "path": "text", "cmd_line": "text", "created_time": "ms",
                "namespace_pid": "int", "parent_process": "object", "container": "object"},
    "container": {"uid": "text", "name": "text", "runtime": "text", "pod_uuid": "text"},
    "user": {"uid": "text", "name": "text"},
}
OCSF_REQUIRED = {
    "base_event": {"time", "class_uid", "category_uid", "activity_id", "type_uid", "severity_id", "metadata"},
    "network_activity": {"time", "class_uid", "category_uid", "activity_id", "type_uid", "severity_id", "metadata"},
    "metadata": {"version", "product"},
    "connection_info": {"direction_id"}, "device": {"type_id"},
}
OCSF_AT_LEAST_ONE = {
    "network_activity": {"src_endpoint", "dst_endpoint"}, "product": {"name", "uid"},
    "endpoint": {"ip", "uid", "name", "hostname"}, "actor": {"process", "user"},
    "process": {"pid", "uid", "cpid"}, "container": {"uid", "name"}, "user": {"account", "name", "uid"},
}
OCSF_VALUES = {
    ("base_event", "activity_id"): {0, 99}, ("network_activity", "activity_id"): {0, 1, 2, 3, 4, 5, 6, 7, 99},
    ("base_event", "severity_id"): {0, 1, 2, 3, 4, 5, 6, 99}, ("base_event", "status_id"): {0, 1, 2, 99},
    ("network_activity", "severity_id"): {0, 1, 2, 3, 4, 5, 6, 99},
    ("network_activity", "status_id"): {0, 1, 2, 99},
    ("network_activity", "observation_point_id"): {0, 1, 2, 3, 4, 99},
    ("connection_info", "direction_id"): {0, 1, 2, 3, 4, 99}, ("device", "type_id"): set(range(16)) | {99},
    ("connection_info", "protocol_ver_id"): {0, 4, 6, 99},
}
OCSF_ACTIVITIES = {1: "Open", 2: "Close", 3: "Reset", 4: "Fail", 5: "Refuse", 6: "Traffic", 7: "Listen"}
_IS_A = {"src_endpoint": "endpoint", "dst_endpoint": "endpoint", "cumulative_traffic": "traffic",
         "parent_process": "process"}


def check_ocsf_object(kind, obj):
    check(OCSF_REQUIRED.get(kind, set()) <= obj.keys(), kind, "has not all that is required", obj)
    check(kind not in OCSF_AT_LEAST_ONE or OCSF_AT_LEAST_ONE[kind] & obj.keys(), kind, "has none of",
          OCSF_AT_LEAST_ONE.get(kind), obj)
    for name, value in obj.items():
        check(name in OCSF_ATTRIBUTES[kind], kind, "has no", name, obj)
        check(TYPES[OCSF_ATTRIBUTES[kind][name]](value), kind, name, "is not", OCSF_ATTRIBUTES[kind][name], value)
        check((kind, name) not in OCSF_VALUES or value in OCSF_VALUES[kind, name], kind, name, value)
        if isinstance(value, dict) and name != "unmapped":
            check_ocsf_object(_IS_A.get(name, name), value)


def check_ocsf(obj):
    kind = "network_activity" if obj["class_uid"] == 4001 else "base_event"
    check_ocsf_object(kind, obj)
    check((obj["class_uid"], obj["category_uid"]) in ((4001, 4), (0, 0)), obj)
    check(obj["type_uid"] == obj["class_uid"] * 100 + obj["activity_id"], obj)
    check(obj["activity_name"] == OCSF_ACTIVITIES.get(obj["activity_id"], obj["activity_name"]), obj)
    check(obj.get("status") == {1: "Success", 2: "Failure"}.get(obj.get("status_id")), obj)
    check("container" in obj["metadata"]["profiles"] or
          not {"container", "namespace_pid"} & obj.get("actor", {}).get("process", {}).keys(), obj)


# --- OpenTelemetry ------------------------------------------------------------------------------
# open-telemetry/opentelemetry-proto: opentelemetry/proto/logs/v1/logs.proto, common.proto and
# resource.proto; docs/specification.md, "JSON Protobuf Encoding": names in lowerCamelCase, enums as numbers,
# integers of 64 bits as text. open-telemetry/semantic-conventions 1.44, model/*/registry.yaml: the
# attributes, their types, and the values of network.type and network.connection.state. Required are the time
# (observed_time_unix_nano MUST be set) and unique keys.

OTEL_ATTRIBUTES = {
    "network.transport": "stringValue", "network.type": "stringValue", "network.connection.state": "stringValue",
    **{f"network.{end}.{field}": kind for end in ("local", "peer")
       for field, kind in (("address", "stringValue"), ("port", "intValue"))},
    **{f"{end}.{field}": kind for end in ("source", "destination", "client", "server")
       for field, kind in (("address", "stringValue"), ("port", "intValue"))},
    "error.type": "stringValue", "process.pid": "intValue", "process.executable.name": "stringValue",
    "process.executable.path": "stringValue", "process.command_line": "stringValue",
    "process.creation.time": "stringValue", "process.vpid": "intValue", "process.parent_pid": "intValue",
    "process.linux.cgroup": "stringValue", "user.id": "stringValue", "user.name": "stringValue",
    "container.id": "stringValue", "container.runtime.name": "stringValue", "k8s.pod.uid": "stringValue",
    "container.name": "stringValue", "container.image.name": "stringValue", "k8s.pod.name": "stringValue",
    "k8s.namespace.name": "stringValue", "host.name": "stringValue",
}
OTEL_VALUES = {
    "network.type": {"ipv4", "ipv6"},
    "network.connection.state": {"closed", "close_wait", "closing", "established", "fin_wait_1", "fin_wait_2", "last_ack",
                                 "listen", "syn_received", "syn_sent", "time_wait"},
}
OTEL_ANY = {"stringValue": lambda v: isinstance(v, str), "boolValue": lambda v: isinstance(v, bool),
            "intValue": lambda v: isinstance(v, str) and is_int(int(v)), "doubleValue": lambda v: isinstance(v, float)}


def otel_attributes(listed):
    """As a dictionary; each is a KeyValue with one AnyValue."""
    found = {}
    for pair in listed:
        check(pair.keys() == {"key", "value"} and pair["key"] not in found, pair)
        (kind, value), = pair["value"].items()
        check(OTEL_ANY[kind](value), pair)
        check(OTEL_ATTRIBUTES.get(pair["key"], kind) == kind, pair)
        check(value in OTEL_VALUES.get(pair["key"], {value}), pair)
        found[pair["key"]] = value
    return found


def otel_record(obj):
    """The one log record of a LogsData, and its attributes."""
    check(obj.keys() == {"resourceLogs"}, obj)
    resource, = obj["resourceLogs"]
    check(resource.keys() == {"resource", "schemaUrl", "scopeLogs"}, resource)
    check("service.name" in otel_attributes(resource["resource"]["attributes"]), resource)
    scope, = resource["scopeLogs"]
    check(scope.keys() == {"scope", "schemaUrl", "logRecords"} and scope["scope"].keys() == {"name", "version"}, scope)
    record, = scope["logRecords"]
    return record, otel_attributes(record["attributes"])


def check_otel(obj):
    record, attributes = otel_record(obj)
    check(record.keys() == {"timeUnixNano", "observedTimeUnixNano", "severityNumber", "severityText", "eventName",
                            "attributes"}, record)
    check(10**18 < int(record["timeUnixNano"]) <= int(record["observedTimeUnixNano"]) < 2**63, record)
    check((record["severityNumber"], record["severityText"]) in ((9, "INFO"), (13, "WARN")), record)
    check(record["eventName"].startswith("sockwatch.") and len(record["eventName"]) <= 256, record)
    for key, value in attributes.items():
        check(key in OTEL_ATTRIBUTES or key.startswith("sockwatch."), "no convention has", key)
        check(not key.endswith(".port") or 0 <= int(value) <= 65535, key, value)


CHECKS = {"ecs": check_ecs, "ocsf": check_ocsf, "otel": check_otel}
