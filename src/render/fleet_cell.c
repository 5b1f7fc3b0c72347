// SPDX-License-Identifier: GPL-2.0-only
#include "render/fleet_cell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char unescaped(char c)
{
	static const char from[] = "bfnrt0", to[] = "\b\f\n\r\t";
	const char *at = c ? strchr(from, c) : NULL;

	return at ? to[at - from] : c;
}

/* In place. Returns the length; end: where it stops if it is not at the end. */
static size_t unescape(char *text, size_t len, char stop, size_t *ret_end)
{
	size_t n = 0, i = 0;

	for (; i < len && (text[i] != stop || !stop); i++) {
		if (text[i] == '\\' && i + 1 < len)
			text[n++] = unescaped(text[++i]);
		else
			text[n++] = text[i];
	}
	*ret_end = i;
	return n;
}

int fleet_next_cell(char **line, size_t *len, struct fleet_cell *ret)
{
	char *tab = *len ? memchr(*line, '\t', *len) : NULL;
	size_t n = tab ? (size_t)(tab - *line) : *len;

	if (!*line)
		return -EBADMSG;
	*ret = (struct fleet_cell){ .text = *line,
				    .len = n,
				    .null = n == 2 && !memcmp(*line, "\\N", 2) };
	(*line)[n] = '\0'; /* in place of the tab, or of the line's end */
	*line = tab ? tab + 1 : NULL;
	*len -= tab ? n + 1 : n;
	return 0;
}

int fleet_cell_number(const struct fleet_cell *c, uint64_t *ret)
{
	char *end;

	if (!c->len || c->text[0] < '0' || c->text[0] > '9')
		return -EBADMSG;
	errno = 0;
	*ret = strtoull(c->text, &end, 10);
	return errno || end != c->text + c->len ? -EBADMSG : 0;
}

void fleet_cell_text(struct fleet_cell *c)
{
	size_t end;

	c->len = unescape(c->text, c->len, '\0', &end);
	c->text[c->len] = '\0';
}

int fleet_next_element(struct fleet_cell *array, struct fleet_cell *ret)
{
	char *at = array->text, *end = at + array->len;
	bool quoted;
	size_t n;

	if (at == end || (*at != '[' && *at != ','))
		return at < end && *at == ']' ? 0 : -EBADMSG;
	if (++at < end && *at == ']')
		return 0;
	quoted = at < end && *at == '\'';
	at += quoted;
	*ret = (struct fleet_cell){ .text = at };
	if (quoted) {
		ret->len = unescape(at, (size_t)(end - at), '\'', &n);
		if (at + n == end)
			return -EBADMSG;
		at += n + 1;
	} else {
		ret->len = strcspn(at, ",]");
		at += ret->len;
	}
	array->text = at;
	array->len = (size_t)(end - at);
	return 1;
}
