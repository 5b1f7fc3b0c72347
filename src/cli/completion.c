// SPDX-License-Identifier: GPL-2.0-only
/*
 * What shells read to complete our command line. The values of an option are those that its table
 * entry lists, or what one of these lines of shell prints.
 */
#include <stdio.h>
#include <string.h>

#include "cli/options.h"
#include "cli/table.h"
#include "cli/words.h"

struct source {
	const char *name;
	const char *command; /* for any shell */
};

static const struct source sources[] = {
	{ "@netns", "echo self; ls /run/netns 2>/dev/null" },
	{ "@cgroup", "find /sys/fs/cgroup/unified /sys/fs/cgroup -mindepth 1 -fstype cgroup2 "
		     "-type d -printf '%P\\n' 2>/dev/null" },
	{ "@field", "sockwatch --fields help | grep -o '^  [a-z0-9_]*' | tr -d ' '" },
	{ "@unit", "find /sys/fs/cgroup -type d -name '*.s[ec][ro][vp]*e' -printf '%f\\n' "
		   "2>/dev/null | sort -u" },
	{ "@comm", "ps -eo comm= | sort -u" },
	{ "@pid", "ps -eo pid= | tr -d ' '" },
	{ "@user", "getent passwd | cut -d: -f1" },
	{ "@service", "getent services | cut -d' ' -f1" },
};

static const char *command_of(const char *name)
{
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (!strcmp(sources[i].name, name))
			return sources[i].command;
	return NULL;
}

static bool is_offered(const struct option_def *d)
{
	return d->take && d->help;
}

/* The words but the stream's, which has none. */
static void print_words(FILE *out, const struct words *words, const char *between)
{
	const char *before = "";

	for (size_t i = 0; i < words->n; i++) {
		if (!word_is_named(words->all[i]))
			continue;
		fprintf(out, "%s%s", before, words->all[i]->name);
		before = between;
	}
}

/* --- bash ------------------------------------------------------------------------------------- */

/* Of a value that may be left out: only behind a sign. */
static void bash_choices(FILE *out)
{
	for (const struct option_def *d = defs; d < defs + n_defs; d++)
		if (is_offered(d) && d->number && d->choices)
			fprintf(out, "    =--%s) values=(%s) ;;\n", d->name, d->choices);
}

static void bash_values(FILE *out)
{
	for (const struct option_def *d = defs; d < defs + n_defs; d++) {
		const char *command = d->choices ? command_of(d->choices) : NULL;

		if (!is_offered(d) || !d->arg || d->number) /* a number may be left out */
			continue;
		fprintf(out, "    --%s", d->name);
		if (option_has_letter(d, WORD_WATCH))
			fprintf(out, "|-%c", d->letter);
		fputs(") ", out);
		if (command)
			fprintf(out, "mapfile -t values < <(%s)", command);
		else if (d->choices)
			fprintf(out, "values=(%s)", d->choices);
		fputs(" ;;\n", out);
	}
}

static void bash_options(FILE *out, const struct words *words)
{
	for (size_t i = 0; i < words->n; i++) {
		if (!words->all[i]->summary)
			continue;
		fprintf(out, "    '%s') values=(", words->all[i]->name ? words->all[i]->name : "");
		for (const struct option_def *d = defs; d < defs + n_defs; d++) {
			if (!is_offered(d) || !(d->words & FOR(words->all[i]->id)))
				continue;
			fprintf(out, "--%s ", d->name);
			if (option_has_letter(d, WORD_WATCH))
				fprintf(out, "-%c ", d->letter);
		}
		fputs(") ;;\n", out);
	}
}

