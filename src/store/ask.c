// SPDX-License-Identifier: GPL-2.0-only
#include "store/ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/record.h"
#include "store/dir.h"
#include "store/holes.h"
#include "store/segment.h"
#include "store/stored.h"

#define ALIVE_MAX_NS (90ULL * 1000000000) /* one that runs has told something since then */
#define LATEST_OF 4096			  /* records */
#define STOPPED 1			  /* of a callback that has seen enough */

/* A record that only its time and kind are wanted of. */
struct mark {
	bool found;
	uint64_t wall_ns;
	uint8_t kind;
	uint8_t act;
};

/* --- segments --------------------------------------------------------------------------------- */

/* A store that is asked. The segment that was read last stays open: it is asked more than once. */
struct reading {
	struct store_files files;
	struct store_holes holes;
	uint64_t now_ns;
	struct store_bad *bad; /* owned; of each file */
	struct segment *last;  /* owned; NULL: none */
	uint64_t number;       /* of it */
	bool busy;	       /* it is being read: whoever is told its records may ask, too */
};

static int open_last(struct reading *r, const struct store_file *file)
{
	int err;

	if (r->last && r->number == file->number)
		return 0;
	segment_close(r->last);
	r->last = NULL;
	r->number = file->number;
	err = segment_open(file->path, &r->last); /* sealed meanwhile, too */
	if (err)
		r->last = NULL;
	return err;
}

static int read_apart(const struct store_file *file, const struct segment_query *q, segment_fn fn,
		      void *arg)
{
	struct segment *segment;
	int err = segment_open(file->path, &segment);

	if (err)
		return err;
	err = segment_read(segment, q, fn, arg, NULL);
	segment_close(segment);
	return err;
}

static void note_whole(struct reading *r, const struct store_file *file, int err)
{
	size_t i = (size_t)(file - r->files.files);

	store_bad_whole(&r->files, i, r->now_ns, &r->bad[i]);
	if (err == -ENOENT)
		r->bad[i].act = RECORDER_REMOVED;
}

static void note_damage(struct reading *r, const struct store_file *file)
{
	struct store_bad *b = &r->bad[file - r->files.files];

	if (segment_damage(r->last, &b->from_ns, &b->to_ns)) {
		b->to_ns++;
		b->act = RECORDER_UNREADABLE;
	} else {
		note_whole(r, file, -EBADMSG);
	}
}

static int read_last(struct reading *r, const struct store_file *file,
		     const struct segment_query *q, segment_fn fn, void *arg)
{
	int err = open_last(r, file);

	if (segment_is_passed_over(err)) {
		note_whole(r, file, err);
		return err;
	}
	r->busy = true;
	if (!err)
		err = segment_read(r->last, q, fn, arg, NULL);
	r->busy = false;
	if (err == -EBADMSG)
		note_damage(r, file);
	return err;
}

static int read_segment(struct reading *r, const struct store_file *file,
			const struct segment_query *q, segment_fn fn, void *arg)
{
	int err;

	if (!store_file_may_have(file, q->since_ns, q->until_ns) ||
	    r->bad[file - r->files.files].whole)
		return 0;
	err = r->busy ? read_apart(file, q, fn, arg) : read_last(r, file, q, fn, arg);
	return segment_is_passed_over(err) ? 0 : err;
}

static void reading_end(struct reading *r)
{
	segment_close(r->last);
	free(r->bad);
	store_holes_free(&r->holes);
	store_files_free(&r->files);
}

static int reading_begin(const char *dir, uint64_t now_ns, struct reading *ret)
{
	int err;

	*ret = (struct reading){ 0 };
	err = store_list(dir, &ret->files);
	if (err)
		return err;
	ret->now_ns = now_ns;
	ret->bad = calloc(ret->files.n + 1, sizeof(*ret->bad));
	if (!ret->bad)
		err = -ENOMEM;
	else if (!ret->files.n)
		err = -ENOENT;
	if (err)
		reading_end(ret);
	return err;
}

/* --- single records --------------------------------------------------------------------------- */

static struct mark mark_of(const struct stored *s)
{
	return (struct mark){
		.found = true, .wall_ns = s->wall_ns, .kind = s->conn.e.kind, .act = s->recorder
	};
}

