// SPDX-License-Identifier: GPL-2.0-only
#include "core/when.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define NSEC 1000000000ULL
#define SECONDS_MAX (UINT64_MAX / NSEC)
#define MINUTE 60ULL
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define MONTH 2629800ULL
#define YEAR 31557600ULL
#define USEC 1000ULL
#define MSEC 1000000ULL
#define FIRST_WEEKDAY 4

const char *const when_words[] = { "now",      "today",	 "yesterday", "tomorrow",
				   "sunday",   "monday", "tuesday",   "wednesday",
				   "thursday", "friday", "saturday" };
const size_t when_n_words = sizeof(when_words) / sizeof(when_words[0]);

/* A day and a time of it, as they are read. */
struct reading {
	const char *at; /* what is not read yet */
	struct tm tm;	/* local, or of the zone */
	uint64_t ns;	/* of the second */
	bool zoned;
	long east; /* zoned: seconds */
};

static bool take_char(struct reading *r, char c)
{
	if (*r->at != c)
		return false;
	r->at++;
	return true;
}

static void skip_blanks(struct reading *r)
{
	while (*r->at == ' ')
		r->at++;
}

/* A number of so many digits. */
static bool take_digits(struct reading *r, int n, int *ret)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		if (!isdigit((unsigned char)r->at[i]))
			return false;
		v = v * 10 + (r->at[i] - '0');
	}
	r->at += n;
	*ret = v;
	return true;
}

/* ".25": behind a second. */
static bool take_fraction(struct reading *r)
{
	uint64_t unit = NSEC / 10;

	if (!take_char(r, '.'))
		return true;
	if (!isdigit((unsigned char)*r->at))
		return false;
	for (; isdigit((unsigned char)*r->at); r->at++, unit /= 10)
		r->ns += unit * (uint64_t)(*r->at - '0');
	return true;
}

/* The word that is next, of letters only; where it is a whole one it is taken. */
static bool take_word(struct reading *r, const char *word, size_t least)
{
	size_t len = 0;

	while (isalpha((unsigned char)r->at[len]))
		len++;
	if (len < least || len > strlen(word) || strncasecmp(r->at, word, len) != 0)
		return false;
	r->at += len;
	return true;
}

static void go_days(struct tm *tm, int days)
{
	tm->tm_mday += days;
	tm->tm_hour = tm->tm_min = tm->tm_sec = 0;
}

/* A name of a day; tm is now, and becomes its begin. */
static bool take_day_name(struct reading *r)
{
	if (take_word(r, "today", 5)) {
		go_days(&r->tm, 0);
		return true;
	}
	if (take_word(r, "yesterday", 9)) {
		go_days(&r->tm, -1);
		return true;
	}
	if (take_word(r, "tomorrow", 8)) {
		go_days(&r->tm, 1);
		return true;
	}
	for (int day = 0; day < 7; day++) {
		const char *name = when_words[FIRST_WEEKDAY + day];
		const char *start = r->at;

		if (!take_word(r, name, 3))
			continue;
		if (r->at - start != 3 && (size_t)(r->at - start) != strlen(name)) {
			r->at = start;
			return false;
		}
		go_days(&r->tm, -((r->tm.tm_wday - day + 7) % 7));
		return true;
	}
	return false;
}

/* "2026-11-24" */
static bool take_date(struct reading *r)
{
	const char *start = r->at;
	int year, month, day;

	if (!take_digits(r, 4, &year) || !take_char(r, '-') || !take_digits(r, 2, &month) ||
	    !take_char(r, '-') || !take_digits(r, 2, &day)) {
		r->at = start;
		return false;
	}
	r->tm = (struct tm){ .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };
	return true;
}

/* "Tue" before a date, as log and date have it: 0 for Sunday; -1, and nothing is taken: none. */
static int take_weekday(struct reading *r)
{
	struct reading from = *r, behind;

	for (int day = 0; day < 7; day++) {
		*r = from;
		if (!take_word(r, when_words[FIRST_WEEKDAY + day], 3) || *r->at != ' ')
			continue;
		skip_blanks(r);
		behind = *r;
		if (take_date(&behind))
			return day;
	}
	*r = from;
	return -1;
}

