// SPDX-License-Identifier: GPL-2.0-only
#include "words/store_report.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/replaced.h"
#include "base/signals.h"
#include "cli/options.h"
#include "core/record.h"
#include "core/report.h"
#include "render/report.h"
#include "store/ask.h"
#include "words/answer.h"
#include "words/store_at.h"

#define NSEC 1000000000u
#define HOST_MAX 256
#define ASKED_MAX 500 /* bytes of a command line that are told */

struct report_job {
	struct answer *answer;
	const char *path;
	struct replaced file;
	struct report report;
	uint64_t found;
};

static int fail(const struct report_job *job, int err)
{
	log_error("--report %s: %s", job->path,
		  err == -EEXIST ? "it is there, and no file" : strerror(-err));
	return err;
}

/* As any file that is made: what the umask leaves. */
static mode_t usual_mode(void)
{
	mode_t mask = umask(077);

	umask(mask);
	return 0666 & ~mask;
}

/* Said before all is read. */
static int open_file(struct report_job *job)
{
	int err = replaced_open(job->path, &job->file);

	if (err) {
		job->file.dir_fd = -1;
		return fail(job, err);
	}
	job->file.mode = usual_mode();
	err = replaced_check(&job->file);
	if (!err && faccessat(job->file.dir_fd, ".", W_OK | X_OK, AT_EACCESS))
		err = -errno;
	return err ? fail(job, err) : 0;
}

/* --- what is told ----------------------------------------------------------------------------- */

/* As store_fn, both. */
static int take_row(void *arg, const struct record *rec)
{
	struct report_job *job = arg;

	job->found++;
	return report_there(&job->report, rec);
}

static int take(void *arg, const struct record *rec)
{
	struct report_job *job = arg;

	if (signals_stops())
		return -EINTR;
	if (!record_asked(&job->answer->asked, rec))
		return 0;
	job->found += record_is_socket(rec);
	if (!record_is_socket(rec))
		answer_note(job->answer, rec);
	return report_add(&job->report, rec);
}

static int64_t zone_of(uint64_t wall_ns)
{
	time_t second = (time_t)(wall_ns / NSEC);
	struct tm tm;

	return localtime_r(&second, &tm) ? tm.tm_gmtoff : 0;
}

/* From when to when: as asked, but for what the store cannot have. */
static int begin(struct report_job *job)
{
	const struct past_opts *past = &job->answer->options->past;
	uint64_t since_ns = past->since_ns, until_ns = past->until_ns, first_ns, last_ns;
	int err = store_span(answer_dir(job->answer->options), &first_ns, &last_ns);

	if (err)
		return err;
	if (!since_ns)
		since_ns = first_ns;
	if (until_ns > past->now_ns)
		until_ns = past->now_ns;
	report_begin(&job->report, since_ns, until_ns, zone_of(since_ns));
	return 0;
}

static int collect(struct report_job *job)
{
	struct store_question q = answer_question(job->answer);
	const struct past_opts *past = &job->answer->options->past;
	int err = begin(job);

	if (!err && past->since_ns)
		err = store_at_rows(job->answer, past->since_ns, false, take_row, job);
	if (!err)
		err = store_ask(&q, take, job);
	if (!err && past->until_ns < past->now_ns) /* what ends later is told at its end */
		err = store_at_rows(job->answer, past->until_ns, false, take_row, job);
	if (!err)
		err = report_end(&job->report);
	return err;
}

/* --- the page --------------------------------------------------------------------------------- */

/* The command line; whoever reads the page escapes it. */
static void put_asked(const struct report_job *job, struct buf *b)
{
	char *const *argv = job->answer->options->argv;

	buf_puts(b, "sockwatch");
	for (size_t i = 1; argv[0] && argv[i] && b->len < ASKED_MAX; i++) {
		buf_putc(b, ' ');
		buf_puts(b, argv[i]);
	}
	buf_putc(b, '\0');
}

static int write_page(struct report_job *job)
{
	struct buf asked = { 0 }, b = { 0 };
	char host[HOST_MAX] = "";
	struct report_page page = { .report = &job->report,
				    .host = host,
				    .made_ns = job->answer->options->past.now_ns };
	int err = -ENOMEM;

	gethostname(host, sizeof(host) - 1);
	put_asked(job, &asked);
	if (!buf_failed(&asked)) {
		page.asked = asked.data;
		report_put_page(&page, &b);
		err = buf_failed(&b) ? -ENOMEM : replaced_write(&job->file, b.data, b.len);
	}
	buf_free(&asked);
	buf_free(&b);
	return err ? fail(job, err) : 0;
}

static void tell(const struct report_job *job)
{
	const struct report *r = &job->report;

	log_info("%s: %" PRIu64 " connections, %" PRIu64 " that did not end, %" PRIu64
		 " failed or cut off, %zu listened, %" PRIu64 " events lost",
		 job->path, r->connections, r->going, r->failed, r->listeners.n, r->lost);
}

static int make(struct report_job *job)
{
	int err = collect(job);

	if (err == -EINTR) {
		log_note("--report %s: it is as it was: not all was read yet", job->path);
		return 0;
	}
	if (err == -ENOMEM)
		log_error("out of memory");
	else if (err)
		answer_explain(answer_dir(job->answer->options), err);
	if (err || !job->found)
		return err;
	err = write_page(job);
	if (!err)
		tell(job);
	return err;
}

int store_report_tell(struct answer *a, uint64_t *ret_found)
{
	static struct report_job job; /* it is large */
	int err;

	job = (struct report_job){ .answer = a, .path = a->options->past.report };
	err = open_file(&job);
	if (!err)
		err = make(&job);
	if (!err && !job.found && !signals_stops())
		answer_nothing(a);
	*ret_found = job.found;
	report_free(&job.report);
	replaced_close(&job.file);
	return err;
}
