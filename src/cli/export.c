// SPDX-License-Identifier: GPL-2.0-only
#include "cli/export.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/fleet.h"
#include "cli/options.h"
#include "cli/values.h"
#include "core/addr.h"

#define INTERVAL_MS 15000
#define INTERVAL_LEAST_MS 100
#define INTERVAL_MOST_MS (24 * 3600 * 1000u)
#define SERIES 2000
#define SERIES_LEAST 100
#define SERIES_MOST 30000

void export_default(struct export_opts *e)
{
	*e = (struct export_opts){ .interval_ms = INTERVAL_MS, .max_series = SERIES };
}

/* "127.0.0.1:9435", "[::1]:9435", "localhost:9435". */
static int take_address(struct export_opts *e, const char *v, const char *colon)
{
	size_t len = (size_t)(colon - v);
	char host[ADDR_TEXT_MAX + 2];
	struct sw_cidr addr;
	uint64_t port;

	if (len >= sizeof(host) || value_number(colon + 1, 1, UINT16_MAX, &port))
		return -EINVAL;
	snprintf(host, sizeof(host), "%.*s", (int)len, v);
	if (cidr_parse(strcmp(host, "localhost") ? host : "127.0.0.1", &addr))
		return -EINVAL;
	if (!addr.v4 && host[0] != '[') /* ::1:9435 is an address, too */
		return -EINVAL;
	e->addr = addr.net;
	e->port = (uint16_t)port;
	e->form = METRICS_INET;
	return 0;
}

/* A file may have any name; but one that looks like an address is meant as such. */
int take_metrics(struct options *o, const char *v)
{
	struct export_opts *e = &o->out;
	const char *colon = strrchr(v, ':');

	e->metrics = v;
	e->path = v;
	e->form = METRICS_FILE;
	if (!strncmp(v, "unix:", 5)) {
		e->path = v + 5;
		e->form = METRICS_UNIX;
	} else if (colon && !strchr(v, '/')) {
		return take_address(e, v, colon);
	}
	return *e->path && e->path[strlen(e->path) - 1] != '/' ? 0 : -EINVAL;
}

int take_interval(struct options *o, const char *v)
{
	uint64_t ms;

	if (value_duration(v, &ms) || ms < INTERVAL_LEAST_MS || ms > INTERVAL_MOST_MS)
		return -EINVAL;
	o->out.interval_ms = ms;
	return 0;
}

int take_max_series(struct options *o, const char *v)
{
	return value_number(v, SERIES_LEAST, SERIES_MOST, &o->out.max_series);
}

int export_check(const struct options *o, char *why, size_t size)
{
	const struct export_opts *e = &o->out;

	if (fleet_check(o, why, size))
		return -EINVAL;
	if (o->fleet.to)
		return 0;
	if (!e->metrics) {
		snprintf(why, size,
			 "export: say where to: --metrics FILE (for node_exporter), --metrics "
			 "127.0.0.1:9435, or --metrics unix:PATH; or --to "
			 "clickhouse://host:8123/database");
		return -EINVAL;
	}
	if (e->form != METRICS_INET || e->allow_remote || sw_addr_is_loopback(&e->addr))
		return 0;
	snprintf(why, size,
		 "--metrics %s: whoever reaches that address could read them: name one of loopback "
		 "(127.0.0.1:%u, [::1]:%u), or say that it is meant: --allow-remote",
		 e->metrics, e->port, e->port);
	return -EINVAL;
}
