// SPDX-License-Identifier: GPL-2.0-only
#include "store/writer.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/record.h"
#include "event.h"
#include "store/columns.h"
#include "store/dir.h"
#include "store/files.h"
#include "store/lock.h"
#include "store/sealer.h"
#include "store/segment.h"
#include "store/segment_file.h"
#include "store/texts.h"

#define SECOND UINT64_C(1000000000)
#define COMMIT_NS (400 * UINT64_C(1000000)) /* with a tick each half second: within the second */
#define DAY (86400 * SECOND)
#define LEVEL_LIVE 1 /* of zlib: what is sealed is packed anew */
#define PAGE 4096    /* of SQLite */
#define WAL_PAGES_MOST 1000
#define TEXTS_MOST (1u << 20) /* bytes of new ones that wait for a commit */
#define TAKEN_MOST 65536      /* records likewise */

struct writer {
	struct writer_opts opts; /* its strings owned */
	char *dir, *boot;
	int lock;
	dev_t live_dev; /* of the file that is written, by which it is known */
	ino_t live_ino;
	bool gone;	 /* its directory is, and cannot be made again: for good */
	uint64_t number; /* of the segment that is written */
	uint64_t begun_mono_ns;
	char path[PATH_MAX];	   /* likewise */
	struct segment_file *live; /* NULL: it must be opened anew */
	struct sealer *sealer;
	struct text_table texts;
	uint64_t since_ns; /* CLOCK_MONOTONIC: of the first record that is not committed; 0: none */
	uint64_t since_wall_ns;
	uint64_t taken; /* records that are not committed */
	uint64_t lost, lost_told;
	uint64_t lost_since_ns; /* wall time of the first that is not told */
	uint64_t retry_ns;	/* paused until then: there was no room; 0: it goes on */
	size_t n;		/* in `records`, not appended yet */
	struct stored records[COLUMNS_MAX];
};

/* --- segments --------------------------------------------------------------------------------- */

/* A sixteenth of a segment may be in the log that is not folded in yet. */
static uint32_t wal_pages(const struct writer *w)
{
	uint64_t pages = w->opts.segment_size / PAGE / 16;

	return pages > WAL_PAGES_MOST ? WAL_PAGES_MOST : pages < 16 ? 16 : (uint32_t)pages;
}

static int open_live(struct writer *w)
{
	uint32_t next;
	struct stat st;
	int err = segment_file_open(w->path, wal_pages(w), &w->live, &next);

	if (!err && stat(w->path, &st))
		err = -errno;
	if (err)
		return err;
	w->live_dev = st.st_dev;
	w->live_ino = st.st_ino;
	text_table_free(&w->texts);
	text_table_begin(&w->texts, next);
	return 0;
}

/* Whether what is written has its name still: else nobody will ever read it. */
static bool is_in_place(const struct writer *w)
{
	struct stat st;

	return !stat(w->path, &st) && st.st_dev == w->live_dev && st.st_ino == w->live_ino;
}

/* The next one; what is written now, if any, is left to the sealer. */
static int begin_segment(struct writer *w)
{
	struct store_file f = { .number = w->number + 1, .begun_ns = clock_wall_now() };
	struct segment_facts facts = { .boot = w->boot, .begun_ns = f.begun_ns };
	char host[256] = "", name[STORE_NAME_MAX], path[PATH_MAX];
	struct segment_file *full = w->live;
	int err;

	gethostname(host, sizeof(host) - 1);
	facts.host = host;
	store_name_format(&f, name);
	if (!files_path(path, w->dir, name))
		return -ENAMETOOLONG;
	err = segment_file_make(w->dir, path, &facts);
	if (err)
		return err;
	w->number = f.number;
	w->begun_mono_ns = clock_now();
	memcpy(w->path, path, sizeof(path));
	w->live = NULL;
	if (w->sealer)
		sealer_take(w->sealer, full);
	return open_live(w);
}

/* --- opening ---------------------------------------------------------------------------------- */

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && !strcmp(name + n - m, end);
}

/* What was being made when a writer was killed, and live segments that are there sealed. */
static void sweep(const char *dir)
{
	struct dirent *entry;
	char path[PATH_MAX];
	struct store_files files;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d)))
		if (ends_with(entry->d_name, ".tmp") && files_path(path, dir, entry->d_name))
			files_remove(path);
	if (d)
		closedir(d);
	if (store_list_doubles(dir, &files))
		return;
	for (size_t i = 0; i < files.n; i++)
		files_remove(files.files[i].path);
	store_files_free(&files);
}

