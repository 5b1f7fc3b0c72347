// SPDX-License-Identifier: GPL-2.0-only
#include "store/spool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/log.h"
#include "core/record.h"
#include "store/columns.h"
#include "store/dir.h"
#include "store/segment.h"
#include "store/stored.h"

struct spool {
	char *dir; /* owned, as all below */
	struct spool_place place;
	struct spool_place before; /* the one where a gap begins that is told */
	struct segment *segment;   /* that of the place; NULL: it is not open */
	int64_t block;		   /* of it, the last that was read */
	uint64_t skip;		   /* records of the blocks behind it that are behind the place */
	struct stored *records;	   /* of a block */
	size_t n_records, at;	   /* the next to be told */
	uint64_t damaged;	   /* records of a block that could not be read, to be told */
	uint64_t kept;		   /* the first segment whose number of records is kept */
	struct spool_ahead *ahead;
	size_t n_ahead, cap_ahead;
	struct record rec;
};

static int set_up(struct spool *s, const char *dir, const struct spool_ahead *ahead, size_t n)
{
	struct store_files files = { 0 };
	int err = store_list(dir, &files);

	if (!err && !files.n)
		err = -ENOENT;
	store_files_free(&files);
	if (err)
		return err;
	s->dir = strdup(dir);
	s->records = malloc(COLUMNS_MAX * sizeof(*s->records));
	if (!s->dir || !s->records)
		return -ENOMEM;
	for (size_t i = 0; i < n && !err; i++)
		err = ARRAY_ADD(s->ahead, s->n_ahead, s->cap_ahead, &ahead[i]);
	return err;
}

void spool_free(struct spool *s)
{
	if (!s)
		return;
	segment_close(s->segment);
	free(s->ahead);
	free(s->records);
	free(s->dir);
	free(s);
}

struct spool_place spool_place(const struct spool *s)
{
	return s->place;
}

/* --- what comes ------------------------------------------------------------------------------- */

const struct spool_ahead *spool_ahead(const struct spool *s, size_t *ret_n)
{
	*ret_n = s->n_ahead;
	return s->ahead;
}

static const struct spool_ahead *find_ahead(const struct spool *s, uint64_t number)
{
	for (size_t i = 0; i < s->n_ahead; i++)
		if (s->ahead[i].number == number)
			return &s->ahead[i];
	return NULL;
}

void spool_forget(struct spool *s, uint64_t number)
{
	size_t n = 0;

	s->kept = number;
	for (size_t i = 0; i < s->n_ahead; i++)
		if (s->ahead[i].number >= number)
			s->ahead[n++] = s->ahead[i];
	s->n_ahead = n;
}

static int count_one(struct spool *s, const struct store_file *file)
{
	struct spool_ahead ahead = { .number = file->number };
	struct segment *segment;
	int err = segment_open(file->path, &segment);

	if (err)
		return segment_is_passed_over(err) ? 0 : err;
	err = segment_count(segment, &ahead.records);
	segment_close(segment);
	if (err) /* it is counted as one that nobody counted */
		return err == -ENOMEM ? err : 0;
	return ARRAY_ADD(s->ahead, s->n_ahead, s->cap_ahead, &ahead);
}

/* Those that were begun or read, too: they may go before they were sent. */
int spool_look_ahead(struct spool *s)
{
	struct store_files files;
	int err = store_list(s->dir, &files);

	if (err)
		return err;
	for (size_t i = 0; i < files.n && !err; i++) {
		const struct store_file *file = &files.files[i];

		if (file->sealed && file->number >= s->kept && !find_ahead(s, file->number))
			err = count_one(s, file);
	}
	store_files_free(&files);
	return err;
}

/* --- from one segment to the next ------------------------------------------------------------- */

static void take_name(char *to, size_t size, const char *name)
{
	snprintf(to, size, "%s", name ? name : "");
}

