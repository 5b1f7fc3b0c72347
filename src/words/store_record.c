// SPDX-License-Identifier: GPL-2.0-only
/* The other half of `record`: the program that writes the store, told by the tracer (record.c). */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/statvfs.h>

#include "base/log.h"
#include "base/privilege.h"
#include "cli/options.h"
#include "proc/boot.h"
#include "sink/process_inner.h"
#include "sink/store.h"
#include "store/dir.h"
#include "store/writer.h"
#include "words/store_notable.h"
#include "words/store_place.h"
#include "words/words.h"

#define TICK_MS 500
#define NS_IN_MS 1000000u

/*
 * What a writer does: files of one directory, a thread that seals, what is said to the log; and one
 * socket, to the tracer.
 */
static const char *const calls[] = {
	/* files, as SQLite has them */
	"open",
	"openat",
	"close",
	"read",
	"pread64",
	"readv",
	"preadv",
	"write",
	"pwrite64",
	"writev",
	"pwritev",
	"lseek",
	"fsync",
	"fdatasync",
	"sync_file_range",
	"ftruncate",
	"fallocate",
	"fadvise64",
	"fcntl",
	"flock",
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
	"unlink",
	"unlinkat",
	"rename",
	"renameat",
	"renameat2",
	"link",
	"linkat",
	"mkdir",
	"mkdirat",
	"rmdir",
	"fchmod",
	"fchown",
	"utimensat",
	"readlink",
	"readlinkat",
	"getcwd",
	"umask",
	"dup",
	"dup2",
	"dup3",
	/* memory, time, itself */
	"mmap",
	"munmap",
	"mremap",
	"mprotect",
	"madvise",
	"brk",
	"clock_gettime",
	"clock_getres",
	"clock_nanosleep",
	"nanosleep",
	"gettimeofday",
	"alarm",
	"setitimer",
	"getpid",
	"gettid",
	"getppid",
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"getrandom",
	"uname",
	"sysinfo",
	"prlimit64",
	"getrlimit",
	"setpriority",
	"getpriority",
	"ioprio_set",
	"sched_yield",
	"sched_getaffinity",
	"sched_setscheduler",
	"exit",
	"exit_group",
	"restart_syscall",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sigaltstack",
	"tgkill",
	/* threads */
	"clone",
	"clone3",
	"futex",
	"set_robust_list",
	"rseq",
	"membarrier",
	"prctl",
	"set_tid_address",
	/* the tracer, and syslog */
	"poll",
	"ppoll",
	"recvfrom",
	"sendto",
	"sendmsg",
	"connect",
	"shutdown",
	NULL,
};

static const struct privilege_narrow narrow[] = { { "socket", 0, AF_UNIX }, { 0 } };

static struct writer_opts writer_opts_of(const struct options *o)
{
	return (struct writer_opts){ .dir = o->past.dir ? o->past.dir : STORE_DIR,
				     .max_size = o->keep.max_size,
				     .max_age_ns = o->keep.max_age_ms * NS_IN_MS,
				     .keep_free = o->keep.keep_free,
				     .segment_size = o->keep.segment_size };
}

/* "64M", as it would be given. */
static const char *size_text(uint64_t size, char text[24])
{
	static const char units[] = "KMGT";
	size_t unit = 0;

	size >>= 10;
	while (!(size & 1023) && unit < sizeof(units) - 2) {
		size >>= 10;
		unit++;
	}
	snprintf(text, 24, "%" PRIu64 "%c", size, units[unit]);
	return text;
}

static const char *age_text(uint64_t ns, char text[24])
{
	uint64_t seconds = ns / 1000000000u;

	if (seconds && seconds % 86400 == 0)
		snprintf(text, 24, "%" PRIu64 "d", seconds / 86400);
	else if (seconds && seconds % 3600 == 0)
		snprintf(text, 24, "%" PRIu64 "h", seconds / 3600);
	else
		snprintf(text, 24, "%.6gs", (double)ns / 1e9);
	return text;
}

