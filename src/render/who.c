// SPDX-License-Identifier: GPL-2.0-only
#include "render/who.h"

#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "core/addr.h"
#include "core/forward.h"
#include "core/who.h"
#include "render/cell.h"
#include "render/escape.h"
#include "render/holders.h"
#include "render/schema.h"
#include "render/stamp.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ", since 2026-11-23 10:02:11 (5m12s)", local time */
static void put_start(struct buf *b, uint64_t start_ns, uint64_t now_ns)
{
	time_t second = (time_t)(start_ns / 1000000000);
	char text[32];
	struct tm tm;

	if (!start_ns || !localtime_r(&second, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm))
		return;
	buf_puts(b, ", since ");
	buf_puts(b, text);
	if (now_ns <= start_ns)
		return;
	buf_puts(b, " (");
	span_put(b, now_ns - start_ns);
	buf_putc(b, ')');
}

void render_who_text(struct buf *b, const struct who_process *p, uint64_t now_ns)
{
	process_put_text(b, p->pid, p->comm);
	buf_puts(b, ": user ");
	if (p->user)
		escape_text(b, p->user, strlen(p->user));
	else if (p->has_uid)
		buf_put_u64(b, p->uid);
	else
		buf_putc(b, '-');
	put_start(b, p->start_wall_ns, now_ns);
	label_put_number(b, ", in its namespace ", p->ns_pid, p->ns_pid);
	label_put_name(b, ", unit ", p->unit);
	label_put_name(b, ", user unit ", p->user_unit);
	label_put_container(b, ", container ", p->container);
	label_put_name(b, " named ", p->container_name);
	label_put_name(b, " of image ", p->container_image);
	label_put_text(b, ", runtime ", p->runtime);
	label_put_text(b, ", pod ", p->pod);
	label_put_name(b, " named ", p->pod_name);
	label_put_name(b, " in namespace ", p->pod_namespace);
	label_put_text(b, "\n    runs ", p->exe);
	label_put_cut(b, "\n    as   ", p->cmdline);
	buf_putc(b, '\n');
}

#define AT(member) FIELD_AT(struct who_process, member)

static const struct field fields[] = {
	{ KEY("time", TIME, field_member, "When: RFC 3339, UTC, nanoseconds"), AT(wall_ns) },
	{ KEY("event", WORD, field_word, "Always process"), .word = "process" },
	{ KEY("pid", NUMBER, field_member, "The process number"), AT(pid) },
	{ KEY("comm", FOREIGN, field_chars, "The name of the process"), AT(comm) },
	{ KEY("uid", NUMBER, field_if, "Its user"), AT(uid),
	  .has = offsetof(struct who_process, has_uid) },
	{ KEY("user", FOREIGN, field_text, "The name of the user"), AT(user) },
	{ KEY("container", FOREIGN, field_text, "The innermost container: its id or name"),
	  AT(container) },
	{ KEY("runtime", FOREIGN, field_text, "What made the container"), AT(runtime) },
	{ KEY("pod", FOREIGN, field_text, "The pod: its uid in Kubernetes, its id in Podman"),
	  AT(pod) },
	{ KEY("unit", FOREIGN, field_text, "The unit of systemd"), AT(unit) },
	{ KEY("exe", FOREIGN, field_text, "The executable"), AT(exe) },
	{ KEY("cmdline", FOREIGN, field_text, "The command line"), AT(cmdline) },
	{ KEY("start_time", START, field_nonzero, "When it was started"), AT(start_wall_ns) },
	{ KEY("containers", FOREIGN, field_text,
	      "Of containers in containers: all, from the outermost, with a slash between"),
	  AT(containers) },
	{ KEY("user_unit", FOREIGN, field_text, "The unit of the user's manager that unit is"),
	  AT(user_unit) },
	{ KEY("container_name", FOREIGN, field_text, "What its engine calls the container"),
	  AT(container_name) },
	{ KEY("container_image", FOREIGN, field_text, "The image of the container"),
	  AT(container_image) },
	{ KEY("pod_name", FOREIGN, field_text, "The name of the pod"), AT(pod_name) },
	{ KEY("pod_namespace", FOREIGN, field_text, "The namespace of the pod"),
	  AT(pod_namespace) },
	{ KEY("ns_pid", NUMBER, field_nonzero,
	      "Its number inside its own PID namespace, when that is another one"),
	  AT(ns_pid) },
	{ KEY("container_labels", JSON, field_text, "The labels of the container"),
	  AT(container_labels) },
};

