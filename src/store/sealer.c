// SPDX-License-Identifier: GPL-2.0-only
#include "store/sealer.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/chain.h"
#include "store/dir.h"
#include "store/files.h"
#include "store/limits.h"
#include "store/seal.h"
#include "store/segment_file.h"
#include "store/squeeze.h"
#include "store/writer.h"

/* Of zlib: what is above takes twice and four times as long, for one byte in a hundred. */
#define LEVEL_BEST 7
#define LEVEL_FIRST 5
#define LEVEL_LEAST (SQUEEZE_WELL - 1)
#define AGAIN_S 60 /* what failed is tried again, and what is too old looked for */
#define END_WAIT_S 2
#define SECOND 1000000000u

struct sealer {
	const char *dir;	 /* borrowed */
	struct writer_opts opts; /* by the mutex */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct segment_file **full; /* owned; to be closed */
	size_t n_full, cap_full;
	bool wanted, begun, busy, end; /* as all above, by the mutex */
	atomic_bool give_up;
	int level;
	uint64_t bad; /* the number of a segment that cannot be sealed; all below were tried */
};

/* --- the thread ------------------------------------------------------------------------------- */

static const char *name_of(const struct store_file *f)
{
	return strrchr(f->path, '/') + 1;
}

static void add_to_chain(struct sealer *s, const char *name, uint64_t size)
{
	char digest[CHAIN_HEX];
	int err = chain_add(s->dir, CHAIN_SEAL, name, size, digest);

	if (err)
		log_error("cannot add %s to the chain of %s: %s", name, s->dir, strerror(-err));
	else
		syslog(LOG_NOTICE, "sealed %s/%s, %llu bytes, digest %s", s->dir, name,
		       (unsigned long long)size, digest);
}

/*
 * The best of zlib's for which there is time: it may take half of the time in which the segment
 * came. Each level down takes about two thirds.
 */
static void choose_level(struct sealer *s, uint64_t came_ns, uint64_t took_ns, size_t waiting)
{
	if (waiting > 1 || took_ns > came_ns / 2)
		s->level -= s->level > LEVEL_LEAST;
	else if (took_ns < came_ns / 8)
		s->level += s->level < LEVEL_BEST;
}

/* 0; or -errno, and it is still there. */
static int seal_one(struct sealer *s, const struct store_file *live, uint64_t next_begun_ns,
		    size_t waiting)
{
	char name[STORE_NAME_MAX], path[PATH_MAX], digest[CHAIN_HEX];
	uint64_t before = clock_now(), came = next_begun_ns - live->begun_ns;
	int err = seal_segment(s->dir, live, s->level, &s->give_up, name);

	if (err)
		return err;
	if (name[0] && files_path(path, s->dir, name))
		add_to_chain(s, name, store_size(path));
	else if (!name[0]) /* it had nothing: its number is not missing */
		chain_add(s->dir, CHAIN_REMOVED, name_of(live), 0, digest);
	choose_level(s, next_begun_ns > live->begun_ns ? came : 0, clock_now() - before, waiting);
	return files_remove(live->path);
}

static bool is_in_chain(const struct chain_lines *c, const char *name)
{
	for (size_t i = c->n; i-- > 0;)
		if (c->lines[i].act == CHAIN_SEAL && !strcmp(c->lines[i].name, name))
			return true;
	return false;
}

static bool is_removed(const struct chain_lines *c, const char *name)
{
	for (size_t i = c->n; i-- > 0;)
		if (c->lines[i].act == CHAIN_REMOVED && !strcmp(c->lines[i].name, name))
			return true;
	return false;
}

/* What a crash left between one step and the next. */
static void mend_chain(struct sealer *s, const struct store_files *files)
{
	struct chain_lines c;
	int err = chain_read(s->dir, &c);

	if (err) {
		log_error("%s/%s makes no sense: nothing is added to it", s->dir, CHAIN_FILE);
		return;
	}
	for (size_t i = 0; i < files->n; i++) {
		const struct store_file *f = &files->files[i];

		if (!f->sealed)
			continue;
		if (is_removed(&c, name_of(f)))
			files_remove(f->path);
		else if (!is_in_chain(&c, name_of(f)))
			add_to_chain(s, name_of(f), f->size);
	}
	chain_lines_free(&c);
}