static int weekday_of(struct tm tm)
{
	return timegm(&tm) == -1 ? -1 : tm.tm_wday;
}

static bool is_day(const struct tm *tm)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year = tm->tm_year + 1900;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (tm->tm_mon < 0 || tm->tm_mon > 11)
		return false;
	return tm->tm_mday >= 1 && tm->tm_mday <= days[tm->tm_mon] + (tm->tm_mon == 1 && leap);
}

/* "Z", "UTC", "+01:00", "+0100" behind a time of day, if any. False: something else is there. */
static bool take_zone(struct reading *r)
{
	int hours, minutes = 0, sign;

	skip_blanks(r);
	if (!*r->at)
		return true;
	r->zoned = true;
	if (take_word(r, "z", 1) || take_word(r, "utc", 3))
		return !*r->at;
	sign = *r->at == '-' ? -1 : 1;
	if ((!take_char(r, '+') && !take_char(r, '-')) || !take_digits(r, 2, &hours))
		return false;
	take_char(r, ':');
	if (*r->at && !take_digits(r, 2, &minutes))
		return false;
	r->east = sign * (hours * (long)HOUR + minutes * (long)MINUTE);
	return !*r->at && hours < 24 && minutes < 60;
}

/* "14:00", "14:00:05.25", a zone behind it. 0, -EINVAL or -EDOM. */
static int take_clock(struct reading *r)
{
	int hour, minute, second = 0;

	if (!take_digits(r, 2, &hour) && !take_digits(r, 1, &hour))
		return -EINVAL;
	if (!take_char(r, ':') || !take_digits(r, 2, &minute))
		return -EINVAL;
	if (take_char(r, ':') && (!take_digits(r, 2, &second) || !take_fraction(r)))
		return -EINVAL;
	if (!take_zone(r))
		return -EINVAL;
	if (hour > 23 || minute > 59 || second > 59)
		return -EDOM;
	r->tm.tm_hour = hour;
	r->tm.tm_min = minute;
	r->tm.tm_sec = second;
	return 0;
}

static int finish(struct reading *r, uint64_t *ret)
{
	time_t second;

	r->tm.tm_isdst = -1;
	second = r->zoned ? timegm(&r->tm) - r->east : mktime(&r->tm);
	if (second < 0 || (uint64_t)second >= SECONDS_MAX)
		return -EDOM;
	*ret = (uint64_t)second * NSEC + r->ns;
	return 0;
}

static int parse_day(struct reading *r, uint64_t *ret)
{
	int weekday = take_weekday(r);
	bool dated = take_date(r), named = !dated && take_day_name(r);
	bool timed = !dated && !named;
	int err = 0;

	if (dated && (take_char(r, 'T') || take_char(r, 't')))
		timed = true;
	else if (!timed && *r->at && *r->at != ' ')
		return -EINVAL;
	skip_blanks(r);
	if (timed || *r->at)
		err = take_clock(r);
	if (err)
		return err;
	if (dated && (!is_day(&r->tm) || (weekday >= 0 && weekday != weekday_of(r->tm))))
		return -EDOM;
	return finish(r, ret);
}

/* --- so long ago ------------------------------------------------------------------------------ */

/* All of systemd.time(7); a month and a year are as long as they are on the average. */
static const struct {
	const char *name;
	uint64_t ns;
} units[] = {
	{ "us", USEC },
	{ "usec", USEC },
	{ "ms", MSEC },
	{ "msec", MSEC },
	{ "s", NSEC },
	{ "sec", NSEC },
	{ "second", NSEC },
	{ "seconds", NSEC },
	{ "m", MINUTE *NSEC },
	{ "min", MINUTE *NSEC },
	{ "minute", MINUTE *NSEC },
	{ "minutes", MINUTE *NSEC },
	{ "h", HOUR *NSEC },
	{ "hr", HOUR *NSEC },
	{ "hour", HOUR *NSEC },
	{ "hours", HOUR *NSEC },
	{ "d", DAY *NSEC },
	{ "day", DAY *NSEC },
	{ "days", DAY *NSEC },
	{ "w", 7 * DAY *NSEC },
	{ "week", 7 * DAY *NSEC },
	{ "weeks", 7 * DAY *NSEC },
	{ "month", MONTH *NSEC },
	{ "months", MONTH *NSEC },
	{ "y", YEAR *NSEC },
	{ "year", YEAR *NSEC },
	{ "years", YEAR *NSEC },
};

