// SPDX-License-Identifier: GPL-2.0-only
#include "words/store_notable.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/replaced.h"
#include "core/addr.h"
#include "core/known.h"
#include "core/names.h"
#include "core/notable.h"
#include "core/record.h"
#include "proc/port_range.h"

#define LEARN_NS (3600 * 1000000000ull)
#define SAVE_NEW_NS (10 * 1000000000ull) /* at least, between two */
#define SAVE_NS (600 * 1000000000ull)
#define READ_SIZE ((size_t)64 << 10)
#define FILE_MOST ((size_t)KNOWN_MAX * sizeof(struct known_one) * 2)
#define VALUE_MAX 512 /* bytes of a path that are told */
#define ENDPOINT_MAX (ADDR_TEXT_MAX + 8)

struct store_notable {
	struct notables *notables; /* owned, as all */
	struct known known;
	struct notify journal;
	struct replaced file;
	const char *dir, *socket; /* borrowed */
	uint64_t saved_ns;	  /* of the clock that stands while the machine does */
	bool told_fault;	  /* of the journal; a fault is said once, until it is over */
	bool file_fault;
};

/* --- the journal ------------------------------------------------------------------------------ */

/* As systemd wants them (sd-id128(3)): numbers of our own, each for a kind of message. */
static const struct {
	const char *name, *id;
	int priority; /* as syslog(3) */
} kinds[NOTABLE_KINDS] = {
	[NOTABLE_LISTENER] = { "new_listener", "cc3b95553c134e7cbcd024280f61914d", 5 },
	[NOTABLE_PORT] = { "new_port", "d0da258494e44d978681ddb5afdcb06c", 5 },
	[NOTABLE_FAILURES] = { "failures", "7d52fa8355f9480e8a74a23a3776d9b0", 4 },
	[NOTABLE_LEFT_OUT] = { "left_out", "66d98708a462489097178b4e84d125ff", 4 },
};

/* A line; what would end it, or be no text, is a question mark. */
static void put_field(struct buf *b, const char *name, const char *value, size_t len)
{
	buf_puts(b, name);
	buf_putc(b, '=');
	for (size_t i = 0; i < len && i < VALUE_MAX; i++)
		buf_putc(b, (unsigned char)value[i] < ' ' || value[i] == 127 ? '?' : value[i]);
	buf_putc(b, '\n');
}

static void put_text(struct buf *b, const char *name, const char *value)
{
	if (value)
		put_field(b, name, value, strlen(value));
}

static void put_number(struct buf *b, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	put_text(b, name, text);
}

static void put_end(struct buf *b, const char *which, const union sw_addr *addr, uint16_t port)
{
	char name[40], text[ADDR_TEXT_MAX];

	if (!port)
		return;
	addr_format(addr, text);
	snprintf(name, sizeof(name), "SOCKWATCH_%s_ADDR", which);
	put_text(b, name, text);
	snprintf(name, sizeof(name), "SOCKWATCH_%s_PORT", which);
	put_number(b, name, port);
}

static const char *endpoint(const union sw_addr *addr, uint16_t port, char ret[ENDPOINT_MAX])
{
	char text[ADDR_TEXT_MAX];
	bool is_6;

	addr_format(addr, text);
	is_6 = strchr(text, ':');
	snprintf(ret, ENDPOINT_MAX, is_6 ? "[%s]:%u" : "%s:%u", text, port);
	return ret;
}

/* What is behind the program's name. */
static void put_what(struct buf *b, enum notable_kind kind, const struct record *rec,
		     uint64_t count)
{
	const struct sw_tuple *t = &rec->ev->sock.tuple;
	const char *proto = proto_name(rec->ev), *reason = reason_name(rec->ev->reason);
	char end[ENDPOINT_MAX], text[256];

	if (kind == NOTABLE_LISTENER)
		snprintf(text, sizeof(text), " listens on %s %s, where it never did", proto,
			 endpoint(&t->local, t->local_port, end));
	else if (kind == NOTABLE_PORT)
		snprintf(text, sizeof(text), " uses %s %s, a port that it never used", proto,
			 endpoint(&t->remote, t->remote_port, end));
	else
		snprintf(text, sizeof(text),
			 " failed to connect to %s %s, %" PRIu64 " times in a row (%s)", proto,
			 endpoint(&t->remote, t->remote_port, end), count,
			 reason ? reason : "given_up");
	buf_puts(b, text);
}

