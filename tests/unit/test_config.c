// SPDX-License-Identifier: GPL-2.0-only
/* A file with options of record, and the command line before it. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/config.h"
#include "cli/options.h"
#include "tree.h"
#include "words/words.h"

static struct tree tree;
static char path[64], why[1024];
static struct options given, options; /* too large for a stack */

static int setup(void **state)
{
	(void)state;
	if (tree_make(&tree))
		return -1;
	snprintf(path, sizeof(path), "%s/c", tree.path);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return tree_remove(&tree);
}

static int read_text(const char *text, struct config *ret)
{
	tree_put_text(&tree, "c", text);
	why[0] = '\0';
	return config_read(&all_words, path, ret, why, sizeof(why));
}

static void good(const char *text, struct config *ret)
{
	if (read_text(text, ret))
		fail_msg("'%s' is refused: %s", text, why);
}

/* Refused, with FILE and what stands in `want` behind it. */
static void bad(const char *text, const char *want)
{
	struct config c = { 0 };
	size_t n = strlen(path);

	if (!read_text(text, &c))
		fail_msg("'%s' is taken", text);
	assert_null(c.text);
	if (strncmp(why, path, n) || strncmp(why + n, want, strlen(want)))
		fail_msg("'%s': '%s' is not FILE%s", text, why, want);
	assert_null(strchr(why, '\n'));
}

static void assert_line(const struct config *c, size_t i, const char *name, const char *value)
{
	assert_true(i < c->n);
	assert_string_equal(c->lines[i].def->name, name);
	if (value)
		assert_string_equal(c->lines[i].value, value);
	else
		assert_null(c->lines[i].value);
}

TEST_SETUP(config__has_options_one_a_line_as_people_write_them)
{
	struct config c;

	good("# all of it\n"
	     "max-size 2G\n"
	     "\t--max-age=7d   \r\n"
	     "\n"
	     "keep-free = 5%   # for others\n"
	     "--segment\t1M\n"
	     "no-loopback # here, too\n"
	     "#tcp\n"
	     "comm a#b\n"
	     "dir /var/lib/a store",
	     &c);
	assert_int_equal(c.n, 7);
	assert_line(&c, 0, "max-size", "2G");
	assert_line(&c, 1, "max-age", "7d");
	assert_line(&c, 2, "keep-free", "5%");
	assert_line(&c, 3, "segment", "1M");
	assert_line(&c, 4, "no-loopback", NULL);
	assert_line(&c, 5, "comm", "a#b"); /* no blank is before it */
	assert_line(&c, 6, "dir", "/var/lib/a store");
	config_free(&c);
	good("notable\nnotable /run/j\n", &c); /* its value may be left out */
	assert_line(&c, 0, "notable", NULL);
	assert_line(&c, 1, "notable", "/run/j");
	config_free(&c);
	good("", &c);
	assert_int_equal(c.n, 0);
	config_free(&c);
}

TEST_SETUP(config__names_the_line_and_what_is_wrong)
{
	bad("\n\nmax-sise 2G\n", ":3: unknown option 'max-sise': did you mean max-size?");
	bad("tcp\nxyzzy 1\n", ":2: unknown option 'xyzzy' (sockwatch record --help lists them)");
	bad("-P 443\n", ":1: unknown option '-P'");
	bad("max-size lots\n", ":1: --max-size: 'lots' is not a size from 64K to 64T");
	bad("max-size\n", ":1: --max-size needs a value: a size");
	bad("max-size =\n", ":1: --max-size: '' is not a size");
	bad("notable journal\n", ":1: --notable: 'journal' is not the path of a socket");
	bad("tcp yes\n", ":1: --tcp takes no value");
	bad("port 443,https,no-such-service\n", ":1: --port: 'no-such-service' is not a port");
	bad("json\n", ":1: json is no option that a file for record may have");
	bad("config /etc/other\n", ":1: config is no option that a file for record may have");
	bad("check\n", ":1: check is no option");
	bad("help\n", ":1: help is no option");
	bad("=\n", ":1: unknown option ''");
}

