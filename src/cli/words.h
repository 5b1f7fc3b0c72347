/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words that choose the job: what each is for, its page of help, and what does it. Each is
 * defined beside what does it (src/words); the table of all is handed in.
 */
#ifndef SOCKWATCH_CLI_WORDS_H
#define SOCKWATCH_CLI_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/columns.h"

struct options;

enum word_id {
	WORD_WATCH,
	WORD_LIST,
	WORD_WHO,
	WORD_CONNS,
	WORD_ROUTE,
	WORD_LINK,
	WORD_STATS,
	WORD_LOG,
	WORD_RECORD,
	WORD_TOP,
	WORD_EXPORT,
	WORD_FEATURES,
	WORD_WHO_PAST, /* who, asked about a time: it has the options of who */
};

/* Which words an option is for: bits 1 << enum word_id. */
#define FOR(id) (1U << (id))
#define FOR_WATCH FOR(WORD_WATCH)
#define FOR_LIST FOR(WORD_LIST)
#define FOR_WHO FOR(WORD_WHO)
#define FOR_CONNS FOR(WORD_CONNS)
#define FOR_ROUTE FOR(WORD_ROUTE)
#define FOR_LINK FOR(WORD_LINK)
#define FOR_STATS FOR(WORD_STATS)
#define FOR_LOG FOR(WORD_LOG)
#define FOR_RECORD FOR(WORD_RECORD)
#define FOR_TOP FOR(WORD_TOP)
#define FOR_EXPORT FOR(WORD_EXPORT)
#define FOR_TRACERS (FOR_RECORD | FOR_EXPORT)
#define FOR_STREAMS (FOR_WATCH | FOR_CONNS | FOR_TOP)
#define FOR_SOCKETS (FOR_STREAMS | FOR_LIST | FOR_WHO | FOR_LOG)
#define FOR_PAGES (FOR_LIST | FOR_ROUTE | FOR_LINK | FOR_STATS)
#define FOR_ALL (FOR_SOCKETS | FOR_ROUTE | FOR_LINK | FOR_STATS)

/* What the program ends with. */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_NOTHING = 1, /* nothing of what was asked for was found */
	EXIT_USAGE = 2,
	EXIT_LOST = 3, /* --strict */
	EXIT_FAULT = 4,
};

struct word {
	enum word_id id;
	const char *name;     /* NULL: the stream, which needs no word */
	const char *arg;      /* what follows it, in the help; NULL: nothing */
	const char *summary;  /* NULL: reached by an option only, and in no list */
	const char *examples; /* lines, each ends with \n */
	enum exit_status (*run)(const struct options *o);
	bool elsewhere; /* run() starts another program, which takes the command line anew */
};

struct words {
	const struct word *const *all; /* static; the first is the stream */
	size_t n;
	/*
	 * The id of the cgroup that a path names, which the command line cannot find by itself. 0,
	 * or -errno with *ret_id untouched.
	 */
	int (*find_cgroup)(const char *path, uint64_t *ret_id);
	/* The inode of the network namespace that we are in; likewise. */
	int (*own_netns)(uint32_t *ret);
	/* The local ports that the kernel chooses itself, from the first to the last; likewise. */
	int (*chosen_ports)(uint16_t *ret_first, uint16_t *ret_last);
	bool typed; /* it is read again and again: no host is looked up */
	/* The i-th column that sockets have, or Unix sockets; false: there are no more. */
	bool (*column)(bool of_unix, size_t i, struct named_column *ret);
};

/* Whether people are told that it is there, by its name. */
bool word_is_named(const struct word *word);

/* The entry of a name that people may type, or NULL; and that of an id, which is always there. */
const struct word *word_find(const struct words *words, const char *name);
const struct word *word_of(const struct words *words, enum word_id id);

/* That of the word that stands before all others on a command line; or the stream's. */
enum word_id word_first(const struct words *words, int argc, char **argv);

/* The word, or `other`, that `text` is a slip of, or the only one that begins so; or NULL. */
const char *words_near(const struct words *words, const char *text, const char *other);

/* "the stream, list, who": those of the set, FOR(...) of each. Cut to size. */
void words_format(const struct words *words, uint32_t set, char *text, size_t size);

#endif