/* s->segment is that of the number from here on; its first `records` are behind. */
static void enter(struct spool *s, uint64_t number, uint64_t records)
{
	s->place.number = number;
	s->place.begun_ns = segment_begun(s->segment);
	s->place.records = records;
	take_name(s->place.host, sizeof(s->place.host), segment_host(s->segment));
	take_name(s->place.boot, sizeof(s->place.boot), segment_boot(s->segment));
	s->skip = records;
	s->block = 0;
	s->n_records = s->at = 0;
}

/* What is missing of the segments from one number on, and before another. */
static void count_gap(const struct spool *s, uint64_t from, uint64_t next, struct spool_item *gap)
{
	gap->counted = true;
	for (uint64_t n = from; n < next && gap->counted; n++) {
		const struct spool_ahead *a = find_ahead(s, n);
		uint64_t behind = n == s->place.number ? s->place.records : 0;

		gap->counted = a;
		if (a && a->records > behind)
			gap->lost += a->records - behind;
	}
}

static struct spool_item gap_at(const struct spool_place *place)
{
	return (struct spool_item){ .host = place->host,
				    .boot = place->boot,
				    .begun_ns = place->begun_ns,
				    .number = place->records,
				    .from_ns = place->last_ns };
}

/* The first of a number or a higher one that can be read. 1; 0: there is none; or -errno. */
static int open_file(struct spool *s, const struct store_files *files, uint64_t least,
		     const struct store_file **ret)
{
	for (size_t i = 0; i < files->n; i++) {
		int err;

		if (files->files[i].number < least)
			continue;
		err = segment_open(files->files[i].path, &s->segment);
		*ret = &files->files[i];
		if (!err)
			return 1;
		s->segment = NULL;
		if (!segment_is_passed_over(err))
			return err;
	}
	return 0;
}

/* The place is in another store than this: its numbers have begun anew. */
static bool is_elsewhere(const struct spool *s, const struct store_files *files)
{
	return files->n && files->files[files->n - 1].number < s->place.number;
}

static bool is_another(const struct spool *s, uint64_t number)
{
	return number == s->place.number && s->place.begun_ns &&
	       segment_begun(s->segment) != s->place.begun_ns;
}

/*
 * Opens what the place is in; or, passed, what comes behind it. 1: it is open, and *ret is the gap
 * before it, where its to_ns is set; 0: there is none yet; or -errno.
 */
static int go_on(struct spool *s, const struct store_files *files, bool passed,
		 struct spool_item *ret)
{
	bool elsewhere = is_elsewhere(s, files), here;
	uint64_t least = elsewhere ? 0 : s->place.number + passed;
	const struct store_file *file;
	int err = open_file(s, files, least, &file);

	if (err > 0 && !elsewhere && is_another(s, file->number)) {
		segment_close(s->segment);
		elsewhere = true;
		err = open_file(s, files, 0, &file);
	}
	if (err <= 0)
		return err;
	s->before = s->place;
	*ret = gap_at(&s->before);
	here = !elsewhere && file->number == s->place.number;
	if (!elsewhere)
		count_gap(s, least, file->number, ret);
	if (s->place.number && !here && (elsewhere || ret->lost || !ret->counted))
		ret->to_ns = file->begun_ns;
	enter(s, file->number, here ? s->place.records : 0);
	return 1;
}

/* --- blocks ----------------------------------------------------------------------------------- */

static int keep(void *arg, const struct stored *record, struct stored_texts *texts)
{
	struct spool *s = arg;

	(void)texts;
	if (s->n_records < COLUMNS_MAX)
		memcpy(&s->records[s->n_records++], record, sizeof(*record));
	return 0;
}

/*
 * A damaged one of a sealed segment counts by what its head says; of a live one it does not: it
 * will not be there when that is sealed.
 */
static int read_block(struct spool *s, const struct segment_block *block)
{
	struct segment_query q = { .until_ns = UINT64_MAX,
				   .after_block = block->id - 1,
				   .until_block = block->id };
	int err;

	s->block = block->id;
	if (s->skip >= block->n) {
		s->skip -= block->n;
		return 0;
	}
	s->n_records = 0;
	err = segment_read(s->segment, &q, keep, s, NULL);
	s->at = s->skip;
	s->skip = 0;
	if (err != -EBADMSG)
		return err;
	s->n_records = s->at = 0;
	if (segment_is_sealed(s->segment))
		s->damaged = block->n;
	return 0;
}

