// SPDX-License-Identifier: GPL-2.0-only
#include "store/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/columns.h"
#include "store/dir.h"
#include "store/segment.h"
#include "store/stored.h"

struct store_scan {
	struct segment_query query;
	struct store_files files;     /* owned, as the next two */
	size_t file;		      /* the next to be opened */
	struct segment *segment;      /* NULL: none is open */
	struct segment_block *blocks; /* owned: of the segment, those that may have something */
	size_t n_blocks, block;	      /* the next to be read */
	struct stored *records;	      /* owned: of a block */
	size_t n_records, at;	      /* the next to be told */
	struct record rec;
};

int store_scan_new(const struct scan_query *q, struct store_scan **ret)
{
	struct store_scan *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->query = (struct segment_query){ .since_ns = q->since_ns,
					   .until_ns = q->until_ns,
					   .filter = q->filter };
	s->records = malloc(COLUMNS_MAX * sizeof(*s->records));
	err = s->records ? store_list(q->dir, &s->files) : -ENOMEM;
	if (!err && !s->files.n)
		err = -ENOENT;
	if (err)
		store_scan_free(s);
	else
		*ret = s;
	return err;
}

static void close_segment(struct store_scan *s)
{
	segment_close(s->segment);
	free(s->blocks);
	s->segment = NULL;
	s->blocks = NULL;
	s->n_blocks = s->block = 0;
	s->n_records = s->at = 0;
}

void store_scan_free(struct store_scan *s)
{
	if (!s)
		return;
	close_segment(s);
	store_files_free(&s->files);
	free(s->records);
	free(s);
}

/* Opens the next one that can be read: 1; 0: there is none; or -errno. */
static int open_next(struct store_scan *s)
{
	close_segment(s);
	while (s->file < s->files.n) {
		const struct store_file *file = &s->files.files[s->file++];
		int err;

		if (!store_file_may_have(file, s->query.since_ns, s->query.until_ns))
			continue;
		err = segment_open(file->path, &s->segment);
		if (!err)
			err = segment_blocks(s->segment, &s->query, &s->blocks, &s->n_blocks);
		if (!err)
			return 1;
		close_segment(s);
		if (!segment_is_passed_over(err))
			return err;
	}
	return 0;
}

static int keep(void *arg, const struct stored *record, struct stored_texts *texts)
{
	struct store_scan *s = arg;

	(void)texts;
	if (s->n_records < COLUMNS_MAX)
		memcpy(&s->records[s->n_records++], record, sizeof(*record));
	return 0;
}

/* What the next block has is in s->records. 0 or -errno. */
static int read_block(struct store_scan *s)
{
	struct segment_query q = s->query;
	int err;

	q.until_block = s->blocks[s->block++].id;
	q.after_block = q.until_block - 1;
	s->n_records = s->at = 0;
	err = segment_read(s->segment, &q, keep, s, NULL);
	return segment_is_passed_over(err) ? 0 : err;
}

int store_scan_next(struct store_scan *s, const struct record **ret)
{
	int err;

	while (s->at == s->n_records) {
		if (s->block < s->n_blocks) {
			err = read_block(s);
			if (err)
				return err;
			continue;
		}
		err = open_next(s);
		if (err <= 0)
			return err;
	}
	stored_to_record(&s->records[s->at++], segment_texts(s->segment), &s->rec);
	*ret = &s->rec;
	return 1;
}