/* Whether to go on with a segment: of this boot, and whole. */
static bool is_ours(const struct writer *w, const struct store_file *f)
{
	struct segment *s;
	const char *boot;
	bool ours;

	if (f->sealed || f->size >= w->opts.segment_size || segment_open(f->path, &s))
		return false;
	boot = segment_boot(s);
	ours = boot && w->boot ? !strcmp(boot, w->boot) : !boot == !w->boot;
	segment_close(s);
	return ours;
}

static int go_on(struct writer *w)
{
	const struct store_file *last;
	struct store_files files;
	int err = store_list(w->dir, &files);

	if (err)
		return err;
	last = files.n ? &files.files[files.n - 1] : NULL;
	w->number = last ? last->number : 0;
	err = -ENOENT;
	if (last && is_ours(w, last)) {
		snprintf(w->path, sizeof(w->path), "%s", last->path);
		w->begun_mono_ns = clock_now();
		err = open_live(w);
	}
	store_files_free(&files);
	return err ? begin_segment(w) : 0;
}

static int begin(struct writer *w)
{
	int err = 0;

	if (mkdir(w->dir, 0750) && errno != EEXIST) {
		err = -errno;
		log_error("cannot make the directory %s: %s", w->dir, strerror(-err));
		return err;
	}
	w->lock = store_lock(w->dir);
	if (w->lock < 0)
		return w->lock;
	sweep(w->dir);
	err = go_on(w);
	if (!err)
		err = sealer_begin(&w->opts, &w->sealer);
	if (err)
		log_error("cannot write to the store in %s: %s", w->dir, strerror(-err));
	return err;
}

