// SPDX-License-Identifier: GPL-2.0-only
#include "store/holes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/array.h"
#include "core/record.h"
#include "store/chain.h"

#define BEGINNING 1 /* ns: no time of a record */

/* What the chain says of a number. */
struct said {
	struct store_file f;
	size_t at; /* the line: a later one counts */
	bool removed;
	bool empty;
};

struct finding {
	const struct store_files *files;
	struct said *said; /* owned */
	size_t n, cap;
	bool let_go; /* the chain has lost its first lines */
	struct store_holes *ret;
};

static int compare(const void *left, const void *right)
{
	const struct said *a = left, *b = right;

	if (a->f.number != b->f.number)
		return a->f.number < b->f.number ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

static int take_lines(struct finding *f, const struct chain_lines *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct chain_line *l = &c->lines[i];
		struct said s = { .at = i, .removed = l->act == CHAIN_REMOVED };

		f->let_go |= l->act == CHAIN_BEGIN;
		if (l->act == CHAIN_BEGIN || !store_name_parse(l->name, &s.f))
			continue;
		s.empty = !l->size && !s.f.sealed;
		if (ARRAY_ADD(f->said, f->n, f->cap, &s))
			return -ENOMEM;
	}
	if (f->n)
		qsort(f->said, f->n, sizeof(*f->said), compare);
	return 0;
}

/* Of each number the last line. */
static void keep_last_lines(struct finding *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		if (i + 1 == f->n || f->said[i].f.number != f->said[i + 1].f.number)
			f->said[n++] = f->said[i];
	f->n = n;
}

/* Of the same as the one before: one with it. */
static int add(struct finding *f, const struct store_hole *hole)
{
	struct store_holes *all = f->ret;
	struct store_hole *last = all->n ? &all->holes[all->n - 1] : NULL;

	if (!last || last->act != hole->act || last->last + 1 != hole->first)
		return ARRAY_ADD(all->holes, all->n, all->cap, hole);
	last->last = hole->last;
	if (hole->to_ns > last->to_ns)
		last->to_ns = hole->to_ns;
	return 0;
}

/* Numbers of which nothing is said, before the one that is next. */
static int add_unsaid(struct finding *f, uint64_t first, const struct store_file *next,
		      const struct store_file *before)
{
	struct store_hole hole = { .first = first,
				   .last = next->number - 1,
				   .from_ns = BEGINNING,
				   .to_ns = next->begun_ns,
				   .act = RECORDER_MISSING };

	if (first >= next->number)
		return 0;
	if (!before && f->let_go)
		hole.act = RECORDER_REMOVED;
	if (before)
		hole.from_ns = before->last_ns ? before->last_ns : before->begun_ns;
	return add(f, &hole);
}

static int add_said(struct finding *f, const struct said *s)
{
	struct store_hole hole = { .first = s->f.number,
				   .last = s->f.number,
				   .from_ns = s->f.begun_ns,
				   .to_ns = s->f.last_ns ? s->f.last_ns : s->f.begun_ns,
				   .act = s->removed ? RECORDER_REMOVED : RECORDER_MISSING };

	return s->empty ? 0 : add(f, &hole);
}

/* Both lists, by number: what the chain names and is not there is a hole, and what none names. */
static int find(struct finding *f)
{
	const struct store_file *before = NULL;
	size_t i = 0, k = 0;
	int err = 0;

	while ((i < f->files->n || k < f->n) && !err) {
		const struct store_file *file = i < f->files->n ? &f->files->files[i] : NULL;
		const struct said *said = k < f->n ? &f->said[k] : NULL;
		bool is_there = file && (!said || file->number <= said->f.number);
		const struct store_file *next = is_there ? file : &said->f;

		err = add_unsaid(f, before ? before->number + 1 : 1, next, before);
		if (!err && !is_there)
			err = add_said(f, said);
		k += said && (!is_there || said->f.number == file->number);
		i += is_there;
		before = next;
	}
	return err;
}

/* The recorder may have gone on from one segment to the next. */
static void stretch(struct store_hole *h, const struct store_files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		const struct store_file *f = &files->files[i];

		if (f->number + 1 == h->first && f->last_ns && f->last_ns < h->from_ns)
			h->from_ns = f->last_ns;
		if (f->number == h->last + 1 && f->begun_ns > h->to_ns)
			h->to_ns = f->begun_ns;
	}
}

int store_holes_find(const char *dir, const struct store_files *files, struct store_holes *ret)
{
	struct finding f = { .files = files, .ret = ret };
	struct chain_lines c = { 0 };
	int err = 0;

	*ret = (struct store_holes){ 0 };
	if (!chain_read(dir, &c))
		err = take_lines(&f, &c);
	chain_lines_free(&c);
	keep_last_lines(&f);
	if (!err)
		err = find(&f);
	for (size_t i = 0; i < ret->n; i++)
		stretch(&ret->holes[i], files);
	free(f.said);
	if (err)
		store_holes_free(ret);
	return err;
}

void store_holes_free(struct store_holes *h)
{
	free(h->holes);
	*h = (struct store_holes){ 0 };
}

/* The recorder may have gone on from one to the next. */
void store_bad_whole(const struct store_files *files, size_t i, uint64_t now_ns,
		     struct store_bad *ret)
{
	const struct store_file *file = &files->files[i];
	const struct store_file *before = i ? file - 1 : NULL;
	const struct store_file *next = i + 1 < files->n ? file + 1 : NULL;

	*ret = (struct store_bad){ .from_ns = file->begun_ns,
				   .to_ns = file->last_ns,
				   .act = RECORDER_UNREADABLE,
				   .whole = true };
	if (!file->sealed)
		ret->to_ns = next ? next->begun_ns : now_ns;
	if (before && before->sealed && before->last_ns < ret->from_ns)
		ret->from_ns = before->last_ns;
	if (next && next->begun_ns > ret->to_ns)
		ret->to_ns = next->begun_ns;
}
