// SPDX-License-Identifier: GPL-2.0-only
#include "render/who_past.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "core/addr.h"
#include "core/names.h"
#include "core/record.h"
#include "core/who.h"
#include "core/who_past.h"
#include "render/cell.h"
#include "render/holders.h"
#include "render/schema.h"
#include "render/who.h"

#define NSEC 1000000000u
#define ROLE_WIDTH 7
#define PROTO_WIDTH 5
#define ADDRESS_WIDTH 20
#define COUNT_WIDTH 5
#define MOMENT_WIDTH 14 /* "11-24 14:05:01" */

static const char *const role_names[WHO_PAST_ROLES] = { [WHO_PAST_HELD] = "held",
							[WHO_PAST_SERVED] = "served",
							[WHO_PAST_CAME] = "came",
							[WHO_PAST_REFUSED] = "refused" };

/* --- JSON and CSV ----------------------------------------------------------------------------- */

static const struct told_entry *told(const void *object)
{
	return object;
}

static const struct who_past_key *key(const void *object)
{
	return &told(object)->entry->key;
}

static bool has_remote(const struct who_past_key *k)
{
	return k->remote.q[0] || k->remote.q[1];
}

static bool get_role(const void *o, struct field_value *v)
{
	return value_text(v, role_names[key(o)->role]);
}

static bool get_proto(const void *o, struct field_value *v)
{
	return value_text(v, proto_name(told(o)->rec->ev));
}

static bool get_local_addr(const void *o, struct field_value *v)
{
	v->len = addr_format(&key(o)->local, v->scratch);
	v->text = v->scratch;
	return true;
}

static bool get_local_port(const void *o, struct field_value *v)
{
	return value_number(v, key(o)->local_port, key(o)->local_port);
}

static bool get_remote_addr(const void *o, struct field_value *v)
{
	v->len = addr_format(&key(o)->remote, v->scratch);
	v->text = v->scratch;
	return has_remote(key(o));
}

static bool get_remote_port(const void *o, struct field_value *v)
{
	return value_number(v, key(o)->remote_port, key(o)->remote_port);
}

static bool get_reason(const void *o, struct field_value *v)
{
	return value_text(v, reason_name(key(o)->reason));
}

static bool get_first(const void *o, struct field_value *v)
{
	return value_number(v, told(o)->entry->first_ns, told(o)->entry->first_ns);
}

static bool get_last(const void *o, struct field_value *v)
{
	return value_number(v, !told(o)->entry->open, told(o)->entry->last_ns);
}

static bool get_sent(const void *o, struct field_value *v)
{
	return value_number(v, key(o)->role != WHO_PAST_REFUSED, told(o)->entry->sent);
}

static bool get_received(const void *o, struct field_value *v)
{
	return value_number(v, key(o)->role != WHO_PAST_REFUSED, told(o)->entry->received);
}

static bool get_count(const void *o, struct field_value *v)
{
	return value_number(v, true, told(o)->entry->count);
}

static bool get_cut(const void *o, struct field_value *v)
{
	return value_number(v, told(o)->entry->cut, told(o)->entry->cut);
}

static bool get_pid(const void *o, struct field_value *v)
{
	return value_number(v, sock_has_process(&told(o)->rec->ev->sock), key(o)->pid);
}

static bool get_comm(const void *o, struct field_value *v)
{
	return value_comm(v, sock_has_process(&told(o)->rec->ev->sock),
			  told(o)->rec->ev->sock.comm);
}

static bool get_uid(const void *o, struct field_value *v)
{
	const struct sw_sock *s = &told(o)->rec->ev->sock;

	return value_number(v, s->have & SW_HAVE_UID, s->uid);
}

#define OF_RECORD(member) FIELD_IN(struct record, member)

static const struct field fields[] = {
	{ KEY("event", WORD, field_word, "Always who"), .word = "who", JSON_ONLY },
	{ KEY("role", WORD, get_role, "What it was to the port: held, served, came or refused") },
	{ KEY("proto", WORD, get_proto, "The protocol") },
	{ KEY("local_addr", WORD, get_local_addr, "The address of this side") },
	{ KEY("local_port", NUMBER, get_local_port,
	      "The port of this side, where it is what was "
	      "asked for") },
	{ KEY("remote_addr", WORD, get_remote_addr, "The address of the other side") },
	{ KEY("remote_port", NUMBER, get_remote_port, "The port of the other side, likewise") },
	{ KEY("reason", WORD, get_reason, "Why it was refused") },
	{ KEY("count", NUMBER, get_count, "How many sockets") },
	{ KEY("failed", NUMBER, get_cut, "How many of them were cut off") },
	{ KEY("first", START, get_first, "When the first of them began") },
	{ KEY("last", START, get_last, "When the last of them ended") },
	{ KEY("bytes_sent", NUMBER, get_sent, "Bytes that those sent which ended") },
	{ KEY("bytes_received", NUMBER, get_received, "Bytes that those received which ended") },
	{ KEY("pid", NUMBER, get_pid, "The process number") },
	{ KEY("comm", FOREIGN, get_comm, "The name of the process") },
	{ KEY("uid", NUMBER, get_uid, "The user of the sockets") },
	{ KEY("container", FOREIGN, field_text, "The innermost container: its id or name"),
	  OF_RECORD(container) },
	{ KEY("unit", FOREIGN, field_text, "The unit of systemd"), OF_RECORD(unit) },
	{ KEY("exe", FOREIGN, field_text, "The executable"), OF_RECORD(exe) },
	{ KEY("cmdline", FOREIGN, field_text, "The command line"), OF_RECORD(cmdline) },
	{ KEY("start_time", START, field_nonzero, "When the process was started"),
	  OF_RECORD(start_wall_ns) },
	{ KEY("ppid", NUMBER, field_nonzero, "The parent of the process"), OF_RECORD(ppid) },
	{ KEY("parent_comm", FOREIGN, field_text, "The name of the parent"),
	  OF_RECORD(parent_comm) },
	{ KEY("login_uid", NUMBER, field_if,
	      "The user who logged in and whose session the process belongs to"),
	  OF_RECORD(login_uid), .has = offsetof(struct record, has_login_uid) },
	{ KEY("containers", FOREIGN, field_text,
	      "Of containers in containers: all, from the outermost, with a slash between"),
	  OF_RECORD(containers) },
	{ KEY("user_unit", FOREIGN, field_text, "The unit of the user's manager that unit is"),
	  OF_RECORD(user_unit) },
};

