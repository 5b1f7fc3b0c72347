// SPDX-License-Identifier: GPL-2.0-only
#include "cli/config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "cli/options.h"
#include "cli/suggest.h"
#include "cli/table.h"

#define SIZE_MOST 65536

/* What is being read. */
struct place {
	const struct words *words; /* borrowed, as all */
	const char *path;
	unsigned int line;
	char *why;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static int fail(const struct place *p, const char *format,
						      ...)
{
	int n = snprintf(p->why, p->size, "%s:%u: ", p->path, p->line);
	va_list args;

	va_start(args, format);
	if (n >= 0 && (size_t)n < p->size)
		vsnprintf(p->why + n, p->size - (size_t)n, format, args);
	va_end(args);
	return -EINVAL;
}

/* --- the file --------------------------------------------------------------------------------- */

/* All of it, up to SIZE_MOST, with a NUL behind. -errno. */
static ssize_t read_all(int fd, char *text)
{
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < SIZE_MOST) {
		n = read(fd, text + len, SIZE_MOST - len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			len += (size_t)n;
	}
	text[len] = '\0';
	return n < 0 ? -errno : (ssize_t)len;
}

static int read_file(const struct place *p, char **ret)
{
	/* a FIFO that nobody writes to shall hold up nobody */
	int fd = open(p->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = malloc(SIZE_MOST + 1);
	ssize_t len = fd < 0 ? -errno : text ? read_all(fd, text) : -ENOMEM;

	if (fd >= 0)
		close(fd);
	if (len < 0)
		snprintf(p->why, p->size, "--config %s: it cannot be read: %s", p->path,
			 strerror((int)-len));
	else if (len == SIZE_MOST || strlen(text) != (size_t)len)
		snprintf(p->why, p->size, "--config %s: it is no file of options", p->path);
	else {
		*ret = text;
		return 0;
	}
	free(text);
	return len < 0 ? (int)len : -EINVAL;
}

/* --- a line ----------------------------------------------------------------------------------- */

static char *skip_blanks(char *at)
{
	while (isspace((unsigned char)*at))
		at++;
	return at;
}

/* Without what is behind a # and the blanks at its end. */
static void cut_comment(char *line)
{
	char *end = line;

	for (; *end; end++)
		if (*end == '#' && (end == line || isspace((unsigned char)end[-1])))
			break;
	while (end > line && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
}

/* The value, or NULL, behind a name, which ends here. */
static char *split(char *name)
{
	char *end = name + strcspn(name, "= \t"), *value = skip_blanks(end);

	if (*value == '=')
		value = skip_blanks(value + 1);
	else if (!*value)
		value = NULL;
	*end = '\0';
	return value;
}

/* Whether it may stand in a file: what asks for something else than to record may not. */
static bool is_for_file(const struct option_def *d)
{
	static const char *const not_there[] = { "config", "check", "help", "version" };

	for (size_t i = 0; i < sizeof(not_there) / sizeof(not_there[0]); i++)
		if (!strcmp(d->name, not_there[i]))
			return false;
	return d->take && d->words & FOR_RECORD;
}

static const struct option_def *find(const char *name)
{
	for (size_t i = 0; i < n_defs; i++)
		if (defs[i].take && !strcmp(defs[i].name, name))
			return &defs[i];
	return NULL;
}

static int explain_name(const struct place *p, const char *name)
{
	const char *names[DEFS_MAX], *near;
	size_t n = 0;

	if (find(name))
		return fail(p, "%s is no option that a file for record may have: leave it out",
			    name);
	for (size_t i = 0; i < n_defs; i++)
		if (is_for_file(&defs[i]))
			names[n++] = defs[i].name;
	near = suggest(name, names, n);
	return fail(p, "unknown option '%s'%s%s%s", name, near ? ": did you mean " : "",
		    near ? near : " (sockwatch record --help lists them)", near ? "?" : "");
}

static int take_line(const struct place *p, char *line, struct config *c)
{
	struct config_line l;
	char why[512], *name;

	cut_comment(line);
	name = skip_blanks(line);
	if (!*name)
		return 0;
	name += !strncmp(name, "--", 2) ? 2 : 0;
	l.value = split(name);
	l.def = find(name);
	if (!l.def || !is_for_file(l.def))
		return explain_name(p, name);
	if (options_try(p->words, l.def, l.value, why, sizeof(why)))
		return fail(p, "%s", why);
	return ARRAY_ADD(c->lines, c->n, c->cap, &l);
}

int config_read(const struct words *words, const char *path, struct config *ret, char *why,
		size_t size)
{
	struct place p = { .words = words, .path = path, .why = why, .size = size };
	struct config c = { 0 };
	char *rest, *line;
	int err = read_file(&p, &c.text);

	rest = c.text;
	while (!err && (line = strsep(&rest, "\n"))) {
		p.line++;
		err = take_line(&p, line, &c);
	}
	if (err == -ENOMEM)
		snprintf(why, size, "--config %s: out of memory", path);
	if (err)
		config_free(&c);
	else
		*ret = c;
	return err;
}

/* --- what becomes of them --------------------------------------------------------------------- */

/* "--name=value", for free(); NULL: no memory. */
static char *argument_of(const struct config_line *l)
{
	char *text;
	int n = asprintf(&text, "--%s%s%s", l->def->name, l->value ? "=" : "",
			 l->value ? l->value : "");

	return n < 0 ? NULL : text;
}

#define FIRST 2 /* behind the program and the word */

int config_args(const struct config *c, const struct options *given, struct config_args *ret)
{
	struct config_args a = { 0 };
	size_t n_given = 0;

	while (given->argv[n_given])
		n_given++;
	a.argv = calloc(n_given + c->n + 1, sizeof(*a.argv));
	if (!a.argv || n_given < FIRST)
		goto fail;
	memcpy(a.argv, given->argv, FIRST * sizeof(*a.argv));
	for (size_t i = 0; i < c->n; i++) {
		if (given->given[c->lines[i].def - defs])
			continue;
		a.argv[FIRST + a.n_own] = argument_of(&c->lines[i]);
		if (!a.argv[FIRST + a.n_own])
			goto fail;
		a.n_own++;
	}
	memcpy(&a.argv[FIRST + a.n_own], &given->argv[FIRST], (n_given - FIRST) * sizeof(*a.argv));
	a.argc = (int)(n_given + a.n_own);
	*ret = a;
	return 0;

fail:
	config_args_free(&a);
	return -ENOMEM;
}

void config_args_free(struct config_args *args)
{
	for (size_t i = 0; i < args->n_own; i++)
		free(args->argv[FIRST + i]);
	free(args->argv);
	*args = (struct config_args){ 0 };
}

/* The next line of an option, from *at on; NULL: there is none. */
static const struct config_line *next_of(const struct config *c, const struct option_def *d,
					 size_t *at)
{
	while (*at < c->n)
		if (c->lines[(*at)++].def == d)
			return &c->lines[*at - 1];
	return NULL;
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

bool config_differs(const struct config *a, const struct config *b, const struct option_def *d)
{
	const struct config_line *l, *m;
	size_t i = 0, j = 0;

	do {
		l = next_of(a, d, &i);
		m = next_of(b, d, &j);
	} while (l && m && is_same(l->value, m->value));
	return l || m;
}

void config_free(struct config *c)
{
	free(c->lines);
	free(c->text);
	*c = (struct config){ 0 };
}
