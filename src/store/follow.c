// SPDX-License-Identifier: GPL-2.0-only
/*
 * The newest segment stays open while it is followed: what was written to it before it was sealed,
 * and its name gone, can still be read. A newer one is begun only when it is complete.
 */
#include "store/ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/record.h"
#include "store/dir.h"
#include "store/segment.h"
#include "store/stored.h"

struct store_follow {
	char *dir;		 /* owned */
	struct segment *segment; /* owned; NULL: none could be opened yet */
	uint64_t number;	 /* of it */
	int64_t block;		 /* the last one that was read */
	bool machines;		 /* records have its host and its boot */
};

struct telling {
	const struct store_follow *f;
	store_fn fn;
	void *arg;
};

static int tell(void *arg, const struct stored *s, struct stored_texts *texts)
{
	struct telling *t = arg;
	struct record rec;

	stored_to_record(s, texts, &rec);
	if (t->f->machines) {
		rec.host = segment_host(t->f->segment);
		rec.boot = segment_boot(t->f->segment);
	}
	return t->fn(t->arg, &rec);
}

static int stop(void *arg, const struct stored *s, struct stored_texts *texts)
{
	(void)arg;
	(void)s;
	(void)texts;
	return 1;
}

/* Behind what it has by now. */
static int begin_at_end(struct store_follow *f)
{
	struct segment_query q = { .until_ns = UINT64_MAX, .newest_first = true };
	int err = segment_read(f->segment, &q, stop, NULL, &f->block);

	return err < 0 ? err : 0;
}

int store_follow_new(const char *dir, bool machines, struct store_follow **ret)
{
	struct store_files files = { 0 };
	struct store_follow *f = NULL;
	int err = store_list(dir, &files);

	if (err)
		return err;
	if (!files.n)
		return -ENOENT;
	f = calloc(1, sizeof(*f));
	if (f) {
		f->machines = machines;
		f->dir = strdup(dir);
	}
	if (!f || !f->dir) {
		log_error("out of memory");
		err = -ENOMEM;
	}
	if (!err)
		err = segment_open(files.files[files.n - 1].path, &f->segment);
	if (!err) {
		f->number = files.files[files.n - 1].number;
		err = begin_at_end(f);
	}
	store_files_free(&files);
	if (err)
		store_follow_free(f);
	else
		*ret = f;
	return err;
}

bool store_follow_covers(const struct store_follow *f, uint64_t number, int64_t *ret_until_block)
{
	if (number != f->number)
		return number < f->number;
	*ret_until_block = f->block;
	return f->block > 0;
}

static int read_more(struct store_follow *f, struct telling *t)
{
	struct segment_query q = { .until_ns = UINT64_MAX, .after_block = f->block };
	int64_t block = f->block;
	int err;

	if (!f->segment)
		return 0;
	err = segment_read(f->segment, &q, tell, t, &block);
	if (block > f->block)
		f->block = block;
	return err == -EBADMSG ? 0 : err; /* a message names it */
}

/* The one that was begun next; NULL: there is none. */
static const struct store_file *next_of(const struct store_files *files, uint64_t number)
{
	for (size_t i = 0; i < files->n; i++)
		if (files->files[i].number > number)
			return &files->files[i];
	return NULL;
}

int store_follow_more(struct store_follow *f, store_fn fn, void *arg)
{
	struct telling t = { .f = f, .fn = fn, .arg = arg };
	struct store_files files = { 0 };
	const struct store_file *next;
	int err = store_list(f->dir, &files);

	if (!err)
		err = read_more(f, &t);
	while (!err && (next = next_of(&files, f->number))) {
		segment_close(f->segment);
		f->segment = NULL;
		f->number = next->number;
		f->block = 0;
		if (segment_open(next->path, &f->segment)) /* a message names it */
			f->segment = NULL;
		err = read_more(f, &t);
	}
	store_files_free(&files);
	return err;
}

void store_follow_free(struct store_follow *f)
{
	if (!f)
		return;
	segment_close(f->segment);
	free(f->dir);
	free(f);
}