/* "M" is a month, "m" a minute. */
static bool take_month(struct reading *r)
{
	return !isalpha((unsigned char)r->at[*r->at != '\0']) && take_char(r, 'M');
}

static bool take_unit(struct reading *r, uint64_t *ret)
{
	if (take_month(r)) {
		*ret = MONTH * NSEC;
		return true;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (take_word(r, units[i].name, strlen(units[i].name))) {
			*ret = units[i].ns;
			return true;
		}
	return false;
}

/* "2h", "1.5h": adds to *ns. 0, -EINVAL, or -EDOM where it is too long. */
static int take_part(struct reading *r, uint64_t *ns)
{
	uint64_t number = 0, unit, part;

	if (!isdigit((unsigned char)*r->at))
		return -EINVAL;
	for (; isdigit((unsigned char)*r->at); r->at++)
		if (number < UINT64_MAX / 16) /* more is too much of any unit */
			number = number * 10 + (uint64_t)(*r->at - '0');
	r->ns = 0;
	if (!take_fraction(r))
		return -EINVAL;
	skip_blanks(r);
	if (!take_unit(r, &unit))
		return -EINVAL;
	skip_blanks(r);
	if (number >= UINT64_MAX / unit - 1)
		return -EDOM;
	part = number * unit + (unit < NSEC ? r->ns * unit / NSEC : r->ns * (unit / NSEC));
	if (part > UINT64_MAX - *ns)
		return -EDOM;
	*ns += part;
	return 0;
}

static int parse_span(struct reading *r, uint64_t now_ns, uint64_t *ret)
{
	bool ahead = take_char(r, '+'), back = !ahead && take_char(r, '-');
	uint64_t ns = 0;
	int err;

	do {
		err = take_part(r, &ns);
	} while (!err && isdigit((unsigned char)*r->at));
	if (!err && !ahead && !back)
		take_word(r, "ago", 3);
	if (err || *r->at)
		return err == -EDOM ? err : -EINVAL;
	if (ahead ? ns > UINT64_MAX - now_ns : ns > now_ns)
		return -EDOM;
	*ret = ahead ? now_ns + ns : now_ns - ns;
	return 0;
}

/* "@1795528800.5" */
static int parse_epoch(struct reading *r, uint64_t *ret)
{
	uint64_t second = 0;

	if (!isdigit((unsigned char)*r->at))
		return -EINVAL;
	for (; isdigit((unsigned char)*r->at); r->at++) {
		second = second * 10 + (uint64_t)(*r->at - '0');
		if (second >= SECONDS_MAX)
			return -EDOM;
	}
	if (!take_fraction(r) || *r->at)
		return -EINVAL;
	*ret = second * NSEC + r->ns;
	return 0;
}

int when_parse(const char *text, uint64_t now_ns, uint64_t *ret)
{
	struct reading start = { .at = text }, r;
	time_t now = (time_t)(now_ns / NSEC);
	int err;

	skip_blanks(&start);
	localtime_r(&now, &start.tm);
	r = start;
	if (take_word(&r, "now", 3) && !*r.at) {
		*ret = now_ns;
		return 0;
	}
	r = start;
	if (take_char(&r, '@'))
		return parse_epoch(&r, ret);
	r = start;
	err = parse_day(&r, ret);
	if (err != -EINVAL)
		return err;
	r = start;
	return parse_span(&r, now_ns, ret);
}
