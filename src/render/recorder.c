// SPDX-License-Identifier: GPL-2.0-only
#include "render/recorder.h"

#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "core/record.h"
#include "render/color.h"
#include "render/escape.h"
#include "render/render.h"

#define NSEC 1000000000u

static bool same_day(uint64_t a_ns, uint64_t b_ns)
{
	time_t a = (time_t)(a_ns / NSEC), b = (time_t)(b_ns / NSEC);
	struct tm x, y;

	return localtime_r(&a, &x) && localtime_r(&b, &y) && x.tm_yday == y.tm_yday &&
	       x.tm_year == y.tm_year;
}

static void put_moment(struct buf *b, enum stamp_style style, uint64_t wall_ns, bool dated)
{
	struct stamp_cache cache = { 0 };

	if (style == STAMP_ISO || style == STAMP_EPOCH)
		stamp_put(b, &cache, style, wall_ns);
	else
		local_put(b, wall_ns, dated ? LOCAL_DATED : LOCAL_CLOCK);
}

static void put_lost(struct buf *b, const struct record *rec)
{
	if (!record_lost_known(rec)) {
		buf_puts(b, "nobody knows how many events were ");
	} else {
		buf_put_u64(b, rec->lost);
		buf_puts(b, rec->lost == 1 ? " event was " : " events were ");
	}
	buf_puts(b, rec->not_sent ? "gone before they were sent" : "lost");
}

static void put_span(struct buf *b, enum stamp_style style, const struct record *rec, bool dated)
{
	static const char *const gaps[RECORDER_ACTS] = {
		[RECORDER_GAP] = " nothing was recorded",
		[RECORDER_REMOVED] = " what was recorded was removed",
		[RECORDER_MISSING] = " what was recorded is missing",
		[RECORDER_UNREADABLE] = " what was recorded cannot be read"
	};
	bool two_days = !same_day(rec->lost_since_ns, rec->wall_ns);

	buf_puts(b, rec->lost_since_ns >= NSEC ? "from " : "up to ");
	if (rec->lost_since_ns >= NSEC) {
		put_moment(b, style, rec->lost_since_ns, dated || two_days);
		buf_puts(b, " to ");
	}
	put_moment(b, style, rec->wall_ns, dated && (two_days || rec->lost_since_ns < NSEC));
	if (rec->ev->kind == SW_EV_RECORDER) {
		buf_puts(b, rec->not_sent ? " nothing has come" : gaps[rec->recorder]);
		return;
	}
	buf_putc(b, ' ');
	put_lost(b, rec);
}

void recorder_put_note(struct buf *b, const struct record *rec)
{
	if (rec->host) {
		escape_text(b, rec->host, strlen(rec->host));
		buf_puts(b, ": ");
	}
	if (rec->lost_since_ns) {
		put_span(b, STAMP_CLOCK, rec, true);
		return;
	}
	buf_puts(b, "until ");
	put_moment(b, STAMP_CLOCK, rec->wall_ns, true);
	buf_putc(b, ' ');
	put_lost(b, rec);
}

bool recorder_put_text(const struct render *r, struct buf *b, const struct record *rec)
{
	static const char *const acts[RECORDER_ACTS] = { [RECORDER_START] = "recorder started",
							 [RECORDER_ALIVE] = "recorder alive",
							 [RECORDER_STOP] = "recorder stopped" };
	bool gap = rec->ev->kind == SW_EV_RECORDER && recorder_is_gap(rec->recorder);
	bool lost = rec->ev->kind == SW_EV_LOST && rec->lost_since_ns;

	if (gap || lost) {
		buf_puts(b, r->color ? COLOR_BAD : "");
		put_span(b, r->time, rec, false);
		buf_puts(b, r->color ? COLOR_END : "");
		return true;
	}
	if (rec->ev->kind != SW_EV_RECORDER)
		return false;
	if (rec->recorder < RECORDER_ACTS && acts[rec->recorder])
		buf_puts(b, acts[rec->recorder]);
	else
		buf_puts(b, "recorder");
	return true;
}

/* 0 o'clock of a day, so many behind that of wall_ns. */
static uint64_t day_begin(uint64_t wall_ns, int days)
{
	time_t second = (time_t)(wall_ns / NSEC);
	struct tm tm;

	if (!localtime_r(&second, &tm))
		return 0;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mday += days;
	tm.tm_isdst = -1;
	return (uint64_t)mktime(&tm) * NSEC;
}

void day_put(struct render *r, struct buf *b, uint64_t wall_ns)
{
	if (wall_ns >= r->day_ns && wall_ns < r->day_end_ns)
		return;
	r->day_ns = day_begin(wall_ns, 0);
	r->day_end_ns = day_begin(wall_ns, 1);
	buf_puts(b, r->color ? COLOR_HEAD "-- " : "-- ");
	local_put(b, wall_ns, LOCAL_WEEKDAY);
	buf_puts(b, r->color ? COLOR_END "\n" : "\n");
}
