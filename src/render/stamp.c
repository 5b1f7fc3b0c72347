// SPDX-License-Identifier: GPL-2.0-only
#include "render/stamp.h"

#include <stdio.h>
#include <time.h>

#include "base/buf.h"

#define NSEC 1000000000u

int stamp_width(enum stamp_style style)
{
	static const int widths[] = {
		[STAMP_CLOCK] = 12, [STAMP_ISO] = 30, [STAMP_EPOCH] = 17, [STAMP_DELTA] = 12
	};

	return widths[style];
}

/* The second and the point behind it. */
static void second_format(struct stamp_cache *cache, enum stamp_style style, int64_t second)
{
	const size_t size = sizeof(cache->text);
	time_t t = (time_t)second;
	struct tm tm;

	if (style == STAMP_CLOCK)
		cache->len = strftime(cache->text, size, "%H:%M:%S.", localtime_r(&t, &tm));
	else
		cache->len = strftime(cache->text, size, "%Y-%m-%dT%H:%M:%S.", gmtime_r(&t, &tm));
	cache->second = second;
}

/* It is made again only when the second changes. */
static void second_put(struct buf *b, struct stamp_cache *cache, enum stamp_style style,
		       int64_t second)
{
	if (cache->second != second || !cache->len)
		second_format(cache, style, second);
	buf_put(b, cache->text, cache->len);
}

static void delta_put(struct buf *b, struct stamp_cache *cache, uint64_t wall_ns)
{
	uint64_t last = cache->last_ns ? cache->last_ns : wall_ns;
	/* events of two CPUs may come a few microseconds out of order */
	uint64_t ns = wall_ns >= last ? wall_ns - last : last - wall_ns;
	char sec[24];
	int n = snprintf(sec, sizeof(sec), "%c%llu", wall_ns >= last ? '+' : '-',
			 (unsigned long long)(ns / NSEC));

	buf_pad(b, stamp_width(STAMP_DELTA) - 7 - n);
	buf_put(b, sec, (size_t)n);
	buf_putc(b, '.');
	buf_put_u64_width(b, ns % NSEC / 1000, 6);
	cache->last_ns = wall_ns;
}

void stamp_put(struct buf *b, struct stamp_cache *cache, enum stamp_style style, uint64_t wall_ns)
{
	int64_t second = (int64_t)(wall_ns / NSEC);
	uint64_t ns = wall_ns % NSEC;

	switch (style) {
	case STAMP_CLOCK:
		second_put(b, cache, style, second);
		buf_put_u64_width(b, ns / 1000000, 3);
		break;
	case STAMP_ISO:
		second_put(b, cache, style, second);
		buf_put_u64_width(b, ns, 9);
		buf_putc(b, 'Z');
		break;
	case STAMP_EPOCH:
		buf_put_u64(b, (uint64_t)second);
		buf_putc(b, '.');
		buf_put_u64_width(b, ns / 1000, 6);
		break;
	case STAMP_DELTA:
		delta_put(b, cache, wall_ns);
		break;
	}
}

static size_t format_local(char *text, size_t size, enum local_style style, const struct tm *tm)
{
	switch (style) {
	case LOCAL_MINUTE:
		return strftime(text, size, "%H:%M", tm);
	case LOCAL_CLOCK:
		return strftime(text, size, "%H:%M:%S", tm);
	case LOCAL_DAY_MINUTE:
		return strftime(text, size, "%m-%d %H:%M", tm);
	case LOCAL_DATE:
		return strftime(text, size, "%Y-%m-%d", tm);
	case LOCAL_DATED:
		return strftime(text, size, "%Y-%m-%d %H:%M:%S", tm);
	case LOCAL_WEEKDAY:
		return strftime(text, size, "%a %Y-%m-%d", tm);
	case LOCAL_ZONE:
		return strftime(text, size, "%Z", tm);
	}
	return 0;
}

void local_put(struct buf *b, uint64_t wall_ns, enum local_style style)
{
	time_t second = (time_t)(wall_ns / NSEC);
	char text[64];
	struct tm tm;

	if (localtime_r(&second, &tm))
		buf_put(b, text, format_local(text, sizeof(text), style, &tm));
}

/* v / unit with one digit behind the point below ten units, none above. */
static void scaled_put(struct buf *b, uint64_t v, uint64_t unit, const char *suffix)
{
	if (v / unit < 10) {
		buf_put_u64(b, v / unit);
		buf_putc(b, '.');
		buf_put_u64(b, v % unit * 10 / unit);
	} else {
		buf_put_u64(b, v / unit);
	}
	buf_puts(b, suffix);
}

static void two_units_put(struct buf *b, uint64_t big, char big_unit, uint64_t small,
			  char small_unit)
{
	buf_put_u64(b, big);
	buf_putc(b, big_unit);
	buf_put_u64_width(b, small, 2);
	buf_putc(b, small_unit);
}

void span_put(struct buf *b, uint64_t ns)
{
	uint64_t sec = ns / NSEC;

	if (ns < 1000000) {
		buf_put_u64(b, ns / 1000);
		buf_puts(b, "us");
	} else if (sec < 1) {
		scaled_put(b, ns, 1000000, "ms");
	} else if (sec < 60) {
		scaled_put(b, ns, NSEC, "s");
	} else if (sec < 3600) {
		two_units_put(b, sec / 60, 'm', sec % 60, 's');
	} else if (sec < 86400) {
		two_units_put(b, sec / 3600, 'h', sec / 60 % 60, 'm');
	} else {
		two_units_put(b, sec / 86400, 'd', sec / 3600 % 24, 'h');
	}
}

void bytes_put(struct buf *b, uint64_t bytes)
{
	static const char *const units[] = { "K", "M", "G", "T", "P", "E" };
	uint64_t unit = 1024;
	size_t i = 0;

	if (bytes < 1024) {
		buf_put_u64(b, bytes);
		return;
	}
	while (i + 1 < sizeof(units) / sizeof(units[0]) && bytes / unit >= 1024) {
		unit *= 1024;
		i++;
	}
	if (unit < (uint64_t)1 << 60) {
		scaled_put(b, bytes, unit, units[i]);
	} else { /* the tenths would overflow */
		buf_put_u64(b, bytes / unit);
		buf_puts(b, units[i]);
	}
}
