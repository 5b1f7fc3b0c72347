// SPDX-License-Identifier: GPL-2.0-only
#include "cli/schemas.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/columns.h"
#include "cli/take.h"
#include "cli/times.h"
#include "cli/words.h"

#define FOR_RECORDS (FOR_STREAMS | FOR_LIST | FOR_LOG)

const char *other_table(const struct options *o)
{
	if (o->count.n_keys)
		return "by";
	if (o->summary)
		return "statistics";
	if (o->past.sql)
		return "sql";
	return o->past.verify ? "verify" : NULL;
}

/* --- tags ------------------------------------------------------------------------------------- */

#define KEY_MAX 40

/* With a value of its own, where none is given. */
static bool is_known(const char *key, size_t len)
{
	static const char *const known[] = { "host", "boot", "schema" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i]) == len && !memcmp(known[i], key, len))
			return true;
	return false;
}

static bool has_tag(const struct print_opts *p, const char *key, size_t len)
{
	for (size_t i = 0; i < p->n_tags; i++)
		if (strcspn(p->tags[i], "=") == len && !memcmp(p->tags[i], key, len))
			return true;
	return false;
}

static bool is_key(const char *key, size_t len)
{
	if (!len || len > KEY_MAX || !isalpha((unsigned char)*key))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)key[i]) && !strchr("_.-", key[i]))
			return false;
	return true;
}

int take_tag(struct options *o, const char *v)
{
	struct print_opts *p = &o->print;
	size_t len = strcspn(v, "=");
	char key[KEY_MAX + 1];

	if (!is_key(v, len) || p->n_tags == TAGS_MAX || has_tag(p, v, len))
		return -EINVAL;
	memcpy(key, v, len);
	key[len] = '\0';
	if (!is_known(v, len) && (!v[len] || column_find(o->words, key)))
		return -EINVAL;
	p->tags[p->n_tags++] = v;
	return 0;
}

/* host or boot, without a value. */
static bool is_own(const char *tag)
{
	return !strcmp(tag, "host") || !strcmp(tag, "boot");
}

static const char *own_tag(const struct print_opts *p)
{
	for (size_t i = 0; i < p->n_tags; i++)
		if (is_own(p->tags[i]))
			return p->tags[i];
	return NULL;
}

/* Of what was recorded, record by record. */
static bool has_machines(const struct options *o)
{
	return o->word == WORD_LOG && !o->fleet.from && !other_table(o);
}

void tags_settle(struct options *o)
{
	struct print_opts *p = &o->print;
	bool is_column = false;

	if (!has_machines(o))
		return;
	for (size_t i = 0; i < p->n_fields; i++)
		is_column = is_column || !strcmp(p->fields[i], "host") ||
			    !strcmp(p->fields[i], "boot");
	p->machines = is_column || own_tag(p);
	for (size_t i = 0; i < p->n_tags && p->n_fields; i++)
		if (is_own(p->tags[i]) && p->n_fields < FIELDS_MAX)
			take_fields(o, p->tags[i]);
}

int tags_check(const struct options *o, char *why, size_t size)
{
	const struct print_opts *p = &o->print;
	bool past = o->word == WORD_LOG || times_ask_past(o);

	if (!p->n_tags)
		return 0;
	if (p->format != OUTPUT_JSON)
		snprintf(why, size, "--tag is for objects of JSON: it needs -j");
	else if (p->schema != JSON_OURS)
		snprintf(why, size, "--tag: the schemas of others have keys of their own: take -j");
	else if (o->fleet.from && (has_tag(p, "host", 4) || has_tag(p, "boot", 4)))
		snprintf(why, size, "--tag: with --from each object has its own host and boot");
	else if (past && !has_machines(o) && own_tag(p))
		snprintf(why, size,
			 "--tag %s: what was recorded may be of another machine or boot: give it "
			 "its value (--tag %s=...)",
			 own_tag(p), own_tag(p));
	else
		return 0;
	return -EINVAL;
}

/* --- schemas ---------------------------------------------------------------------------------- */

int schemas_check(const struct options *o, char *why, size_t size)
{
	const char *other = other_table(o);

	if (o->print.schema == JSON_OURS)
		return 0;
	if (!(FOR(o->word) & FOR_RECORDS))
		snprintf(why, size,
			 "--json=SCHEMA is for the stream, conns, log and list: take -j");
	else if (other)
		snprintf(why, size, "--%s has no place in the schemas of others: take -j", other);
	else if (o->word == WORD_LIST && o->select.unix_sockets)
		snprintf(why, size, "--unix has no place in the schemas of others: take -j");
	else
		return 0;
	return -EINVAL;
}