static void put_message(struct buf *b, enum notable_kind kind, const struct record *rec,
			uint64_t count)
{
	const struct sw_sock *s = &rec->ev->sock;
	struct buf text = { 0 };
	char pid[16];

	buf_put(&text, s->comm, strnlen(s->comm, sizeof(s->comm)));
	snprintf(pid, sizeof(pid), " (%u)", s->pid);
	if (s->pid)
		buf_puts(&text, pid);
	put_what(&text, kind, rec, count);
	put_field(b, "MESSAGE", text.data, buf_failed(&text) ? 0 : text.len);
	buf_free(&text);
}

static void put_record(struct buf *b, const struct record *rec)
{
	const struct sw_sock *s = &rec->ev->sock;

	put_text(b, "SOCKWATCH_PROTO", proto_name(rec->ev));
	if (s->pid) /* else our PID namespace does not have it */
		put_number(b, "SOCKWATCH_PID", s->pid);
	put_field(b, "SOCKWATCH_COMM", s->comm, strnlen(s->comm, sizeof(s->comm)));
	if (s->have & SW_HAVE_UID)
		put_number(b, "SOCKWATCH_UID", s->uid);
	put_text(b, "SOCKWATCH_EXE", rec->exe);
	put_text(b, "SOCKWATCH_UNIT", rec->unit);
	put_text(b, "SOCKWATCH_CONTAINER", rec->container);
	put_text(b, "SOCKWATCH_POD", rec->pod);
	put_end(b, "LOCAL", &s->tuple.local, s->tuple.local_port);
	put_end(b, "REMOTE", &s->tuple.remote, s->tuple.remote_port);
	put_text(b, "SOCKWATCH_REASON", reason_name(rec->ev->reason));
}

static void put_all(struct buf *b, enum notable_kind kind, const struct record *rec, uint64_t count)
{
	char text[80];

	snprintf(text, sizeof(text), "%" PRIu64 " more were notable, and are not told one by one",
		 count);
	if (rec)
		put_message(b, kind, rec, count);
	else
		put_text(b, "MESSAGE", text);
	put_number(b, "PRIORITY", (uint64_t)kinds[kind].priority);
	put_text(b, "SYSLOG_IDENTIFIER", "sockwatch");
	put_text(b, "MESSAGE_ID", kinds[kind].id);
	put_text(b, "SOCKWATCH_NOTABLE", kinds[kind].name);
	if (count)
		put_number(b, "SOCKWATCH_COUNT", count);
	if (rec)
		put_record(b, rec);
}

/* Says a fault once, until it is over. */
static bool check_fault(bool *told, int err, const char *what)
{
	if (err && !*told)
		log_note("%s: %s", what, strerror(-err));
	*told = err;
	return !err;
}

/* As notable_opts.tell. */
static bool tell(void *arg, enum notable_kind kind, const struct record *rec, uint64_t count)
{
	struct store_notable *n = arg;
	struct buf b = { 0 };
	int err;

	put_all(&b, kind, rec, count);
	buf_putc(&b, '\0');
	err = buf_failed(&b) ? -ENOMEM : notify_tell(&n->journal, b.data);
	buf_free(&b);
	if (err == -EAGAIN) /* it has much to do: this one is counted */
		return false;
	return check_fault(&n->told_fault, err, n->socket);
}

/* --- the file --------------------------------------------------------------------------------- */