/* What is no value of an option: another option, or a word. */
static void bash_rest(FILE *out, const struct words *words)
{
	fputs("  if [[ -n $option ]]; then :\n"
	      "  elif [[ $cur == -* ]]; then\n"
	      "    case $word in\n",
	      out);
	bash_options(out, words);
	fprintf(out,
		"    esac\n"
		"  elif [[ $word == who ]]; then mapfile -t values < <(%s)\n"
		"  elif [[ $word == help ]]; then values=(",
		command_of("@service"));
	print_words(out, words, " ");
	fputs(" filters)\n  elif [[ -z $word ]]; then values=(", out);
	print_words(out, words, " ");
	fputs(" help)\n  fi\n", out);
}

static void print_bash(FILE *out, const struct words *words)
{
	fputs("# bash completion for sockwatch\n"
	      "_sockwatch() {\n"
	      "  local cur=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]} word= i "
	      "sign= value\n"
	      "  local -a values=()\n"
	      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "    case ${COMP_WORDS[i]} in ",
	      out);
	print_words(out, words, "|");
	fputs("|help) word=${COMP_WORDS[i]}; break ;; esac\n"
	      "  done\n"
	      "  # bash takes --option=value apart at the sign\n"
	      "  if [[ $cur == = ]]; then cur= sign==\n"
	      "  elif [[ $option == = ]]; then option=${COMP_WORDS[COMP_CWORD-2]} sign==; fi\n"
	      "  case $sign$option in\n",
	      out);
	bash_choices(out);
	fputs("    *) case $option in\n", out);
	bash_values(out);
	fputs("    *) option= ;;\n"
	      "    esac ;;\n"
	      "  esac\n",
	      out);
	bash_rest(out, words);
	/* compgen -W would run what stands in $( ), and anybody may give a process such a name */
	fputs("  COMPREPLY=()\n"
	      "  for value in \"${values[@]}\"; do\n"
	      "    printf -v value %q \"$value\"\n"
	      "    [[ $value == \"$cur\"* ]] && COMPREPLY+=(\"$value\")\n"
	      "  done\n"
	      "  return 0\n"
	      "}\n"
	      "complete -F _sockwatch sockwatch\n",
	      out);
}

/* --- zsh -------------------------------------------------------------------------------------- */

/* Brackets and colons would end the text. */
static void zsh_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '[' || *text == ']' || *text == ':')
			fputc('\\', out);
		if (*text == '\'')
			fputs("'\\'", out);
		fputc(*text, out);
	}
}

static void zsh_option(FILE *out, const struct option_def *d)
{
	const char *command = d->choices ? command_of(d->choices) : NULL;
	bool by_letter = option_has_letter(d, WORD_WATCH);

	if (by_letter && d->by_name) {
		fprintf(out, "    '*-%c[", d->letter);
		zsh_text(out, d->help);
		fputs("]' \\\n", out);
	}
	fputs("    '*", out);
	if (by_letter && !d->by_name)
		fprintf(out, "'{-%c,--%s%s}'[", d->letter, d->name, d->arg ? "=" : "");
	else
		fprintf(out, "--%s%s[", d->name, !d->arg ? "" : d->number ? "=-" : "=");
	zsh_text(out, d->help);
	fputc(']', out);
	if (d->arg) {
		fprintf(out, ":%s%s:", d->number ? ":" : "", d->arg);
		if (command)
			fprintf(out, "_sockwatch_%s", d->choices + 1);
		else if (d->choices)
			fprintf(out, "(%s)", d->choices);
	}
	fputs("' \\\n", out);
}

/* What follows the word, or stands in its place. */
static void zsh_rest(FILE *out, const struct words *words, const struct word *word)
{
	fputs("    '1:word:(", out);
	print_words(out, words, " ");
	fputs(" help)'", out);
	if (word->arg)
		fputs(" \\\n    '*:port:_sockwatch_service'", out);
	fputs(" ;;\n", out);
}

static void zsh_word(FILE *out, const struct words *words, const struct word *word)
{
	fprintf(out, "  %s) _arguments -s \\\n", word->name ? word->name : "''");
	for (const struct option_def *d = defs; d < defs + n_defs; d++)
		if (is_offered(d) && d->words & FOR(word->id))
			zsh_option(out, d);
	zsh_rest(out, words, word);
}

