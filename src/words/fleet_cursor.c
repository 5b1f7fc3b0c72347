// SPDX-License-Identifier: GPL-2.0-only
#include "words/fleet_cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/log.h"

#define HEAD "sockwatch cursor 1"
#define LINE 1024

static int fail(const struct fleet_cursor *c, int err)
{
	if (err == -EACCES || err == -EPERM || err == -EROFS)
		log_error("%s: user %u cannot write what was sent there: name another file with "
			  "--cursor",
			  c->path, geteuid());
	else
		log_error("%s: %s", c->path, strerror(-err));
	return err;
}

static int damaged(const struct fleet_cursor *c)
{
	log_error("%s: it does not say what was sent: name another file with --cursor, or remove "
		  "it (then all that is kept is sent again, and counts once)",
		  c->path);
	return -EBADMSG;
}

/* --- reading ---------------------------------------------------------------------------------- */

static int take_ahead(struct fleet_cursor *c, const char *value)
{
	struct spool_ahead ahead;

	if (sscanf(value, "%" SCNu64 " %" SCNu64, &ahead.number, &ahead.records) != 2)
		return -EBADMSG;
	return ARRAY_ADD(c->ahead, c->n_ahead, c->cap_ahead, &ahead);
}

static int take_to(const struct fleet_cursor *c, const char *value)
{
	if (!strcmp(value, c->to))
		return 0;
	log_error("%s says what was sent to %s: name another file with --cursor", c->path, value);
	return -EEXIST;
}

static int take_line(struct fleet_cursor *c, const char *key, const char *value)
{
	struct spool_place *p = &c->place;
	int n = 1;

	if (!strcmp(key, "to"))
		return take_to(c, value);
	if (!strcmp(key, "ahead"))
		return take_ahead(c, value);
	if (!strcmp(key, "segment"))
		n = sscanf(value, "%" SCNu64 " %" SCNu64, &p->number, &p->begun_ns) - 1;
	else if (!strcmp(key, "records"))
		n = sscanf(value, "%" SCNu64, &p->records);
	else if (!strcmp(key, "time"))
		n = sscanf(value, "%" SCNu64, &p->last_ns);
	else if (!strcmp(key, "host"))
		snprintf(p->host, sizeof(p->host), "%s", value);
	else if (!strcmp(key, "boot"))
		snprintf(p->boot, sizeof(p->boot), "%s", value);
	return n == 1 ? 0 : -EBADMSG;
}

/* Its first line tells that it is one, its last that it is whole. */
static int read_lines(struct fleet_cursor *c, FILE *file)
{
	char line[LINE];
	bool ended = false;

	if (!fgets(line, sizeof(line), file) || strcmp(line, HEAD "\n") != 0)
		return -EBADMSG;
	while (!ended && fgets(line, sizeof(line), file)) {
		char *end = strchr(line, '\n'), *value = strchr(line, ' ');
		int err;

		if (!end)
			return -EBADMSG;
		*end = '\0';
		ended = !strcmp(line, "end");
		if (ended)
			break;
		if (!value)
			return -EBADMSG;
		*value++ = '\0';
		err = take_line(c, line, value);
		if (err)
			return err;
	}
	return ended ? 0 : -EBADMSG;
}

static int read_it(struct fleet_cursor *c)
{
	FILE *file = fopen(c->path, "re");
	int err;

	if (!file)
		return errno == ENOENT ? 0 : fail(c, -errno);
	err = read_lines(c, file);
	fclose(file);
	return err == -EBADMSG ? damaged(c) : err;
}

/* --- opening ---------------------------------------------------------------------------------- */

static int take_lock(struct fleet_cursor *c)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s.lock", c->path) >= (int)sizeof(path))
		return fail(c, -ENAMETOOLONG);
	c->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (c->lock < 0)
		return fail(c, -errno);
	if (!flock(c->lock, LOCK_EX | LOCK_NB))
		return 0;
	if (errno != EWOULDBLOCK)
		return fail(c, -errno);
	log_error("%s: another process sends what it has not: stop it, or name another file with "
		  "--cursor",
		  c->path);
	return -EBUSY;
}

int fleet_cursor_open(struct fleet_cursor *c, const char *path, const char *dir, const char *to)
{
	int n, err;

	*c = (struct fleet_cursor){ .to = to, .lock = -1, .file.dir_fd = -1 };
	n = path ? snprintf(c->path, sizeof(c->path), "%s", path)
		 : snprintf(c->path, sizeof(c->path), "%s/" FLEET_CURSOR, dir);
	if (n >= (int)sizeof(c->path))
		return fail(c, -ENAMETOOLONG);
	err = replaced_open(c->path, &c->file);
	if (err)
		return fail(c, err);
	err = take_lock(c);
	return err ? err : read_it(c);
}

void fleet_cursor_close(struct fleet_cursor *c)
{
	if (c->file.dir_fd >= 0)
		replaced_close(&c->file);
	if (c->lock >= 0)
		close(c->lock);
	free(c->ahead);
	*c = (struct fleet_cursor){ .lock = -1, .file.dir_fd = -1 };
}

/* --- writing ---------------------------------------------------------------------------------- */

static void put_text(struct buf *b, const char *key, const char *value)
{
	buf_puts(b, key);
	buf_putc(b, ' ');
	buf_puts(b, value);
	buf_putc(b, '\n');
}

static void put_number(struct buf *b, const char *key, uint64_t number)
{
	buf_puts(b, key);
	buf_putc(b, ' ');
	buf_put_u64(b, number);
	buf_putc(b, '\n');
}

static void put_two(struct buf *b, const char *key, uint64_t first, uint64_t second)
{
	buf_puts(b, key);
	buf_putc(b, ' ');
	buf_put_u64(b, first);
	put_number(b, "", second);
}

int fleet_cursor_save(struct fleet_cursor *c, const struct spool_place *place,
		      const struct spool_ahead *ahead, size_t n_ahead)
{
	struct buf b = { 0 };
	int err;

	c->file.time_ns = place->last_ns ? place->last_ns : place->begun_ns;
	put_text(&b, HEAD "\nto", c->to);
	put_two(&b, "segment", place->number, place->begun_ns);
	put_number(&b, "records", place->records);
	put_number(&b, "time", place->last_ns);
	put_text(&b, "host", place->host);
	put_text(&b, "boot", place->boot);
	for (size_t i = 0; i < n_ahead; i++)
		if (ahead[i].number >= place->number)
			put_two(&b, "ahead", ahead[i].number, ahead[i].records);
	buf_puts(&b, "end\n");
	err = buf_failed(&b) ? -ENOMEM : replaced_write(&c->file, b.data, b.len);
	buf_free(&b);
	return err;
}
