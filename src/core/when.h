/* SPDX-License-Identifier: GPL-2.0-only */
/* Points in time as people write them, much as journalctl(1) takes them. Pure, but for TZ. */
#ifndef SOCKWATCH_CORE_WHEN_H
#define SOCKWATCH_CORE_WHEN_H

#include <stddef.h>
#include <stdint.h>

#define WHEN_WANTS                                                                    \
	"a time: 10m, 2h30m or 3d (ago), now, today, yesterday, monday, 14:00[:05], " \
	"yesterday 14:00, 2026-11-24 [14:00], 2026-11-24T14:00:05Z, or @SECONDS since 1970"

/*
 * What the text means at now_ns; both in nanoseconds since 1970, UTC. In local time where it names
 * no zone:
 *
 *   now, today, yesterday, tomorrow, monday (the last one, which may be today): 0 o'clock
 *   14:00, 14:00:05.25             of today; or behind one of those, or behind a date
 *   2026-11-24, 2026-11-24T14:00   with Z, UTC or +01:00 behind a time of day: of that zone
 *   10m, -1h, 2h30m, 3 days ago    so long before now; +5min: behind it
 *   @1795528800.5                  seconds since 1970
 *
 * 0; -EINVAL: it is none of these; -EDOM: it looks like one, but there is no such time of day, no
 * such day, or none that 64 bits hold. *ret is untouched then.
 */
int when_parse(const char *text, uint64_t now_ns, uint64_t *ret);

/* The words that it takes, for who looks for a slip. */
extern const char *const when_words[];
extern const size_t when_n_words;

#endif
