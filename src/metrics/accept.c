// SPDX-License-Identifier: GPL-2.0-only
#include "metrics/accept.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* A part of the header: one range with what belongs to it, or one of these. */
struct part {
	const char *at;
	size_t len;
};

/* The next up to `mark`, without blanks around; *rest is behind it then, or NULL: no more. */
static struct part next_part(const char **rest, const char *end, char mark)
{
	const char *at = *rest, *stop = memchr(at, mark, (size_t)(end - at));
	struct part p;

	*rest = stop ? stop + 1 : NULL;
	stop = stop ? stop : end;
	while (at < stop && isspace((unsigned char)*at))
		at++;
	while (stop > at && isspace((unsigned char)stop[-1]))
		stop--;
	p = (struct part){ at, (size_t)(stop - at) };
	return p;
}

static int is(const struct part *p, const char *word)
{
	return p->len == strlen(word) && !strncasecmp(p->at, word, p->len);
}

/* How much a range says of a type: 3: all; 1: any; 0: it is another. */
static int match(struct part range, const char *type, const char *subtype)
{
	const char *rest = range.at, *end = range.at + range.len;
	struct part first = next_part(&rest, end, '/'), second = { end, 0 };

	if (rest)
		second = next_part(&rest, end, '/');
	if (is(&first, "*"))
		return is(&second, "*") ? 1 : 0;
	if (!is(&first, type))
		return 0;
	return is(&second, "*") ? 2 : is(&second, subtype) ? 3 : 0;
}

/* "q=0.75": 750. What is no number is not liked. */
static unsigned int quality_of(struct part p)
{
	unsigned int value = 0, digit = 1000;

	for (size_t i = 2; i < p.len && digit; i++) {
		if (p.at[i] == '.')
			continue;
		if (!isdigit((unsigned char)p.at[i]))
			return 0;
		value += (unsigned int)(p.at[i] - '0') * digit;
		digit /= 10;
	}
	return value > 1000 ? 1000 : value;
}

unsigned int accept_quality(const char *accept, const char *type, const char *subtype)
{
	const char *end = accept + strlen(accept);
	unsigned int best = 0;
	int most = 0;

	while (accept) {
		struct part range = next_part(&accept, end, ',');
		const char *rest = range.at, *stop = range.at + range.len;
		int says = match(next_part(&rest, stop, ';'), type, subtype);
		unsigned int q = 1000;

		while (rest) {
			struct part p = next_part(&rest, stop, ';');

			if (p.len > 2 && (p.at[0] == 'q' || p.at[0] == 'Q') && p.at[1] == '=')
				q = quality_of(p);
		}
		if (says > most || (says && says == most && q > best)) {
			best = q;
			most = says;
		}
	}
	return best;
}