/* Blocks until there is something to tell: 1; 0: there is none more; or -errno. */
static int read_on(struct spool *s)
{
	const struct segment_query q = { .until_ns = UINT64_MAX, .after_block = s->block };
	struct segment_block *blocks;
	size_t n;
	int err = segment_blocks(s->segment, &q, &blocks, &n);

	if (err)
		return err;
	for (size_t i = 0; i < n && !err && s->at == s->n_records && !s->damaged; i++)
		err = read_block(s, &blocks[i]);
	free(blocks);
	return err ? err : s->at < s->n_records || s->damaged;
}

/* --- telling ---------------------------------------------------------------------------------- */

static int tell_damaged(struct spool *s, struct spool_item *ret)
{
	*ret = gap_at(&s->place);
	ret->to_ns = ret->from_ns;
	ret->lost = s->damaged;
	ret->counted = true;
	s->place.records += s->damaged;
	s->damaged = 0;
	return 1;
}

static int tell_record(struct spool *s, struct spool_item *ret)
{
	stored_to_record(&s->records[s->at++], segment_texts(s->segment), &s->rec);
	*ret = (struct spool_item){ .rec = &s->rec,
				    .host = s->place.host,
				    .boot = s->place.boot,
				    .begun_ns = s->place.begun_ns,
				    .number = s->place.records };
	s->place.records++;
	s->place.last_ns = s->rec.wall_ns;
	return 1;
}

/* What is open is opened anew the next time, at the place. */
static void let_go(struct spool *s)
{
	segment_close(s->segment);
	s->segment = NULL;
	s->n_records = s->at = 0;
}

static bool has_next(const struct spool *s, const struct store_files *files)
{
	return files->n && files->files[files->n - 1].number > s->place.number;
}

#define OPENED 2

/*
 * Reads until there is something to tell: 1, and it is *ret where that has its to_ns; 0: there is
 * nothing; OPENED: another is to be read now; or -errno. The files are listed before they are read:
 * then that is all of one which has another behind it.
 */
static int read_some(struct spool *s, struct spool_item *ret)
{
	struct store_files files;
	bool passed = s->segment;
	int err = store_list(s->dir, &files);

	if (err)
		return err;
	if (passed)
		err = read_on(s);
	if (!err && (!passed || has_next(s, &files))) {
		let_go(s);
		err = go_on(s, &files, passed, ret);
		if (err > 0 && !ret->to_ns)
			err = OPENED;
	}
	store_files_free(&files);
	return err;
}

int spool_next(struct spool *s, struct spool_item *ret)
{
	int err = 1;

	while (s->at == s->n_records && !s->damaged) {
		ret->to_ns = 0;
		err = read_some(s, ret);
		if (err == OPENED)
			continue;
		if (err < 0)
			let_go(s);
		if (err <= 0 || ret->to_ns)
			return err;
	}
	return s->damaged ? tell_damaged(s, ret) : tell_record(s, ret);
}

/* --- opening ---------------------------------------------------------------------------------- */

/* The place is at the begin of the oldest: what goes from now on is missed. */
static int begin_at_oldest(struct spool *s)
{
	struct store_files files;
	struct spool_item none;
	int err = store_list(s->dir, &files);

	if (err)
		return err;
	err = go_on(s, &files, false, &none);
	store_files_free(&files);
	return err < 0 ? err : 0;
}

int spool_new(const char *dir, const struct spool_place *from, const struct spool_ahead *ahead,
	      size_t n_ahead, struct spool **ret)
{
	struct spool *s = calloc(1, sizeof(*s));
	int err = s ? set_up(s, dir, ahead, n_ahead) : -ENOMEM;

	if (!err) {
		s->place = *from;
		err = from->number ? 0 : begin_at_oldest(s);
	}
	if (err) {
		spool_free(s);
		return err;
	}
	s->kept = s->place.number;
	*ret = s;
	return 0;
}