static int take_mark(void *arg, const struct stored *s, struct stored_texts *texts)
{
	(void)texts;
	*(struct mark *)arg = mark_of(s);
	return STOPPED;
}

/* The first record that was kept of those from a time on. 0 or -errno. */
static int find_first(struct reading *r, uint64_t ns, struct mark *ret)
{
	struct segment_query q = { .since_ns = ns, .until_ns = UINT64_MAX };
	int err = 0;

	*ret = (struct mark){ 0 };
	for (size_t i = 0; i < r->files.n && !err; i++)
		err = read_segment(r, &r->files.files[i], &q, take_mark, ret);
	return err == STOPPED ? 0 : err;
}

/*
 * Up to when is known: a record is kept when it is told, which may be a while after its own time
 * (one of UDP has that of its last datagram). So the latest of many counts; but what a recorder
 * tells of itself is kept at once, and nothing that is kept before is later.
 */
struct latest {
	struct mark mark;
	uint64_t start_ns; /* only what was kept before the start of this time; 0: all */
	bool passed;	   /* that start was seen */
	size_t looked;
};

static int take_latest(void *arg, const struct stored *s, struct stored_texts *texts)
{
	struct latest *l = arg;
	bool of_itself = s->conn.e.kind == SW_EV_RECORDER;

	(void)texts;
	if (l->start_ns && !l->passed) {
		l->passed = of_itself && s->recorder == RECORDER_START && s->wall_ns == l->start_ns;
		return 0;
	}
	if (!l->mark.found || s->wall_ns > l->mark.wall_ns)
		l->mark = mark_of(s);
	return of_itself || ++l->looked == LATEST_OF ? STOPPED : 0;
}

/* Of what was kept before `ns`, in the first n segments. 0 or -errno. */
static int find_latest(struct reading *r, size_t n, uint64_t ns, struct latest *l)
{
	struct segment_query q = { .until_ns = ns, .newest_first = true };
	int err = 0;

	while (n-- && !err)
		err = read_segment(r, &r->files.files[n], &q, take_latest, l);
	return err == STOPPED ? 0 : err;
}

/* The newest record before a time. 0 or -errno. */
static int find_last(struct reading *r, uint64_t ns, struct mark *ret)
{
	struct latest l = { .start_ns = 0 };
	int err = find_latest(r, r->files.n, ns, &l);

	*ret = l.mark;
	return err;
}

/*
 * Whether a segment says, without a record of it being read, that the recorder ran at a time. 0: it
 * may have, or not; 1; or -errno.
 */
static int says_it_ran(struct reading *r, uint64_t ns)
{
	const struct segment_query q = { .since_ns = ns, .until_ns = ns };
	int ran = 0;

	for (size_t i = r->files.n; i-- > 0 && !ran;) {
		const struct store_file *file = &r->files.files[i];

		if (!store_file_may_have(file, q.since_ns, q.until_ns) || r->bad[i].whole)
			continue;
		ran = open_last(r, file);
		if (segment_is_passed_over(ran))
			note_whole(r, file, ran);
		if (!ran)
			ran = segment_ran_at(r->last, ns);
		if (segment_is_passed_over(ran))
			ran = 0;
	}
	return ran;
}

static bool is_act(const struct mark *m, enum recorder_act act)
{
	return m->found && m->kind == SW_EV_RECORDER && m->act == act;
}

/* --- gaps ------------------------------------------------------------------------------------- */

struct asking {
	const struct store_question *q;
	struct reading reading;
	size_t at; /* the segment that is told */
	store_fn fn;
	void *arg;
};

static int tell_span(struct asking *a, uint8_t act, uint64_t from_ns, uint64_t to_ns)
{
	static const struct sw_event event = { .kind = SW_EV_RECORDER };
	struct record rec = { .ev = &event, .recorder = act };

	rec.lost_since_ns = from_ns > a->q->since_ns ? from_ns : a->q->since_ns;
	rec.wall_ns = to_ns < a->q->until_ns ? to_ns : a->q->until_ns;
	if (a->q->no_gaps && (act == RECORDER_GAP || !a->q->holes))
		return 0;
	if (!rec.lost_since_ns || rec.lost_since_ns >= rec.wall_ns)
		return 0;
	return a->fn(a->arg, &rec);
}

