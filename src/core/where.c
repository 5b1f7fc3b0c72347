// SPDX-License-Identifier: GPL-2.0-only
#include "core/where.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "core/record.h"
#include "core/row.h"
#include "event.h"

#define SHORT_ID 12 /* digits by which people name a container */
#define PATTERN_MAX 512
#define SERVICE ".service"

int where_take(struct where_values *v, const char *list)
{
	const char *at = list;

	for (;;) {
		size_t len = strcspn(at, ",");

		if (!len)
			return -EINVAL;
		if (v->n == WHERE_MAX)
			return -E2BIG;
		v->values[v->n++] = (struct where_value){ .at = at, .len = len };
		if (!at[len])
			return 0;
		at += len + 1;
	}
}

bool where_any(const struct where *w)
{
	return w->units.n || w->containers.n || w->pods.n || w->exes.n;
}

static bool is_pattern(const struct where_value *v)
{
	for (size_t i = 0; i < v->len; i++)
		if (strchr("*?[", v->at[i]))
			return true;
	return false;
}

static bool is_equal(const struct where_value *v, const char *text, size_t len)
{
	return v->len == len && !memcmp(v->at, text, len);
}

static bool matches(const struct where_value *v, const char *text)
{
	char pattern[PATTERN_MAX];

	if (!is_pattern(v) || v->len >= sizeof(pattern))
		return is_equal(v, text, strlen(text));
	memcpy(pattern, v->at, v->len);
	pattern[v->len] = '\0';
	return !fnmatch(pattern, text, 0);
}

static bool is_unit(const struct where_value *v, const char *unit)
{
	size_t len = strlen(unit), end = strlen(SERVICE);

	if (matches(v, unit))
		return true;
	return len > end && !strcmp(unit + len - end, SERVICE) && is_equal(v, unit, len - end);
}

static bool is_container(const struct where_value *v, const char *id)
{
	return matches(v, id) || (v->len >= SHORT_ID && !strncmp(v->at, id, v->len));
}

static bool is_exe(const struct where_value *v, const char *exe)
{
	const char *slash = strrchr(exe, '/');

	if (!memchr(v->at, '/', v->len) && slash)
		exe = slash + 1;
	return matches(v, exe);
}

static bool any_is(const struct where_values *v, const char *text,
		   bool (*is)(const struct where_value *v, const char *text))
{
	for (size_t i = 0; text && i < v->n; i++)
		if (is(&v->values[i], text))
			return true;
	return !v->n;
}

bool where_matches(const struct where_values *v, const char *text)
{
	return any_is(v, text, matches);
}

/* One of them all: "a/b", NULL for none. */
static bool any_around_is(const struct where_values *v, const char *all)
{
	while (all) {
		const char *end = strchrnul(all, '/');
		char *id = strndup(all, (size_t)(end - all));
		bool found = id && any_is(v, id, is_container);

		free(id);
		if (found)
			return true;
		all = *end ? end + 1 : NULL;
	}
	return false;
}

/* As far as the kernel keeps names. */
static bool is_comm(const struct where_value *v, const char *comm)
{
	struct where_value kept = *v;

	if (kept.len >= SW_COMM_LEN)
		kept.len = SW_COMM_LEN - 1;
	return is_pattern(v) ? matches(v, comm) : is_equal(&kept, comm, strlen(comm));
}

static bool any_is_comm(const struct where_values *v, const char comm[SW_COMM_LEN])
{
	char text[SW_COMM_LEN + 1] = "";

	memcpy(text, comm, SW_COMM_LEN);
	return any_is(v, text, is_comm);
}

/* The owner, who acts, who holds a row's socket, who owned a connection. */
static bool any_process_is(const struct where_values *v, const struct record *rec)
{
	const struct sw_event *e = rec->ev;

	if (!v->n)
		return true;
	if ((e->sock.have & SW_HAVE_ACTOR) && any_is_comm(v, e->actor_comm))
		return true;
	if (e->sock.owner_source != SW_OWNER_UNKNOWN && any_is_comm(v, e->sock.comm))
		return true;
	for (size_t i = 0; i < rec->n_holders; i++)
		if (any_is_comm(v, rec->holders[i].comm))
			return true;
	for (size_t i = 0; rec->conn && i < rec->conn->n_owners; i++)
		if (any_is_comm(v, rec->conn->owners[i].comm))
			return true;
	return false;
}

bool where_selected(const struct where *w, const struct record *rec)
{
	if (rec->ev->kind == SW_EV_LOST || rec->ev->kind == SW_EV_RECORDER)
		return true;
	return any_is(&w->units, rec->unit, is_unit) &&
	       (any_is(&w->containers, rec->container, is_container) ||
		any_is(&w->containers, rec->container_name, matches) ||
		any_around_is(&w->containers, rec->containers)) &&
	       (any_is(&w->pods, rec->pod, matches) || any_is(&w->pods, rec->pod_name, matches)) &&
	       any_is(&w->exes, rec->exe, is_exe) && any_process_is(&w->comms, rec) &&
	       expr_ask(&w->expr, rec) == EXPR_YES;
}
