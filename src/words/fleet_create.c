// SPDX-License-Identifier: GPL-2.0-only
#include "words/fleet_create.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "cli/options.h"
#include "render/fleet.h"
#include "words/fleet_server.h"

#define DAY_MS UINT64_C(86400000)
#define TTL_MAJOR 19 /* the first release whose tables can let rows go by themselves: 19.6 */
#define TTL_MINOR 6

/* Takes the statement. 0 or -errno. */
static int ask(struct fleet_server *s, struct buf *statement, struct buf *answer)
{
	enum fleet_result result = FLEET_AGAIN;

	if (buf_failed(statement))
		snprintf(s->why, sizeof(s->why), "out of memory");
	else
		result = fleet_server_run(s, statement, answer);
	buf_free(statement);
	if (result == FLEET_DONE)
		return 0;
	if (result != FLEET_STOPPED)
		log_error("--to %s: %s", s->options->fleet.to, s->why);
	return result == FLEET_STOPPED ? -EINTR : -EIO;
}

/* 0 or -errno. */
static int ask_version(struct fleet_server *s, int *ret_major, int *ret_minor)
{
	struct buf statement = { 0 }, answer = { 0 };
	int err;

	buf_puts(&statement, "SELECT version()");
	err = ask(s, &statement, &answer);
	buf_putc(&answer, '\0');
	if (!err &&
	    (buf_failed(&answer) || sscanf(answer.data, "%d.%d", ret_major, ret_minor) != 2)) {
		log_error("--to %s: it does not answer as a server of ClickHouse does",
			  s->options->fleet.to);
		err = -EPROTO;
	}
	buf_free(&answer);
	return err;
}

static int check_age(struct fleet_server *s, const struct fleet_table *t)
{
	int major = 0, minor = 0;
	int err = ask_version(s, &major, &minor);

	if (err || !t->keep_days || major > TTL_MAJOR || (major == TTL_MAJOR && minor >= TTL_MINOR))
		return err;
	log_error(
		"--max-age: ClickHouse %d.%d cannot let rows go by itself: leave it out, and drop "
		"old days as docs/fleet.md has it",
		major, minor);
	return -ENOTSUP;
}

int fleet_create(struct fleet_server *s, const struct options *o)
{
	struct fleet_table t = { .db = o->fleet.db, .cluster = o->fleet.cluster };
	struct buf statement = { 0 };
	int err;

	if (o->fleet.max_age)
		t.keep_days = (uint32_t)(o->keep.max_age_ms / DAY_MS);
	err = check_age(s, &t);
	if (err)
		return err;
	fleet_put_create(&statement, &t);
	err = ask(s, &statement, NULL);
	if (!err && t.cluster) {
		fleet_put_distributed(&statement, &t);
		err = ask(s, &statement, NULL);
	}
	if (!err)
		log_info("%s.%s is there%s%s", t.db, FLEET_TABLE,
			 t.cluster ? ", of the cluster " : "", t.cluster ? t.cluster : "");
	return err;
}
