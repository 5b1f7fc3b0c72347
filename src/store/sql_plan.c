// SPDX-License-Identifier: GPL-2.0-only
#include "store/sql_plan.h"

#include <sqlite3.h>
#include <stddef.h>
#include <string.h>

#include "core/addr.h"
#include "store/ask.h"
#include "store/sql.h"
#include "store/sql_table.h"

#define TERMS_MAX 8
#define ROWS 1e6     /* of a view, in the eyes of the planner; as of all below only compared */
#define TIME_PART 16 /* a bound of time leaves one of so many */
#define KEY_PART 256 /* a port, an address or a process likewise */

/* Each column that is of use, its letter, and the bit of the filter that says the same. */
static const struct {
	const char *column;
	char letter;
	uint32_t bit;
} keys[] = {
	{ "time", 't', 0 },
	{ "local_port", 'l', SW_F_LOCAL_PORT },
	{ "remote_port", 'r', SW_F_REMOTE_PORT },
	{ "local_addr", 'L', SW_F_LOCAL_ADDR },
	{ "remote_addr", 'R', SW_F_REMOTE_ADDR },
	{ "pid", 'p', SW_F_PID },
};

#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

/* The letter of a comparison; 0: of no use. */
static char letter_of(unsigned char op)
{
	switch (op) {
	case SQLITE_INDEX_CONSTRAINT_EQ:
		return '=';
	case SQLITE_INDEX_CONSTRAINT_GT:
		return '>';
	case SQLITE_INDEX_CONSTRAINT_GE:
		return 'g';
	case SQLITE_INDEX_CONSTRAINT_LT:
		return '<';
	case SQLITE_INDEX_CONSTRAINT_LE:
		return 'l';
	default:
		return 0;
	}
}

/* Which of keys[] a term is of; N_KEYS: of none that helps. */
static size_t key_of(const struct sql_table *t, struct sqlite3_index_info *info, int term)
{
	int column = info->aConstraint[term].iColumn;
	char op = letter_of(info->aConstraint[term].op);
	bool sockets = t->view->source == SQL_SOCKETS;

	if (!info->aConstraint[term].usable || column < 0 || !op)
		return N_KEYS;
	for (size_t i = 0; i < N_KEYS; i++) {
		if (strcmp(t->view->columns[column].name, keys[i].column))
			continue;
		if (keys[i].letter == 't')
			return strcmp(sqlite3_vtab_collation(info, term), SQL_TIME_COLLATION)
				       ? N_KEYS
				       : i;
		return sockets && op == '=' ? i : N_KEYS;
	}
	return N_KEYS;
}

int sql_plan_make(const struct sql_table *t, struct sqlite3_index_info *info)
{
	char idx[2 * TERMS_MAX + 1];
	double rows = ROWS;
	int n = 0;

	for (int i = 0; i < info->nConstraint && n < TERMS_MAX; i++) {
		size_t key = key_of(t, info, i);

		if (key == N_KEYS)
			continue;
		idx[2 * n] = keys[key].letter;
		idx[2 * n + 1] = letter_of(info->aConstraint[i].op);
		info->aConstraintUsage[i].argvIndex = ++n;
		info->aConstraintUsage[i].omit = keys[key].letter == 't';
		rows /= keys[key].letter == 't' ? TIME_PART : KEY_PART;
	}
	idx[2 * n] = '\0';
	info->idxStr = sqlite3_mprintf("%s", idx);
	info->needToFreeIdxStr = 1;
	info->estimatedRows = rows < 1 ? 1 : (sqlite3_int64)rows;
	info->estimatedCost = rows < 1 ? 1 : rows;
	return info->idxStr ? SQLITE_OK : SQLITE_NOMEM;
}

/* --- reading it ------------------------------------------------------------------------------- */

/* A bound of time; the narrowest of several counts. */
static bool take_time(const struct sql_table *t, char op, struct sqlite3_value *value,
		      struct sql_plan *plan)
{
	const char *text = (const char *)sqlite3_value_text(value);
	uint64_t ns, since = 0, until = UINT64_MAX;

	if (!sql_time_read(t->run, text, (size_t)sqlite3_value_bytes(value), &ns))
		return false;
	if (op == '>' || op == 'g' || op == '=')
		since = ns + (op == '>');
	if (op == '<' || op == 'l' || op == '=')
		until = ns + (op != '<');
	if (since > plan->since_ns)
		plan->since_ns = since;
	if (until < plan->until_ns)
		plan->until_ns = until;
	return true;
}

static void take_port(struct sqlite3_value *value, struct sw_port_set *set)
{
	uint64_t port = (uint64_t)sqlite3_value_int64(value) & 0xffff;

	*set = (struct sw_port_set){ 0 };
	set->bits[port / 64] = 1ULL << (port % 64);
}

/* Only a whole one; all else decides itself, by comparison. */
static bool take_addr(struct sqlite3_value *value, struct sw_cidr_set *set)
{
	const char *text = (const char *)sqlite3_value_text(value);

	set->n = 1;
	return text && !strchr(text, '/') && !cidr_parse(text, &set->cidr[0]);
}

/* An integer as the column has it: else the comparison decides, which may be one of texts. */
static bool is_port(struct sqlite3_value *value)
{
	return sqlite3_value_type(value) == SQLITE_INTEGER && sqlite3_value_int64(value) >= 0 &&
	       sqlite3_value_int64(value) <= 0xffff;
}

static bool is_pid(struct sqlite3_value *value)
{
	return sqlite3_value_type(value) == SQLITE_INTEGER && sqlite3_value_int64(value) > 0 &&
	       sqlite3_value_int64(value) <= INT32_MAX;
}

/* Whether the filter has it now. */
static bool take_key(char letter, struct sqlite3_value *value, struct sw_filter *f)
{
	switch (letter) {
	case 'l':
		if (is_port(value))
			take_port(value, &f->local_port);
		return is_port(value);
	case 'r':
		if (is_port(value))
			take_port(value, &f->remote_port);
		return is_port(value);
	case 'L':
		return take_addr(value, &f->local_addr);
	case 'R':
		return take_addr(value, &f->remote_addr);
	default:
		f->n_pids = 1;
		f->pids[0] = (uint32_t)sqlite3_value_int64(value);
		return is_pid(value);
	}
}

static uint32_t bit_of(char letter)
{
	for (size_t i = 0; i < N_KEYS; i++)
		if (keys[i].letter == letter)
			return keys[i].bit;
	return 0;
}

/* What the command line asks for already stays as it is: both hold, and one passes over enough. */
static void narrow(struct sql_plan *plan, char letter, struct sqlite3_value *value)
{
	uint32_t bit = bit_of(letter);

	if (!(plan->filter.on & bit) && take_key(letter, value, &plan->filter))
		plan->filter.on |= bit;
}

bool sql_plan_read(const struct sql_table *t, const char *idx, struct sqlite3_value **values, int n,
		   struct sql_plan *ret)
{
	const struct store_question *q = t->run->q->store;

	ret->since_ns = q->since_ns;
	ret->until_ns = q->until_ns;
	ret->none = false;
	ret->filter.on = 0;
	if (q->filter && t->view->source == SQL_SOCKETS)
		ret->filter = *q->filter;
	for (int i = 0; i < n; i++) {
		if (sqlite3_value_type(values[i]) == SQLITE_NULL)
			ret->none = true;
		else if (idx[2 * i] != 't')
			narrow(ret, idx[2 * i], values[i]);
		else if (!take_time(t, idx[2 * i + 1], values[i], ret))
			return false;
	}
	return true;
}