const struct schema process_schema = { "Keys of processes", fields, COUNT(fields) };

void render_who_json(struct buf *b, const struct who_process *p)
{
	struct stamp_cache time = { 0 }, start = { 0 };

	schema_put_json(&process_schema, b, p,
			&(struct field_times){ .time = &time, .start = &start });
}

/* --- ports that are sent on ------------------------------------------------------------------- */

static const char *proto_of(const struct forward *f)
{
	return f->proto == SW_PROTO_UDP ? "udp" : "tcp";
}

static void put_place(struct buf *b, const struct forward *f)
{
	bool v6 = !sw_is_v4mapped(&f->to);
	char text[ADDR_TEXT_MAX];

	buf_puts(b, v6 ? "[" : "");
	buf_put(b, text, addr_format(&f->to, text));
	buf_puts(b, v6 ? "]:" : ":");
	buf_put_u64(b, f->to_port);
}

/* " (DNAT, 3 connections; 4711/docker-proxy)" */
static void put_means(struct buf *b, const struct forward *f)
{
	buf_puts(b, " (");
	if (f->conns) {
		buf_puts(b, "DNAT, ");
		buf_put_u64(b, f->conns);
		buf_puts(b, f->conns == 1 ? " connection" : " connections");
	}
	if (f->conns && f->via_pid)
		buf_puts(b, "; ");
	if (f->via_pid)
		process_put_text(b, f->via_pid, f->via);
	buf_putc(b, ')');
}

void render_forward_text(struct buf *b, const struct forward *f, bool found)
{
	buf_put_u64(b, f->port);
	buf_putc(b, '/');
	buf_puts(b, proto_of(f));
	buf_puts(b, " is sent on to ");
	put_place(b, f);
	put_means(b, f);
	if (found)
		buf_puts(b, ":\n");
	else if (f->unclear)
		buf_puts(b, ", an address that several network namespaces have\n");
	else
		buf_puts(b, ", of which no socket is seen here\n");
}

static bool get_forward_proto(const void *f, struct field_value *v)
{
	return value_text(v, proto_of(f));
}

static bool get_forward_addr(const void *f, struct field_value *v)
{
	v->len = addr_format(&((const struct forward *)f)->to, v->scratch);
	v->text = v->scratch;
	return true;
}

static bool get_forward_netns(const void *forward, struct field_value *v)
{
	const struct forward *f = forward;

	return value_number(v, f->netns && !f->unclear, f->netns);
}

#define OF(member) FIELD_AT(struct forward, member)

static const struct field forward_fields[] = {
	{ KEY("time", TIME, field_member, "When: RFC 3339, UTC, nanoseconds"), OF(wall_ns) },
	{ KEY("event", WORD, field_word, "Always forward"), .word = "forward" },
	{ KEY("proto", WORD, get_forward_proto, "The protocol: tcp or udp") },
	{ KEY("local_port", NUMBER, field_member, "The port that was asked for"), OF(port) },
	{ KEY("to_addr", WORD, get_forward_addr, "Where it is sent on to: the address") },
	{ KEY("to_port", NUMBER, field_member, "The port there"), OF(to_port) },
	{ KEY("connections", NUMBER, field_nonzero, "Of how many connections that is known"),
	  OF(conns) },
	{ KEY("netns", NUMBER, get_forward_netns,
	      "The network namespace of this machine that has them, by its inode") },
	{ KEY("proxy_pid", NUMBER, field_nonzero, "The process that passes it on"), OF(via_pid) },
	{ KEY("proxy_comm", FOREIGN, field_filled, "Its name"), OF(via) },
};

const struct schema forward_schema = { "Keys of ports that are sent on", forward_fields,
				       COUNT(forward_fields) };

void render_forward_json(struct buf *b, const struct forward *f)
{
	struct stamp_cache time = { 0 };

	schema_put_json(&forward_schema, b, f, &(struct field_times){ .time = &time });
}
