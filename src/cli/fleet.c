// SPDX-License-Identifier: GPL-2.0-only
#include "cli/fleet.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/options.h"
#include "cli/values.h"

#define PORT 8123 /* ClickHouse's for HTTP, and for HTTPS */
#define PORT_TLS 8443
#define DAY_MS 86400000
#define WAIT_LEAST_MS 100

static const struct scheme {
	const char *name;
	bool tls;
} schemes[] = { { "clickhouse://", false },
		{ "clickhouse+http://", false },
		{ "clickhouse+https://", true },
		{ "http://", false },
		{ "https://", true } };

/* A name that needs no quotes in SQL. */
static bool is_name(const char *text, size_t len, size_t size)
{
	if (!len || len >= size || isdigit((unsigned char)*text))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '_')
			return false;
	return true;
}

/* "host", "10.0.0.9" or "[::1]": nothing that means something else in a URL. */
static bool is_host(const char *text, size_t len)
{
	bool brackets = len > 2 && *text == '[' && text[len - 1] == ']';

	if (!len || len >= sizeof(((struct fleet_opts *)0)->host))
		return false;
	for (size_t i = brackets; i < len - brackets; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr(brackets ? ":.%" : ".-_", text[i]))
			return false;
	return true;
}

/* Where the port begins: the colon; or the end of the host. */
static size_t host_length(const char *text)
{
	return *text == '[' ? strcspn(text, "]/") + (strchr(text, ']') != NULL)
			    : strcspn(text, ":/");
}

/* "host:8123/database"; the last two may be left out. */
static int take_place(struct fleet_opts *f, const char *text)
{
	size_t host = host_length(text), len;
	const char *rest = text + host, *db = "default";
	char port[8];
	uint64_t number = f->tls ? PORT_TLS : PORT;

	if (!is_host(text, host))
		return -EINVAL;
	if (*rest == ':') {
		len = strcspn(++rest, "/");
		if (len >= sizeof(port))
			return -EINVAL;
		snprintf(port, sizeof(port), "%.*s", (int)len, rest);
		if (value_number(port, 1, UINT16_MAX, &number))
			return -EINVAL;
		rest += len;
	}
	if (*rest && *rest != '/')
		return -EINVAL;
	if (*rest && rest[1])
		db = rest + 1;
	if (!is_name(db, strlen(db), sizeof(f->db)))
		return -EINVAL;
	snprintf(f->host, sizeof(f->host), "%.*s", (int)host, text);
	snprintf(f->db, sizeof(f->db), "%s", db);
	f->port = (uint16_t)number;
	return 0;
}

static int take_server(struct options *o, const char **to, const char *v)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t len = strlen(schemes[i].name);

		if (strncmp(v, schemes[i].name, len) != 0)
			continue;
		*to = v;
		o->fleet.tls = schemes[i].tls;
		return take_place(&o->fleet, v + len);
	}
	return -EINVAL;
}

int take_to(struct options *o, const char *v)
{
	return take_server(o, &o->fleet.to, v);
}

int take_from(struct options *o, const char *v)
{
	return take_server(o, &o->fleet.from, v);
}

int take_host(struct options *o, const char *v)
{
	return where_take(&o->fleet.hosts, v);
}

int take_create(struct options *o, const char *v)
{
	o->fleet.create = true;
	o->fleet.cluster = v;
	return !v || is_name(v, strlen(v), sizeof(o->fleet.db)) ? 0 : -EINVAL;
}

static int take_file(const char **to, const char *v)
{
	*to = v;
	return *v ? 0 : -EINVAL;
}

int take_login(struct options *o, const char *v)
{
	return take_file(&o->fleet.login, v);
}

int take_ca(struct options *o, const char *v)
{
	return take_file(&o->fleet.ca, v);
}

int take_cursor(struct options *o, const char *v)
{
	return take_file(&o->fleet.cursor, v);
}

int take_batch(struct options *o, const char *v)
{
	return value_number(v, 1, 100000, &o->fleet.batch);
}

int take_batch_wait(struct options *o, const char *v)
{
	uint64_t ms;

	if (value_duration(v, &ms) || ms < WAIT_LEAST_MS || ms > DAY_MS)
		return -EINVAL;
	o->fleet.wait_ms = ms;
	return 0;
}

