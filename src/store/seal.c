// SPDX-License-Identifier: GPL-2.0-only
#include "store/seal.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "store/columns.h"
#include "store/files.h"
#include "store/segment.h"
#include "store/segment_file.h"
#include "store/texts.h"

#define TEXTS_AT_ONCE (64 << 10) /* bytes of a chunk: a reader unpacks all of it for one text */

struct sealing {
	struct segment *from;
	struct segment_file *to;
	struct text_table texts;
	uint32_t *numbers; /* owned; the new one of each old one that was asked for; 0: not yet */
	size_t n_numbers;
	struct segment_sum sum;
	int level;
	const atomic_bool *give_up;
	size_t n;
	struct stored records[COLUMNS_MAX];
};

static int flush(struct sealing *s)
{
	size_t n = s->n;

	s->n = 0;
	if (atomic_load(s->give_up))
		return -ECANCELED;
	return n ? segment_file_append(s->to, s->records, n, &s->texts, s->level) : 0;
}

static int make_room(struct sealing *s, uint32_t number)
{
	size_t want = s->n_numbers ? s->n_numbers : 1024;
	uint32_t *numbers;

	while (want <= number)
		want *= 2;
	numbers = realloc(s->numbers, want * sizeof(*numbers));
	if (!numbers)
		return -ENOMEM;
	memset(numbers + s->n_numbers, 0, (want - s->n_numbers) * sizeof(*numbers));
	s->numbers = numbers;
	s->n_numbers = want;
	return 0;
}

/* Texts that nobody names any more, or that have two numbers, are left behind. */
static int renumber(struct sealing *s, uint32_t *number, struct stored_texts *texts)
{
	uint32_t old = *number;

	if (!old)
		return 0;
	/* a number from damage may be any: it has no text */
	if (old >= s->n_numbers) {
		if (!texts->text(texts, old)) {
			*number = 0;
			return 0;
		}
		if (make_room(s, old))
			return -ENOMEM;
	}
	if (!s->numbers[old])
		s->numbers[old] = s->texts.api.number(&s->texts.api, texts->text(texts, old));
	*number = s->numbers[old];
	return 0;
}

static int take(void *arg, const struct stored *from, struct stored_texts *texts)
{
	struct sealing *s = arg;
	struct stored *to = &s->records[s->n];
	int err = 0;

	memcpy(to, from, sizeof(*to));
	for (size_t i = 0; i < STORED_TEXTS && !err; i++)
		err = renumber(s, &to->texts[i], texts);
	if (err)
		return err;
	if (!s->sum.records || to->wall_ns < s->sum.first_ns)
		s->sum.first_ns = to->wall_ns;
	if (to->wall_ns > s->sum.last_ns)
		s->sum.last_ns = to->wall_ns;
	s->sum.records++;
	s->n++;
	if (s->texts.fresh.len >= TEXTS_AT_ONCE)
		err = segment_file_append_texts(s->to, &s->texts, s->level);
	return err || s->n < COLUMNS_MAX ? err : flush(s);
}

static int copy(struct sealing *s, const struct store_file *live)
{
	struct segment_query q = { .until_ns = UINT64_MAX };
	struct segment_facts facts = { segment_host(s->from), segment_boot(s->from),
				       live->begun_ns };
	int err = segment_read(s->from, &q, take, s, NULL);

	/* it was said, and the rest is better kept than nothing */
	if (err == -EBADMSG)
		err = 0;
	if (!err)
		err = flush(s);
	if (!err)
		err = segment_file_end(s->to, &facts, &s->sum);
	return err ? err : segment_file_commit(s->to);
}

static int put_in_place(const char *dir, const char *tmp, const struct store_file *live,
			const struct segment_sum *sum, char name[static STORE_NAME_MAX])
{
	struct store_file sealed = { .number = live->number,
				     .begun_ns = sum->first_ns,
				     .last_ns = sum->last_ns,
				     .sealed = true };
	char path[PATH_MAX];
	int err = files_sync(tmp);

	if (err)
		return err;
	store_name_format(&sealed, name);
	if (!files_path(path, dir, name))
		return -ENAMETOOLONG;
	return rename(tmp, path) ? -errno : files_sync_dir(dir);
}

static int seal(struct sealing *s, const char *dir, const struct store_file *live, const char *tmp,
		char name[static STORE_NAME_MAX])
{
	int err = segment_file_make_packed(dir, tmp, &s->to);

	if (!err)
		err = copy(s, live);
	segment_file_close(s->to);
	if (!err && s->sum.records)
		err = put_in_place(dir, tmp, live, &s->sum, name);
	if (err || !s->sum.records)
		files_remove(tmp);
	return err;
}

int seal_segment(const char *dir, const struct store_file *live, int level,
		 const atomic_bool *give_up, char ret_name[static STORE_NAME_MAX])
{
	struct sealing *s = calloc(1, sizeof(*s));
	char tmp[PATH_MAX];
	int err = -ENOMEM;

	ret_name[0] = '\0';
	if (!s)
		return err;
	s->level = level;
	s->give_up = give_up;
	text_table_begin(&s->texts, 1);
	err = segment_open(live->path, &s->from);
	if (!err) {
		err = -ENAMETOOLONG;
		if (snprintf(tmp, sizeof(tmp), "%s.tmp", live->path) < (int)sizeof(tmp))
			err = seal(s, dir, live, tmp, ret_name);
		if (err && err != -ECANCELED)
			log_error("cannot seal %s: %s", live->path, strerror(-err));
	}
	segment_close(s->from);
	text_table_free(&s->texts);
	free(s->numbers);
	free(s);
	return err;
}
