// SPDX-License-Identifier: GPL-2.0-only
#include "store/verify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "store/files.h"

static const char *const words[VERIFY_STATES] = {
	[VERIFY_GOOD] = "is as it was sealed",
	[VERIFY_REMOVED] = "was removed",
	[VERIFY_LIVE] = "is not sealed yet",
	[VERIFY_CHANGED] = "was changed",
	[VERIFY_CUT] = "was cut",
	[VERIFY_MISSING] = "is missing",
	[VERIFY_STRANGER] = "is not in the chain",
	[VERIFY_LINE] = "has a line in the chain that was changed",
};

const char *verify_words(enum verify_state state)
{
	return words[state];
}

struct verifying {
	const char *dir;
	verify_fn fn;
	void *arg;
	struct chain_lines chain;
	struct store_files files;
	struct verify_result *ret;
};

static void tell(struct verifying *v, const char *name, enum verify_state state)
{
	v->ret->count[state]++;
	if (state >= VERIFY_WRONG && v->ret->first == VERIFY_GOOD) {
		v->ret->first = state;
		snprintf(v->ret->name, sizeof(v->ret->name), "%s", name);
	}
	if (v->fn)
		v->fn(v->arg, name, state);
}

/* The line of an act, from line `from` on, of a segment. */
static bool has_line(const struct verifying *v, enum chain_act act, size_t from, const char *name)
{
	for (size_t i = from; i < v->chain.n; i++)
		if (v->chain.lines[i].act == act && !strcmp(v->chain.lines[i].name, name))
			return true;
	return false;
}

/* A VERIFY_ or -errno. */
static int state_of(const struct verifying *v, size_t i, const char *before)
{
	const struct chain_line *line = &v->chain.lines[i];
	bool seals = line->act == CHAIN_SEAL;
	char digest[CHAIN_HEX], path[PATH_MAX];
	int err;

	if (seals && has_line(v, CHAIN_REMOVED, i + 1, line->name))
		return VERIFY_REMOVED;
	err = chain_digest(v->dir, before, line, digest);
	if (err == -ENOENT)
		return VERIFY_MISSING;
	if (err == -EMSGSIZE && files_path(path, v->dir, line->name))
		return store_size(path) < line->size ? VERIFY_CUT : VERIFY_CHANGED;
	if (err)
		return err;
	return !strcmp(digest, line->digest) ? VERIFY_GOOD : seals ? VERIFY_CHANGED : VERIFY_LINE;
}

static int check_chain(struct verifying *v)
{
	const char *before = "";

	for (size_t i = 0; i < v->chain.n; before = v->chain.lines[i++].digest) {
		const struct chain_line *line = &v->chain.lines[i];
		int state;

		if (line->act == CHAIN_BEGIN)
			continue;
		state = state_of(v, i, before);
		if (state < 0) {
			log_error("cannot read %s/%s: %s", v->dir, line->name, strerror(-state));
			return state;
		}
		/* that one was told at its seal */
		if (line->act == CHAIN_SEAL || state != VERIFY_GOOD)
			tell(v, line->name, (enum verify_state)state);
	}
	snprintf(v->ret->head, sizeof(v->ret->head), "%s", before);
	return 0;
}

static void check_others(struct verifying *v)
{
	for (size_t i = 0; i < v->files.n; i++) {
		const char *name = strrchr(v->files.files[i].path, '/') + 1;

		if (!v->files.files[i].sealed)
			tell(v, name, VERIFY_LIVE);
		else if (!has_line(v, CHAIN_SEAL, 0, name) && !has_line(v, CHAIN_REMOVED, 0, name))
			tell(v, name, VERIFY_STRANGER);
	}
}

int store_verify(const char *dir, verify_fn fn, void *arg, struct verify_result *ret)
{
	struct verifying v = { .dir = dir, .fn = fn, .arg = arg, .ret = ret };
	int err = store_list(dir, &v.files);

	*ret = (struct verify_result){ 0 };
	if (err) {
		log_error("cannot read the directory %s: %s", dir, strerror(-err));
		return err;
	}
	err = chain_read(dir, &v.chain);
	if (err == -EBADMSG)
		log_error("%s/" CHAIN_FILE " was changed: a line of it is none", dir);
	else if (err)
		log_error("cannot read %s/" CHAIN_FILE ": %s", dir, strerror(-err));
	if (!err)
		err = check_chain(&v);
	if (!err)
		check_others(&v);
	chain_lines_free(&v.chain);
	store_files_free(&v.files);
	return err;
}
