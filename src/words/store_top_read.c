// SPDX-License-Identifier: GPL-2.0-only
#include "words/store_top_read.h"

#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/child.h"
#include "base/log.h"
#include "base/privilege.h"
#include "core/sink.h"
#include "core/wire.h"
#include "screen/screen.h"
#include "store/ask.h"
#include "words/answer.h"
#include "words/store_past.h"

#define CHUNK 65536 /* bytes that are sent together */

/* It reads the files of a store, and says what it found. */
static const char *const calls[] = {
	"open",
	"openat",
	"close",
	"read",
	"pread64",
	"readv",
	"preadv",
	"write",
	"writev",
	"lseek",
	"fcntl",
	"flock",
	"fadvise64",
	"stat",
	"lstat",
	"fstat",
	"newfstatat",
	"statx",
	"statfs",
	"fstatfs",
	"access",
	"faccessat",
	"faccessat2",
	"getdents64",
	"readlink",
	"readlinkat",
	"getcwd",
	"fchmod",
	"fchown",
	"pwrite64",
	"ftruncate",
	"fallocate",
	"mmap",
	"munmap",
	"mremap",
	"mprotect",
	"madvise",
	"brk",
	"futex",
	"clock_gettime",
	"nanosleep",
	"getpid",
	"clock_nanosleep",
	"gettimeofday",
	"getppid",
	"gettid",
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"getrandom",
	"uname",
	"sysinfo",
	"prctl",
	"poll",
	"ppoll",
	"recvfrom",
	"sendto",
	"shutdown",
	"restart_syscall",
	"exit",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"exit_group",
	"rseq",
	"membarrier",
	"sched_yield",
	"tgkill",
	"set_robust_list",
	NULL,
};

/* A store may be another user's than the one that it becomes: it was copied, or given away. */
static const struct privilege_opts rights = {
	.keep = 1ULL << CAP_DAC_READ_SEARCH,
	.keep_for = "to read the store",
	.calls = calls,
	.narrow = (const struct privilege_narrow[]){ { 0 } },
};

/* A sink that sends what it is told. */
struct reader {
	struct sink sink;
	struct past past;
	const struct options *options; /* borrowed */
	struct buf buf;		       /* owned: frames that are not sent yet */
	int fd;			       /* borrowed */
};

static struct reader *of(struct sink *s)
{
	return (struct reader *)s;
}

static int send_all(struct reader *r)
{
	size_t at = 0;

	while (at < r->buf.len) {
		ssize_t n = send(r->fd, r->buf.data + at, r->buf.len - at, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return -EPIPE;
		at += n > 0 ? (size_t)n : 0;
	}
	r->buf.len = 0;
	return 0;
}

static int put(struct reader *r, enum wire_kind kind, const struct record *rec)
{
	int err = wire_pack(&r->buf, kind, rec);

	if (err && err != -EMSGSIZE)
		return err;
	return r->buf.len < CHUNK ? 0 : send_all(r);
}

static int reader_begin(struct sink *s)
{
	return put(of(s), WIRE_BEGIN, NULL);
}

static int reader_record(struct sink *s, const struct record *rec)
{
	return put(of(s), WIRE_RECORD, rec);
}

static int reader_flush(struct sink *s)
{
	return send_all(of(s));
}

/* Its end is what ends the answer, too: answer(). */
static const struct sink_ops ops = { .begin = reader_begin,
				     .record = reader_record,
				     .flush = reader_flush };

/* The next moment, of those that wait the last. 0: the other side has ended. */
static uint64_t next_moment(const struct reader *r)
{
	struct screen_moment m = { 0 };
	int flags = MSG_WAITALL;
	ssize_t n;

	do {
		n = recv(r->fd, &m, sizeof(m), flags);
		if (n == sizeof(m))
			flags = MSG_DONTWAIT;
	} while (n == sizeof(m) || (n < 0 && errno == EINTR));
	return n < 0 && errno == EAGAIN ? m.at_ns : 0;
}

/* 0; or -EPIPE: nobody is there to be answered. */
static int answer(struct reader *r, uint64_t at_ns)
{
	const char *dir = answer_dir(r->options);
	uint64_t first_ns, last_ns;
	int err = store_span(dir, &first_ns, &last_ns);

	if (!err)
		err = past_tell(&r->past, at_ns);
	if (r->past.sink_err)
		return -EPIPE;
	if (err < 0)
		answer_explain(dir, err);
	return put(r, WIRE_END, NULL) || send_all(r) ? -EPIPE : 0;
}

/* As child_opts has them. */
static int reader_open(void *arg, int fd)
{
	struct reader *r = arg;

	r->fd = fd;
	return past_init(&r->past, r->options);
}

static int reader_run(void *arg, int fd)
{
	struct reader *r = arg;
	uint64_t at_ns;

	(void)fd;
	while ((at_ns = next_moment(r)) && !answer(r, at_ns))
		;
	past_free(&r->past);
	buf_free(&r->buf);
	return 0;
}

enum exit_status store_top_read(const struct options *o)
{
	static struct reader reader = { .sink.ops = &ops };
	const struct child_opts opts = { .name = "sockwatch-store",
					 .open = reader_open,
					 .run = reader_run,
					 .arg = &reader,
					 .rights = &rights };
	int err;

	reader.options = o;
	reader.past.sink = &reader.sink;
	err = child_serve(&opts);
	if (err == -ENOTSOCK)
		log_error("sockwatch-store reads for sockwatch top, which starts it: use that");
	return err == -ENOTSOCK ? EXIT_USAGE : err ? EXIT_FAULT : EXIT_DONE;
}