static void unreadable(const char *name, const char *want)
{
	struct config c = { 0 };

	assert_int_not_equal(config_read(&all_words, name, &c, why, sizeof(why)), 0);
	if (!strstr(why, want) || !strstr(why, name))
		fail_msg("'%s' does not say '%s'", why, want);
	assert_null(c.text);
}

TEST_SETUP(config__says_what_cannot_be_read)
{
	char *large = calloc(1, 70001);

	assert_non_null(large);
	unreadable("/nonexistent/c", "it cannot be read: No such file");
	unreadable(tree.path, "it cannot be read: Is a directory");
	tree_put_bytes(&tree, "c", "tcp\n\0\n", 6);
	unreadable(path, "it is no file of options");
	memset(large, '\n', 70000);
	tree_put_text(&tree, "c", large);
	unreadable(path, "it is no file of options");
	free(large);
	tree_drop(&tree, "c");
	assert_int_equal(mkfifo(path, 0600), 0); /* nobody writes to it: it is empty */
	{
		struct config c;

		assert_int_equal(config_read(&all_words, path, &c, why, sizeof(why)), 0);
		assert_int_equal(c.n, 0);
		config_free(&c);
	}
}

/* Both as one, in `options`. */
static void join(const struct config *c, int argc, char **argv)
{
	struct config_args args;

	if (options_parse(&all_words, argc, argv, &given, why, sizeof(why)))
		fail_msg("refused: %s", why);
	assert_int_equal(config_args(c, &given, &args), 0);
	assert_null(args.argv[args.argc]);
	if (options_parse(&all_words, args.argc, args.argv, &options, why, sizeof(why)))
		fail_msg("refused: %s", why);
	config_args_free(&args);
}

TEST_SETUP(config__command_line_wins_over_the_file)
{
	char program[] = "sockwatch", word[] = "record", size[] = "--max-size", value[] = "4G";
	char port[] = "-P", number[] = "80", free_part[] = "--keep-free=1";
	char *alone[] = { program, word, NULL };
	/* a word may stand behind options, too */
	char *line[] = { program, size, value, word, port, number, free_part, NULL };
	struct config c;

	good("max-size 2G\nport 443\nport 22\nmax-age 3d\nno-loopback\nkeep-free 50\n", &c);
	join(&c, 2, alone);
	assert_true(options.keep.max_size == (uint64_t)2 << 30);
	assert_true(options.keep.max_age_ms == (uint64_t)3 * 86400 * 1000);
	assert_true(sw_port_in(&options.select.filter.any_port, 443));
	assert_true(sw_port_in(&options.select.filter.any_port, 22));
	assert_true(options.select.filter.on & SW_F_NO_LOOPBACK);
	join(&c, 7, line);
	assert_true(options.word == WORD_RECORD);
	assert_true(options.keep.max_size == (uint64_t)4 << 30);
	assert_true(options.keep.max_age_ms == (uint64_t)3 * 86400 * 1000);
	assert_int_equal(options.keep.keep_free, 1);
	assert_true(sw_port_in(&options.select.filter.any_port, 80));
	assert_false(sw_port_in(&options.select.filter.any_port, 443)); /* not one more port */
	config_free(&c);
}

static const struct option_def *def_of(const char *name)
{
	for (size_t i = 0; i < n_defs; i++)
		if (defs[i].take && !strcmp(defs[i].name, name))
			return &defs[i];
	fail_msg("no option %s", name);
	return NULL;
}

TEST_SETUP(config__knows_which_options_are_others)
{
	struct config a, b;

	good("port 443\ntcp\nport 22\nmax-age 1d\n", &a);
	good("max-age 1d # as before\nport 443\nport 23\nudp\n", &b);
	assert_true(config_differs(&a, &b, def_of("port")));
	assert_true(config_differs(&a, &b, def_of("tcp")));
	assert_true(config_differs(&a, &b, def_of("udp")));
	assert_false(config_differs(&a, &b, def_of("max-age")));
	assert_false(config_differs(&a, &b, def_of("dir")));
	assert_false(config_differs(&a, &a, def_of("port")));
	config_free(&a);
	config_free(&b);
}