/* --- what goes together ----------------------------------------------------------------------- */

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

/* Options that are good without --to, and with it; neither list has what is good for both. */
static const char *const only_to[] = { "create",     "login",	   "ca",      "cursor",	 "once",
				       "batch-rows", "batch-wait", "max-age", "timeout", NULL };
static const char *const also_to[] = { "to", "dir", "verbose", "version", "help", NULL };

static const char *given_wrongly(const struct options *o)
{
	for (size_t i = 0; i < n_defs; i++) {
		const char *name = defs[i].name;
		bool with_to = is_one_of(name, only_to);

		if (!o->given[i] || is_one_of(name, also_to))
			continue;
		if (with_to != (o->fleet.to != NULL))
			return name;
	}
	return NULL;
}

int fleet_check(const struct options *o, char *why, size_t size)
{
	const char *name = given_wrongly(o);

	if (name && !o->fleet.to)
		snprintf(why, size,
			 "--%s is for --to: say where to, as clickhouse://host:8123/database",
			 name);
	else if (name && o->out.metrics)
		snprintf(why, size,
			 "--to and --metrics are two jobs: start two of them (--metrics looks "
			 "itself, --to sends what sockwatch record keeps)");
	else if (name)
		snprintf(why, size,
			 "--%s: --to sends all that sockwatch record keeps: leave it out, or give "
			 "it to sockwatch record",
			 name);
	else if (o->fleet.create && o->fleet.once)
		snprintf(why, size, "--create makes the tables and ends: leave --once out");
	else if (o->fleet.create && o->keep.max_age_ms % DAY_MS)
		snprintf(why, size, "--max-age: of a table it is days (30d, 365d)");
	else if (o->fleet.to && !o->fleet.create && o->fleet.max_age)
		snprintf(why, size, "--max-age: of a table it is set when that is made: --create");
	else
		return 0;
	return -EINVAL;
}

/* --- log --from ------------------------------------------------------------------------------- */

/* What the store alone can answer, and what the rows that were sent do not say. */
static const struct {
	const char *name, *why;
} not_from[] = {
	{ "dir", "it is there or in the store: leave one of them out" },
	{ "at", "a moment is asked of the store of the machine: log --at there" },
	{ "sql", "ask the server itself (docs/fleet.md has its columns)" },
	{ "report", "a report is made of the store of one machine" },
	{ "verify", "the store can be verified, on the machine that has it" },
	{ "follow", "what comes is followed on the machine itself: log -f there" },
	{ "cgroup", "it is known by its number on one machine: --unit and --container are good on "
		    "all" },
	{ "netns", "it is known by its number on one machine" },
	{ "net", "it is known by its number on one machine" },
};

static bool is_given(const struct options *o, const char *name)
{
	for (size_t i = 0; i < n_defs; i++)
		if (o->given[i] && defs[i].name && !strcmp(defs[i].name, name))
			return true;
	return false;
}

static bool counts_hosts(const struct options *o)
{
	for (size_t i = 0; i < o->count.n_keys; i++)
		if (o->count.keys[i] == TALLY_HOST)
			return true;
	return false;
}

int fleet_check_log(const struct options *o, char *why, size_t size)
{
	static const char *const only_from[] = { "host", "login", "ca" };

	for (size_t i = 0; o->fleet.from && i < sizeof(not_from) / sizeof(not_from[0]); i++)
		if (is_given(o, not_from[i].name)) {
			snprintf(why, size, "--%s does not go with --from: %s", not_from[i].name,
				 not_from[i].why);
			return -EINVAL;
		}
	if (o->fleet.from)
		return 0;
	for (size_t i = 0; i < sizeof(only_from) / sizeof(only_from[0]); i++)
		if (is_given(o, only_from[i])) {
			snprintf(why, size,
				 "--%s is for --from: say which server, as "
				 "clickhouse://host:8123/database",
				 only_from[i]);
			return -EINVAL;
		}
	if (!counts_hosts(o))
		return 0;
	snprintf(why, size, "--by host is for --from: the store is of one machine");
	return -EINVAL;
}