static void save(struct store_notable *n)
{
	struct buf b = { 0 };
	int err;

	n->saved_ns = clock_now();
	known_save(&n->known, &b);
	err = buf_failed(&b) ? -ENOMEM : replaced_write(&n->file, b.data, b.len);
	buf_free(&b);
	check_fault(&n->file_fault, err, n->dir);
}

/* All of it. 0 or -errno. */
static int read_file(const struct replaced *file, struct buf *b)
{
	int fd = openat(file->dir_fd, file->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : 1;

	while (n > 0 && b->len <= FILE_MOST) {
		char *room = buf_room(b, READ_SIZE);

		n = room ? read(fd, room, READ_SIZE) : -1;
		b->len += n > 0 ? (size_t)n : 0;
	}
	if (n < 0)
		n = errno ? -errno : -ENOMEM;
	if (fd >= 0)
		close(fd);
	return n < 0 ? (int)n : 0;
}

static void load(struct store_notable *n)
{
	struct buf b = { 0 };
	int err = read_file(&n->file, &b);
	uint64_t salt;

	if (!err)
		err = known_load(&n->known, b.data, b.len);
	buf_free(&b);
	if (!err)
		return;
	if (err != -ENOENT)
		log_note("%s/" NOTABLE_FILE ": what is known begins anew: %s", n->dir,
			 err == -EINVAL ? "it is no such file" : strerror(-err));
	if (getrandom(&salt, sizeof(salt), GRND_NONBLOCK) != sizeof(salt))
		salt = clock_now();
	known_init(&n->known, salt, clock_wall_now());
	log_info("--notable: what comes in the next hour is learned");
}

/* --- all of it -------------------------------------------------------------------------------- */

static int open_all(struct store_notable *n)
{
	struct notable_opts opts = { .learn_ns = LEARN_NS, .tell = tell, .arg = n };
	char path[PATH_MAX];
	int err;

	if (snprintf(path, sizeof(path), "%s/" NOTABLE_FILE, n->dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	err = replaced_open(path, &n->file);
	if (err)
		return err;
	n->file.mode = 0640;
	load(n);
	err = notify_open(n->socket, &n->journal);
	if (err)
		return err;
	opts.chosen_first = 1; /* none */
	port_range_read(&opts.chosen_first, &opts.chosen_last);
	n->notables = notables_new(&opts, &n->known);
	return n->notables ? 0 : -ENOMEM;
}

struct store_notable *store_notable_new(const char *dir, const char *socket)
{
	struct store_notable *n = calloc(1, sizeof(*n));
	int err;

	if (!n) {
		log_error("out of memory");
		return NULL;
	}
	*n = (struct store_notable){ .dir = dir, .socket = socket };
	n->file.dir_fd = n->journal.fd = -1;
	err = open_all(n);
	if (!err)
		return n;
	log_error("--notable: %s", strerror(-err));
	store_notable_free(n);
	return NULL;
}

void store_notable_take(struct store_notable *n, const struct record *rec)
{
	notables_take(n->notables, rec);
}

void store_notable_tick(struct store_notable *n, uint64_t max_age_ns)
{
	uint64_t since_ns = clock_now() - n->saved_ns, now_ns = clock_wall_now();

	notables_tick(n->notables, now_ns);
	if (!n->known.changed || since_ns < (n->known.grown ? SAVE_NEW_NS : SAVE_NS))
		return;
	if (now_ns > max_age_ns && known_expire(&n->known, now_ns - max_age_ns))
		log_note("what is known begins anew: out of memory");
	save(n);
}

void store_notable_free(struct store_notable *n)
{
	if (!n)
		return;
	if (n->notables && n->known.changed)
		save(n);
	if (n->notables && notables_left_out(n->notables))
		log_note("%" PRIu64 " that were notable were not told",
			 notables_left_out(n->notables));
	notables_free(n->notables);
	known_free(&n->known);
	notify_close(&n->journal);
	if (n->file.dir_fd >= 0)
		replaced_close(&n->file);
	free(n);
}