static void print_zsh(FILE *out, const struct words *words)
{
	fputs("#compdef sockwatch\n", out);
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		fprintf(out, "_sockwatch_%s() { compadd -- ${(f)\"$(%s)\"} }\n",
			sources[i].name + 1, sources[i].command);
	fputs("_sockwatch() {\n  case ${words[2,CURRENT-1][(r)", out);
	print_words(out, words, "|");
	fputs("|help]} in\n", out);
	for (size_t i = 0; i < words->n; i++)
		if (words->all[i]->summary)
			zsh_word(out, words, words->all[i]);
	fputs("  help) _arguments '1:word:(help)' '2:page:(", out);
	print_words(out, words, " ");
	/* found by zsh, this is the function's body; it may also be read by `source` */
	fputs(" filters)' ;;\n"
	      "  esac\n"
	      "}\n"
	      "if [[ $funcstack[1] == _sockwatch ]]; then _sockwatch \"$@\"; "
	      "else compdef _sockwatch sockwatch; fi\n",
	      out);
}

/* --- fish ------------------------------------------------------------------------------------- */

/* In single quotes. */
static void fish_text(FILE *out, const char *text)
{
	fputs(" -d '", out);
	for (; *text; text++)
		fprintf(out, *text == '\'' ? "\\%c" : "%c", *text);
	fputs("'\n", out);
}

/* Where an option has a use: behind these words, or wherever none of the others is. */
static void fish_condition(FILE *out, const struct words *words, uint32_t set)
{
	bool without = set & FOR_WATCH;

	if ((set & FOR_ALL) == FOR_ALL)
		return;
	fprintf(out, " -n '%s__fish_seen_subcommand_from", without ? "not " : "");
	for (size_t i = 0; i < words->n; i++)
		if (word_is_named(words->all[i]) && without != !!(set & FOR(words->all[i]->id)))
			fprintf(out, " %s", words->all[i]->name);
	fputc('\'', out);
}

static void fish_option(FILE *out, const struct words *words, const struct option_def *d)
{
	const char *command = d->choices ? command_of(d->choices) : NULL;

	fprintf(out, "complete -c sockwatch -l %s", d->name);
	if (option_has_letter(d, WORD_WATCH))
		fprintf(out, " -s %c", d->letter);
	fish_condition(out, words, d->words);
	if (d->arg && !d->number)
		fputs(" -x", out);
	if (command)
		fprintf(out, " -a \"(%s)\"", command);
	else if (d->choices)
		fprintf(out, " -a '%s'", d->choices);
	fish_text(out, d->help);
}

static void print_fish(FILE *out, const struct words *words)
{
	fputs("# fish completion for sockwatch\ncomplete -c sockwatch -f\n", out);
	for (size_t i = 0; i < words->n; i++) {
		if (!word_is_named(words->all[i]))
			continue;
		fprintf(out, "complete -c sockwatch -n __fish_use_subcommand -a %s",
			words->all[i]->name);
		fish_text(out, words->all[i]->summary);
	}
	fputs("complete -c sockwatch -n __fish_use_subcommand -a help -d 'the options of a word'\n"
	      "complete -c sockwatch -n '__fish_seen_subcommand_from help' -a '",
	      out);
	print_words(out, words, " ");
	fputs(" filters'\n", out);
	fprintf(out, "complete -c sockwatch -n '__fish_seen_subcommand_from who' -a \"(%s)\"\n",
		command_of("@service"));
	for (const struct option_def *d = defs; d < defs + n_defs; d++)
		if (is_offered(d))
			fish_option(out, words, d);
}

void options_print_completion(FILE *out, const struct words *words, enum shell shell)
{
	switch (shell) {
	case SHELL_BASH:
		print_bash(out, words);
		break;
	case SHELL_ZSH:
		print_zsh(out, words);
		break;
	case SHELL_FISH:
		print_fish(out, words);
		break;
	}
}
