// SPDX-License-Identifier: GPL-2.0-only
#include "render/holders.h"

#include "base/buf.h"
#include "core/names.h"
#include "core/record.h"
#include "core/row.h"
#include "render/escape.h"
#include "render/schema.h"

#define MARKS "\"',/()" /* what has a meaning where PID/names stand in a row */

static bool get_fd(const void *object, struct field_value *v)
{
	const struct holder *h = object;

	return value_number(v, h->fd >= 0, (uint64_t)h->fd);
}

static const struct field fields[] = {
	{ KEY("pid", NUMBER, field_member, "The process number"), FIELD_AT(struct holder, pid) },
	{ KEY("comm", FOREIGN, field_chars, "The name of the process"),
	  FIELD_AT(struct holder, comm) },
	{ KEY("fd", NUMBER, get_fd, "The descriptor it has") },
};

const struct schema holder_schema = { "Keys of owners", fields,
				      sizeof(fields) / sizeof(fields[0]) };

void process_put_text(struct buf *b, uint32_t pid, const char *comm)
{
	if (pid)
		buf_put_u64(b, pid);
	else
		buf_putc(b, '-'); /* not visible in our PID namespace */
	buf_putc(b, '/');
	escape_name(b, comm, strnlen(comm, SW_COMM_LEN), MARKS);
}

void holders_put_text(struct buf *b, const struct holder *holders, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i && holders[i].pid == holders[i - 1].pid)
			continue;
		if (i)
			buf_putc(b, ',');
		process_put_text(b, holders[i].pid, holders[i].comm);
	}
}

void owner_put_text(struct buf *b, const struct record *rec)
{
	const struct sw_sock *s = &rec->ev->sock;

	if (rec->n_holders)
		holders_put_text(b, rec->holders, rec->n_holders);
	else if (s->owner_source == SW_OWNER_UNKNOWN)
		buf_putc(b, '-');
	else if (s->owner_source == SW_OWNER_KERNEL)
		buf_puts(b, owner_source_name(SW_OWNER_KERNEL));
	else
		process_put_text(b, s->pid, s->comm);
}

void holders_put_json(struct buf *b, const struct holder *holders, size_t n)
{
	size_t begin = json_begin(b);

	for (size_t i = 0; i < n; i++) {
		json_next(b);
		schema_put_object(&holder_schema, b, &holders[i], NULL);
	}
	json_end_array(b, begin);
}

void holders_put_csv(struct buf *b, const struct holder *holders, size_t n)
{
	struct buf list = { 0 };

	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_putc(&list, ' ');
		buf_put_u64(&list, holders[i].pid);
		buf_putc(&list, '/');
		quote_name(&list, holders[i].comm, strnlen(holders[i].comm, SW_COMM_LEN), MARKS);
	}
	if (list.failed)
		b->failed = true;
	else
		escape_csv(b, list.data, list.len);
	buf_free(&list);
}