/* What is not there, or cannot be read, and ends behind from_ns: the first of it. */
static bool find_hole(const struct reading *r, uint64_t from_ns, struct store_hole *ret)
{
	struct store_hole first = { .from_ns = UINT64_MAX };

	for (size_t i = 0; i < r->holes.n; i++)
		if (r->holes.holes[i].to_ns > from_ns && r->holes.holes[i].from_ns < first.from_ns)
			first = r->holes.holes[i];
	for (size_t i = 0; i < r->files.n; i++)
		if (r->bad[i].act && r->bad[i].to_ns > from_ns && r->bad[i].from_ns < first.from_ns)
			first = (struct store_hole){ .from_ns = r->bad[i].from_ns,
						     .to_ns = r->bad[i].to_ns };
	*ret = first;
	return first.from_ns != UINT64_MAX;
}

/* Nothing was recorded: but for the time of which something was. */
static int tell_gap(struct asking *a, uint64_t from_ns, uint64_t to_ns)
{
	struct store_hole hole;
	int err = 0;

	while (!err && from_ns < to_ns) {
		bool ends = !find_hole(&a->reading, from_ns, &hole) || hole.from_ns >= to_ns;

		if (ends || hole.from_ns > from_ns)
			err = tell_span(a, RECORDER_GAP, from_ns, ends ? to_ns : hole.from_ns);
		from_ns = ends ? to_ns : hole.to_ns;
	}
	return err;
}

/* Those with numbers from `first` to before `end`. */
static int tell_holes(struct asking *a, uint64_t first, uint64_t end)
{
	const struct store_holes *all = &a->reading.holes;
	int err = 0;

	for (size_t i = 0; i < all->n && !err; i++) {
		const struct store_hole *h = &all->holes[a->q->newest_first ? all->n - 1 - i : i];

		/* who asks of all there is does not ask of what was there before */
		if (!a->q->since_ns && h->act == RECORDER_REMOVED &&
		    h->last < a->reading.files.files[0].number)
			continue;
		if (h->first >= first && h->first < end)
			err = tell_span(a, h->act, h->from_ns, h->to_ns);
	}
	return err;
}

/*
 * Before a start nothing was recorded since the recorder before it: what was kept before that start
 * is of that one, whereas records of this one may have an earlier time than it.
 */
static int tell_gap_before(struct asking *a, uint64_t start_ns)
{
	struct latest l = { .start_ns = start_ns };
	int err = find_latest(&a->reading, a->at + 1, start_ns + 1, &l);

	return err || !l.mark.found ? err : tell_gap(a, l.mark.wall_ns, start_ns);
}

/* Before the store begins. */
static int tell_first_gap(struct asking *a)
{
	const struct store_file *oldest = &a->reading.files.files[0];
	struct mark first;
	int err;

	/* the oldest says in its name that it begins earlier */
	if (!a->q->since_ns || a->q->no_gaps ||
	    (oldest->sealed && oldest->begun_ns <= a->q->since_ns))
		return 0;
	err = find_first(&a->reading, 0, &first);
	return err ? err
		   : tell_gap(a, a->q->since_ns, first.found ? first.wall_ns : oldest->begun_ns);
}

/* Whether the recorder had ended, after `last`, when the asked time was over. 0, 1 or -errno. */
static int had_ended(struct asking *a, const struct mark *last, uint64_t end_ns)
{
	struct mark next = { 0 };
	int err = 0;

	if (is_act(last, RECORDER_STOP))
		return 1;
	if (end_ns < a->q->now_ns)
		err = find_first(&a->reading, end_ns, &next);
	if (err)
		return err;
	if (next.found)
		return is_act(&next, RECORDER_START);
	return a->q->now_ns > last->wall_ns && a->q->now_ns - last->wall_ns > ALIVE_MAX_NS;
}

/* From its last record to the end of what is asked for. */
static int tell_last_gap(struct asking *a)
{
	uint64_t end_ns = a->q->until_ns < a->q->now_ns ? a->q->until_ns : a->q->now_ns;
	struct mark last;
	int err;

	if (a->q->no_gaps)
		return 0;
	err = says_it_ran(&a->reading, end_ns);
	if (err)
		return err < 0 ? err : 0;
	err = find_last(&a->reading, end_ns, &last);
	if (err || !last.found)
		return err;
	err = had_ended(a, &last, end_ns);
	return err <= 0 ? err : tell_gap(a, last.wall_ns, end_ns);
}