static void tell_limits(const char *begin, const struct writer_opts *o)
{
	char size[24], age[24], segment[24];

	log_info("%s %s: up to %s and %s, in files of %s; %u%% of the disk stay free", begin,
		 o->dir, size_text(o->max_size, size), age_text(o->max_age_ns, age),
		 size_text(o->segment_size, segment), o->keep_free);
}

struct recording {
	struct writer_opts opts;
	const char *socket;	       /* what is notable is told there; NULL: nowhere */
	struct store_notable *notable; /* owned; NULL: likewise, or it cannot be */
};

/* As store_sink.opened. */
static void begin(void *arg)
{
	struct recording *r = arg;

	tell_limits("recording into", &r->opts);
	if (r->socket)
		r->notable = store_notable_new(r->opts.dir, r->socket);
}

/* As store_sink.took. */
static void take_notable(void *arg, const struct record *rec)
{
	struct recording *r = arg;

	if (r->notable)
		store_notable_take(r->notable, rec);
}

/* As store_sink.flushed. */
static void tick_notable(void *arg)
{
	struct recording *r = arg;

	if (r->notable)
		store_notable_tick(r->notable, r->opts.max_age_ns);
}

/* As store_sink.limited. */
static void tell_limited(void *arg, const struct keep_opts *keep)
{
	struct writer_opts *o = &((struct recording *)arg)->opts;

	o->max_size = keep->max_size;
	o->max_age_ns = keep->max_age_ms * NS_IN_MS;
	o->keep_free = keep->keep_free;
	o->segment_size = keep->segment_size;
	tell_limits("other limits for", o);
}

static int prepare(void *arg)
{
	const struct recording *r = arg;

	return store_place_make(r->opts.dir);
}

/* Whether there is room for all of it; that there is not is no fault, as it may become free. */
static void check_room(const struct writer_opts *o)
{
	struct statvfs fs;
	uint64_t unit, spare, kept;
	char size[24], limit[24];

	if (statvfs(o->dir, &fs))
		return;
	unit = fs.f_frsize;
	kept = fs.f_blocks * unit / 100 * o->keep_free;
	spare = fs.f_bavail * unit;
	spare = spare > kept ? spare - kept : 0;
	if (spare < o->max_size)
		log_note("the disk has room for %s beside what stays free, which is less than "
			 "%s",
			 size_text(spare & ~((uint64_t)1048575), size),
			 size_text(o->max_size, limit));
}

static enum exit_status check_only(const struct writer_opts *o)
{
	if (store_place_check(o->dir))
		return EXIT_FAULT;
	check_room(o);
	tell_limits("it can be recorded into", o);
	return EXIT_DONE;
}

static enum exit_status run(const struct options *o)
{
	const struct privilege_opts rights = { .calls = calls, .narrow = narrow };
	struct recording r = { .opts = writer_opts_of(o), .socket = o->notable };
	struct store_sink sink;
	char boot[BOOT_ID_SIZE];
	struct process_served served = { .name = "sockwatch-store",
					 .sink = &sink.sink,
					 .tick_ms = TICK_MS,
					 .rights = &rights,
					 .prepare = prepare,
					 .arg = &r };
	int err;

	if (o->check_only)
		return check_only(&r.opts);
	r.opts.boot = boot_id(boot);
	store_sink_init(&sink, &r.opts);
	sink.opened = begin;
	sink.limited = tell_limited;
	sink.took = take_notable;
	sink.flushed = tick_notable;
	sink.arg = &r;
	err = process_serve(&served);
	store_notable_free(r.notable);
	if (err == -ENOTSOCK)
		log_error("sockwatch-store record is what sockwatch record starts: use that");
	return err == -ENOTSOCK ? EXIT_USAGE : err ? EXIT_FAULT : EXIT_DONE;
}

const struct word word_store_record = {
	.id = WORD_RECORD,
	.name = "record",
	.summary = "writes the store",
	.examples = "",
	.run = run,
};