/* All but the newest, which is written. */
static void seal_all(struct sealer *s)
{
	struct store_files files;
	size_t waiting = 0;

	if (store_list(s->dir, &files))
		return;
	for (size_t i = 0; i + 1 < files.n; i++)
		waiting += !files.files[i].sealed;
	for (size_t i = 0; i + 1 < files.n && !atomic_load(&s->give_up); i++) {
		if (!files.files[i].sealed && files.files[i].number > s->bad) {
			int err = seal_one(s, &files.files[i], files.files[i + 1].begun_ns,
					   waiting--);

			if (err == -EBADMSG || err == -EPROTO)
				s->bad = files.files[i].number;
			else if (err)
				break;
		}
	}
	store_files_free(&files);
}

static void close_full(struct sealer *s)
{
	struct segment_file *f;

	do {
		pthread_mutex_lock(&s->mutex);
		f = s->n_full ? s->full[--s->n_full] : NULL;
		pthread_mutex_unlock(&s->mutex);
		segment_file_close(f);
	} while (f);
}

static void work(struct sealer *s, const struct writer_opts *opts, bool begun)
{
	close_full(s);
	limits_keep(opts, clock_wall_now(), begun);
	seal_all(s);
}

/* At most AGAIN_S. Locked. */
static void wait_for_work(struct sealer *s)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += AGAIN_S;
	while (!s->wanted && !s->end)
		if (pthread_cond_timedwait(&s->changed, &s->mutex, &until))
			return;
}

static void *run(void *arg)
{
	struct sealer *s = arg;
	struct store_files files;

	if (!store_list(s->dir, &files)) {
		mend_chain(s, &files);
		store_files_free(&files);
	}
	pthread_mutex_lock(&s->mutex);
	while (!s->end) {
		struct writer_opts opts;
		bool begun;

		wait_for_work(s);
		opts = s->opts;
		begun = s->begun;
		s->wanted = s->begun = false;
		s->busy = true;
		pthread_mutex_unlock(&s->mutex);
		work(s, &opts, begun);
		pthread_mutex_lock(&s->mutex);
		s->busy = false;
		pthread_cond_broadcast(&s->changed);
	}
	pthread_mutex_unlock(&s->mutex);
	close_full(s);
	return NULL;
}

/* --- the writer's side ------------------------------------------------------------------------ */

/* Signals are for the thread that made it. */
static int start(struct sealer *s)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = -pthread_create(&s->thread, NULL, run, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

static void free_all(struct sealer *s)
{
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->mutex);
	free(s->full);
	free(s);
}

int sealer_begin(const struct writer_opts *opts, struct sealer **ret)
{
	struct sealer *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;
	int err;

	if (!s)
		return -ENOMEM;
	s->opts = *opts;
	s->dir = opts->dir;
	s->level = LEVEL_FIRST;
	s->wanted = true;
	pthread_mutex_init(&s->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->changed, &attr);
	pthread_condattr_destroy(&attr);
	openlog("sockwatch", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	err = start(s);
	if (err)
		free_all(s);
	else
		*ret = s;
	return err;
}

void sealer_take(struct sealer *s, struct segment_file *full)
{
	int err = 0;

	pthread_mutex_lock(&s->mutex);
	if (full)
		err = ARRAY_ADD(s->full, s->n_full, s->cap_full, &full);
	s->wanted = s->begun = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->mutex);
	if (err)
		segment_file_close(full);
}

void sealer_limit(struct sealer *s, const struct writer_opts *opts)
{
	pthread_mutex_lock(&s->mutex);
	s->opts = *opts;
	s->wanted = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->mutex);
}

void sealer_wait(struct sealer *s)
{
	pthread_mutex_lock(&s->mutex);
	while (s->wanted || s->busy)
		pthread_cond_wait(&s->changed, &s->mutex);
	pthread_mutex_unlock(&s->mutex);
}

void sealer_end(struct sealer *s)
{
	struct timespec until;

	if (!s)
		return;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += END_WAIT_S;
	pthread_mutex_lock(&s->mutex);
	s->end = true;
	pthread_cond_broadcast(&s->changed);
	while ((s->wanted || s->busy) && !pthread_cond_timedwait(&s->changed, &s->mutex, &until))
		;
	atomic_store(&s->give_up, true);
	pthread_mutex_unlock(&s->mutex);
	pthread_join(s->thread, NULL);
	free_all(s);
}