/* --- the question ----------------------------------------------------------------------------- */

static int tell(void *arg, const struct stored *s, struct stored_texts *texts)
{
	struct asking *a = arg;
	bool starts = s->conn.e.kind == SW_EV_RECORDER && s->recorder == RECORDER_START &&
		      !a->q->no_gaps;
	struct record rec;
	int err = 0;

	stored_to_record(s, texts, &rec);
	if (a->q->machines) { /* its segment is the last that was opened */
		rec.host = segment_host(a->reading.last);
		rec.boot = segment_boot(a->reading.last);
	}
	if (starts && !a->q->newest_first)
		err = tell_gap_before(a, s->wall_ns);
	if (!err)
		err = a->fn(a->arg, &rec);
	if (!err && starts && a->q->newest_first)
		err = tell_gap_before(a, s->wall_ns);
	return err;
}

/* One of them, and what is not there of those before it, or behind the last. */
static int tell_segment(struct asking *a, size_t i, struct segment_query *query)
{
	const struct store_files *files = &a->reading.files;
	const struct store_file *file = &files->files[i];
	const struct store_bad *bad = &a->reading.bad[i];
	bool newest_first = a->q->newest_first, is_last = i + 1 == files->n;
	int err = is_last && newest_first ? tell_holes(a, file->number, UINT64_MAX) : 0;

	if (!err && !newest_first)
		err = tell_holes(a, i ? file[-1].number : 0, file->number);
	a->at = i;
	query->until_block = 0;
	if (!err &&
	    (!a->q->up_to || store_follow_covers(a->q->up_to, file->number, &query->until_block)))
		err = read_segment(&a->reading, file, query, tell, a);
	if (!err && bad->act)
		err = tell_span(a, bad->act, bad->from_ns, bad->to_ns);
	if (!err && newest_first)
		err = tell_holes(a, i ? file[-1].number : 0, file->number);
	return !err && is_last && !newest_first ? tell_holes(a, file->number, UINT64_MAX) : err;
}

static int tell_segments(struct asking *a)
{
	const struct store_question *q = a->q;
	struct segment_query query = { .since_ns = q->since_ns,
				       .until_ns = q->until_ns,
				       .filter = q->filter,
				       .newest_first = q->newest_first };
	int err = 0;

	for (size_t i = 0; i < a->reading.files.n && !err; i++) {
		size_t at = q->newest_first ? a->reading.files.n - 1 - i : i;

		err = tell_segment(a, at, &query);
	}
	return err;
}

int store_ask(const struct store_question *q, store_fn fn, void *arg)
{
	struct asking a = { .q = q, .fn = fn, .arg = arg };
	int err = reading_begin(q->dir, q->now_ns, &a.reading);

	if (err)
		return err;
	if (!q->no_gaps || q->holes)
		err = store_holes_find(q->dir, &a.reading.files, &a.reading.holes);
	if (!err)
		err = q->newest_first ? tell_last_gap(&a) : tell_first_gap(&a);
	if (!err)
		err = tell_segments(&a);
	if (!err)
		err = q->newest_first ? tell_first_gap(&a) : tell_last_gap(&a);
	reading_end(&a.reading);
	return err;
}

int store_span(const char *dir, uint64_t *ret_first_ns, uint64_t *ret_last_ns)
{
	struct reading r;
	const struct store_file *oldest, *newest;
	struct mark first = { 0 }, last = { 0 };
	int err = reading_begin(dir, 0, &r);

	if (err)
		return err;
	oldest = &r.files.files[0];
	newest = &r.files.files[r.files.n - 1];
	first.wall_ns = oldest->begun_ns; /* as their names say */
	last.wall_ns = newest->last_ns;
	if (!oldest->sealed)
		err = find_first(&r, 0, &first);
	if (!err && !newest->sealed)
		err = find_last(&r, UINT64_MAX, &last);
	reading_end(&r);
	if (err)
		return err;
	*ret_first_ns = first.wall_ns;
	*ret_last_ns = last.wall_ns;
	return 0;
}