int writer_open(const struct writer_opts *opts, struct writer **ret)
{
	struct writer *w = calloc(1, sizeof(*w));
	int err = -ENOMEM;

	if (!w)
		return err;
	w->lock = -1;
	w->opts = *opts;
	w->dir = strdup(opts->dir);
	w->boot = opts->boot ? strdup(opts->boot) : NULL;
	w->opts.dir = w->dir;
	w->opts.boot = w->boot;
	if (w->dir && (w->boot || !opts->boot))
		err = begin(w);
	if (err) {
		writer_close(w);
		return err;
	}
	*ret = w;
	return 0;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* What was not committed is lost. The file is opened anew: who knows what state it is in. */
static int pause_writing(struct writer *w, int err)
{
	if (!w->retry_ns)
		log_error(
			"cannot write to the store in %s: %s: what comes is lost until that works",
			w->dir, strerror(-err));
	if (w->lost == w->lost_told)
		w->lost_since_ns = w->taken ? w->since_wall_ns : clock_wall_now();
	w->lost += w->taken;
	w->taken = w->n = 0;
	w->since_ns = 0;
	w->retry_ns = clock_now() + SECOND;
	text_table_lost(&w->texts);
	segment_file_close(w->live);
	w->live = NULL;
	return -ENOSPC;
}

static int append(struct writer *w)
{
	size_t n = w->n;

	w->n = 0;
	return n ? segment_file_append(w->live, w->records, n, &w->texts, LEVEL_LIVE) : 0;
}

static int commit(struct writer *w)
{
	int err = append(w);

	if (!err)
		err = segment_file_commit(w->live);
	if (err)
		return err;
	if (!is_in_place(w))
		return -ENOENT;
	w->taken = 0;
	w->since_ns = 0;
	/* what the log beside it may still grow by is room of the segment, too */
	if (store_size(w->path) + wal_pages(w) * PAGE < w->opts.segment_size &&
	    clock_now() - w->begun_mono_ns < DAY)
		return 0;
	return begin_segment(w);
}

static void put(struct writer *w, const struct record *rec)
{
	if (!w->taken++) {
		w->since_ns = clock_now();
		w->since_wall_ns = rec->wall_ns;
	}
	stored_from_record(&w->records[w->n++], rec, &w->texts.api);
}

/* Our lock has its name in the directory still. */
static bool has_lock(const struct writer *w)
{
	char path[PATH_MAX];
	struct stat ours, named;

	return files_path(path, w->dir, STORE_LOCK) && !fstat(w->lock, &ours) &&
	       !stat(path, &named) && ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

/*
 * A segment is damaged, or was removed: there is another. Where the whole directory was, it is made
 * anew; if that may not be it is the end: whoever starts a recorder has the right, we gave it up.
 */
static int begin_anew(struct writer *w)
{
	int lock;

	if (has_lock(w))
		return begin_segment(w);
	if (mkdir(w->dir, 0750) && errno != EEXIST) {
		log_error("the directory %s is gone, and cannot be made again: %s: recording ends",
			  w->dir, strerror(errno));
		w->gone = true;
		return -ENOENT;
	}
	lock = store_lock(w->dir);
	if (lock < 0) {
		w->gone = true;
		return lock;
	}
	close(w->lock);
	w->lock = lock;
	return begin_segment(w);
}

/* Tells what was lost, where that finds room; then it goes on. 0 or -errno. */
static int resume(struct writer *w)
{
	struct sw_event ev = { .kind = SW_EV_LOST, .time_ns = clock_now() };
	struct record rec = { .ev = &ev,
			      .wall_ns = clock_wall_now(),
			      .lost = w->lost - w->lost_told,
			      .lost_since_ns = w->lost_since_ns };
	uint64_t lost = w->lost;
	int err = w->live ? 0 : access(w->path, F_OK) ? -ENOENT : open_live(w);

	if (err == -EBADMSG || err == -ENOENT)
		err = begin_anew(w);
	if (err)
		return err;
	if (rec.lost)
		put(w, &rec);
	err = append(w);
	if (!err)
		err = segment_file_commit(w->live);
	w->taken = 0; /* this one is none that was lost */
	if (err)
		return err;
	w->since_ns = 0;
	w->lost_told = lost;
	w->retry_ns = 0;
	log_note("the store in %s is written again: %" PRIu64 " records were lost", w->dir,
		 rec.lost);
	return 0;
}

/* True: it is paused. */
static bool is_paused(struct writer *w)
{
	int err;

	if (!w->retry_ns)
		return false;
	if (w->gone || clock_now() < w->retry_ns)
		return true;
	err = resume(w);
	if (err)
		pause_writing(w, err);
	return err;
}

int writer_record(struct writer *w, const struct record *rec)
{
	int err = 0;

	if (is_paused(w)) {
		if (w->lost == w->lost_told)
			w->lost_since_ns = rec->wall_ns;
		w->lost++;
		return -ENOSPC;
	}
	put(w, rec);
	if (w->taken >= TAKEN_MOST)
		err = commit(w);
	else if (w->n == COLUMNS_MAX || w->texts.fresh.len >= TEXTS_MOST)
		err = append(w);
	return err ? pause_writing(w, err) : 0;
}

int writer_tick(struct writer *w)
{
	int err;

	if (is_paused(w))
		return w->gone ? -ENOENT : -ENOSPC;
	if (w->live && !is_in_place(w))
		return pause_writing(w, -ENOENT);
	if (!w->since_ns || clock_now() - w->since_ns < COMMIT_NS)
		return 0;
	err = commit(w);
	return err ? pause_writing(w, err) : 0;
}

void writer_limit(struct writer *w, const struct writer_opts *limits)
{
	w->opts.max_size = limits->max_size;
	w->opts.max_age_ns = limits->max_age_ns;
	w->opts.keep_free = limits->keep_free;
	w->opts.segment_size = limits->segment_size;
	sealer_limit(w->sealer, &w->opts);
}

uint64_t writer_lost(const struct writer *w)
{
	return w->lost;
}

void writer_settle(struct writer *w)
{
	sealer_wait(w->sealer);
}

void writer_close(struct writer *w)
{
	int err;

	if (!w)
		return;
	if (w->live && w->taken) {
		err = append(w);
		if (!err)
			err = segment_file_commit(w->live);
		if (err)
			pause_writing(w, err);
	}
	if (w->retry_ns && !w->gone)
		resume(w); /* there may be room for this one */
	segment_file_close(w->live);
	sealer_end(w->sealer);
	text_table_free(&w->texts);
	if (w->lock >= 0)
		close(w->lock);
	free(w->boot);
	free(w->dir);
	free(w);
}