const struct schema who_past_schema = { "Keys of who had a port", fields,
					sizeof(fields) / sizeof(fields[0]) };

/* --- the table -------------------------------------------------------------------------------- */

void who_past_put_header(struct buf *b)
{
	cell_put(b, "What", ROLE_WIDTH);
	cell_put(b, "Proto", PROTO_WIDTH);
	cell_put(b, "Local Address", ADDRESS_WIDTH);
	cell_put(b, "Foreign Address", ADDRESS_WIDTH);
	cell_put(b, "Count", COUNT_WIDTH);
	cell_put(b, "First", MOMENT_WIDTH);
	cell_put(b, "Last", MOMENT_WIDTH);
	buf_puts(b, "PID/Program\n");
}

/* "10.0.0.5:8080", "[::1]:*" */
static void put_end(struct buf *b, const union sw_addr *addr, bool has, uint16_t port)
{
	size_t start = b->len;
	char text[ADDR_TEXT_MAX];
	size_t len = addr_format(addr, text);
	bool brackets = memchr(text, ':', len);

	if (has) {
		buf_puts(b, brackets ? "[" : "");
		buf_put(b, text, len);
		buf_puts(b, brackets ? "]:" : ":");
		if (port)
			buf_put_u64(b, port);
		else
			buf_putc(b, '*');
	} else {
		buf_putc(b, '-');
	}
	cell_end(b, start, ADDRESS_WIDTH);
}

static void put_moment(struct buf *b, uint64_t ns, const char *none)
{
	time_t second = (time_t)(ns / NSEC);
	size_t start = b->len;
	char text[32];
	struct tm tm;

	if (ns && localtime_r(&second, &tm))
		buf_put(b, text, strftime(text, sizeof(text), "%m-%d %H:%M:%S", &tm));
	else
		buf_puts(b, none);
	cell_end(b, start, MOMENT_WIDTH);
}

void who_past_put_text(struct buf *b, const struct told_entry *t)
{
	const struct who_past_entry *e = t->entry;

	cell_put(b, role_names[e->key.role], ROLE_WIDTH);
	cell_put(b, proto_name(t->rec->ev), PROTO_WIDTH);
	put_end(b, &e->key.local, true, e->key.local_port);
	put_end(b, &e->key.remote, has_remote(&e->key), e->key.remote_port);
	cell_put_number(b, e->count, COUNT_WIDTH);
	put_moment(b, e->first_ns, "before");
	put_moment(b, e->open ? 0 : e->last_ns, "goes on");
	if (sock_has_process(&t->rec->ev->sock))
		process_put_text(b, e->key.pid, t->rec->ev->sock.comm);
	else
		buf_putc(b, '-');
	label_put_text(b, " ", reason_name(e->key.reason));
	label_put_number(b, " cut off: ", e->cut, e->cut);
	buf_putc(b, '\n');
}

/* The process, as who has it of one that runs. */
static struct who_process process_of(const struct record *rec)
{
	const struct sw_sock *s = &rec->ev->sock;
	struct who_process p = { .pid = s->pid,
				 .uid = s->uid,
				 .has_uid = s->have & SW_HAVE_UID,
				 .exe = rec->exe,
				 .cmdline = rec->cmdline,
				 .unit = rec->unit,
				 .user_unit = rec->user_unit,
				 .container_name = rec->container_name,
				 .container_image = rec->container_image,
				 .pod_name = rec->pod_name,
				 .pod_namespace = rec->pod_namespace,
				 .container = rec->container,
				 .containers = rec->containers,
				 .runtime = rec->runtime,
				 .pod = rec->pod,
				 .start_wall_ns = rec->start_wall_ns };

	memcpy(p.comm, s->comm, sizeof(p.comm));
	return p;
}

void who_past_put_process(struct buf *b, const struct record *rec, const char *user)
{
	struct who_process p = process_of(rec);

	p.user = user;
	render_who_text(b, &p, 0);
	if (!rec->ppid)
		return;
	buf_puts(b, "    by   ");
	process_put_text(b, rec->ppid, rec->parent_comm ? rec->parent_comm : "");
	label_put_number(b, ", login user ", rec->has_login_uid, rec->login_uid);
	buf_putc(b, '\n');
}
