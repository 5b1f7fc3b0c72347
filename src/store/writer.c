// SPDX-License-Identifier: GPL-2.0-only
#include "store/writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/columns.h"
#include "store/dir.h"
#include "store/segment_file.h"
#include "store/texts.h"

#define SECOND 1000000000u
#define LEVEL_LIVE 1 /* of zlib: what is sealed is packed anew */
#define WAL_PAGES 1000

struct writer {
	struct writer_opts opts;
	char *dir;
	struct segment_file *live;
	struct text_table texts;
	uint64_t since_ns; /* CLOCK_MONOTONIC: of the first record that is not committed; 0: none */
	size_t n;	   /* in `records`, not appended yet */
	struct stored records[COLUMNS_MAX];
};

static uint64_t wall_now(void)
{
	return clock_now() + (uint64_t)clock_wall_offset();
}

static int begin_segment(struct writer *w, uint64_t number)
{
	struct store_file f = { .number = number, .begun_ns = wall_now() };
	struct segment_facts facts = { .begun_ns = f.begun_ns, .group = (gid_t)-1 };
	char host[256] = "", name[STORE_NAME_MAX], *path;
	uint32_t next = 1;
	int err;

	gethostname(host, sizeof(host) - 1);
	facts.host = host;
	store_name_format(&f, name);
	if (asprintf(&path, "%s/%s", w->dir, name) < 0)
		return -ENOMEM;
	err = segment_file_make(path, &facts);
	if (!err)
		err = segment_file_open(path, WAL_PAGES, &w->live, &next);
	if (!err)
		text_table_begin(&w->texts, next);
	free(path);
	return err;
}

static int begin(struct writer *w)
{
	struct store_files files;
	uint64_t number = 1;
	int err;

	if (mkdir(w->dir, 0750) && errno != EEXIST) {
		err = -errno;
		log_error("cannot make the directory %s: %s", w->dir, strerror(-err));
		return err;
	}
	err = store_list(w->dir, &files);
	if (err) {
		log_error("cannot read the directory %s: %s", w->dir, strerror(-err));
		return err;
	}
	if (files.n)
		number = files.files[files.n - 1].number + 1;
	store_files_free(&files);
	return begin_segment(w, number);
}

int writer_open(const struct writer_opts *opts, struct writer **ret)
{
	struct writer *w = calloc(1, sizeof(*w));
	int err = -ENOMEM;

	if (w) {
		w->opts = *opts;
		w->dir = strdup(opts->dir);
	}
	if (w && w->dir)
		err = begin(w);
	if (err) {
		writer_close(w);
		return err;
	}
	*ret = w;
	return 0;
}

static int append(struct writer *w)
{
	size_t n = w->n;

	w->n = 0;
	return n ? segment_file_append(w->live, w->records, n, &w->texts, LEVEL_LIVE) : 0;
}

static int failed(struct writer *w, int err)
{
	log_error("cannot write to the store in %s: %s", w->dir, strerror(-err));
	return err;
}

static int commit(struct writer *w)
{
	int err = append(w);

	if (!err)
		err = segment_file_commit(w->live);
	w->since_ns = 0;
	return err ? failed(w, err) : 0;
}

int writer_record(struct writer *w, const struct record *rec)
{
	int err;

	if (!w->since_ns)
		w->since_ns = clock_now();
	stored_from_record(&w->records[w->n++], rec, &w->texts.api);
	if (w->n < COLUMNS_MAX)
		return 0;
	err = append(w);
	return err ? failed(w, err) : 0;
}

int writer_tick(struct writer *w)
{
	if (!w->since_ns || clock_now() - w->since_ns < SECOND)
		return 0;
	return commit(w);
}

uint64_t writer_lost(const struct writer *w)
{
	(void)w;
	return 0;
}

void writer_close(struct writer *w)
{
	if (!w)
		return;
	if (w->live)
		commit(w);
	segment_file_close(w->live);
	text_table_free(&w->texts);
	free(w->dir);
	free(w);
}
