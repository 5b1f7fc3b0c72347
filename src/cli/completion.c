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
	{ "@netns", "ls /run/netns 2>/dev/null" },
	{ "@cgroup", "find /sys/fs/cgroup/unified /sys/fs/cgroup -mindepth 1 -fstype cgroup2 "
		     "-type d -printf '%P\\n' 2>/dev/null" },
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
static void print_words(FILE *out, const char *between)
{
	const char *before = "";

	for (size_t i = 0; i < n_word_defs; i++) {
		if (!word_defs[i].name)
			continue;
		fprintf(out, "%s%s", before, word_defs[i].name);
		before = between;
	}
}

/* --- bash ------------------------------------------------------------------------------------- */

static void bash_values(FILE *out)
{
	for (const struct option_def *d = defs; d < defs + n_defs; d++) {
		const char *command = d->choices ? command_of(d->choices) : NULL;

		if (!is_offered(d) || !d->arg || d->number) /* a number may be left out */
			continue;
		fprintf(out, "    --%s", d->name);
		if (d->letter)
			fprintf(out, "|-%c", d->letter);
		fputs(") ", out);
		if (command)
			fprintf(out, "mapfile -t values < <(%s)", command);
		else if (d->choices)
			fprintf(out, "values=(%s)", d->choices);
		fputs(" ;;\n", out);
	}
}

static void bash_options(FILE *out)
{
	for (size_t i = 0; i < n_word_defs; i++) {
		fprintf(out, "    '%s') values=(", word_defs[i].name ? word_defs[i].name : "");
		for (const struct option_def *d = defs; d < defs + n_defs; d++) {
			if (!is_offered(d) || !(d->words & FOR(word_defs[i].action)))
				continue;
			fprintf(out, "--%s ", d->name);
			if (d->letter)
				fprintf(out, "-%c ", d->letter);
		}
		fputs(") ;;\n", out);
	}
}

/* What is no value of an option: another option, or a word. */
static void bash_rest(FILE *out)
{
	fputs("  if [[ -n $option ]]; then :\n"
	      "  elif [[ $cur == -* ]]; then\n"
	      "    case $word in\n",
	      out);
	bash_options(out);
	fprintf(out,
		"    esac\n"
		"  elif [[ $word == who ]]; then mapfile -t values < <(%s)\n"
		"  elif [[ $word == help ]]; then values=(",
		command_of("@service"));
	print_words(out, " ");
	fputs(" filters)\n  elif [[ -z $word ]]; then values=(", out);
	print_words(out, " ");
	fputs(" help)\n  fi\n", out);
}

static void print_bash(FILE *out)
{
	fputs("# bash completion for sockwatch\n"
	      "_sockwatch() {\n"
	      "  local cur=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]} word= i "
	      "value\n"
	      "  local -a values=()\n"
	      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "    case ${COMP_WORDS[i]} in ",
	      out);
	print_words(out, "|");
	fputs("|help) word=${COMP_WORDS[i]}; break ;; esac\n"
	      "  done\n"
	      "  # bash takes --option=value apart at the sign\n"
	      "  if [[ $cur == = ]]; then cur=\n"
	      "  elif [[ $option == = ]]; then option=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
	      "  case $option in\n",
	      out);
	bash_values(out);
	fputs("    *) option= ;;\n"
	      "  esac\n",
	      out);
	bash_rest(out);
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

	fputs("    '*", out);
	if (d->letter)
		fprintf(out, "'{-%c,--%s%s}'[", d->letter, d->name, d->arg ? "=" : "");
	else
		fprintf(out, "--%s%s[", d->name, d->arg ? "=" : "");
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
static void zsh_rest(FILE *out, const struct word_def *word)
{
	fputs("    '1:word:(", out);
	print_words(out, " ");
	fputs(" help)'", out);
	if (word->arg)
		fputs(" \\\n    '*:port:_sockwatch_service'", out);
	fputs(" ;;\n", out);
}

static void zsh_word(FILE *out, const struct word_def *word)
{
	fprintf(out, "  %s) _arguments -s \\\n", word->name ? word->name : "''");
	for (const struct option_def *d = defs; d < defs + n_defs; d++)
		if (is_offered(d) && d->words & FOR(word->action))
			zsh_option(out, d);
	zsh_rest(out, word);
}

static void print_zsh(FILE *out)
{
	fputs("#compdef sockwatch\n", out);
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		fprintf(out, "_sockwatch_%s() { compadd -- ${(f)\"$(%s)\"} }\n",
			sources[i].name + 1, sources[i].command);
	fputs("_sockwatch() {\n  case ${words[2,CURRENT-1][(r)", out);
	print_words(out, "|");
	fputs("|help]} in\n", out);
	for (size_t i = 0; i < n_word_defs; i++)
		zsh_word(out, &word_defs[i]);
	fputs("  help) _arguments '1:word:(help)' '2:page:(", out);
	print_words(out, " ");
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
static void fish_condition(FILE *out, uint32_t words)
{
	bool without = words & FOR_STREAM;

	if ((words & FOR_ALL) == FOR_ALL)
		return;
	fprintf(out, " -n '%s__fish_seen_subcommand_from", without ? "not " : "");
	for (size_t i = 0; i < n_word_defs; i++)
		if (word_defs[i].name && without != !!(words & FOR(word_defs[i].action)))
			fprintf(out, " %s", word_defs[i].name);
	fputc('\'', out);
}

static void fish_option(FILE *out, const struct option_def *d)
{
	const char *command = d->choices ? command_of(d->choices) : NULL;

	fprintf(out, "complete -c sockwatch -l %s", d->name);
	if (d->letter)
		fprintf(out, " -s %c", d->letter);
	fish_condition(out, d->words);
	if (d->arg && !d->number)
		fputs(" -x", out);
	if (command)
		fprintf(out, " -a \"(%s)\"", command);
	else if (d->choices)
		fprintf(out, " -a '%s'", d->choices);
	fish_text(out, d->help);
}

static void print_fish(FILE *out)
{
	fputs("# fish completion for sockwatch\ncomplete -c sockwatch -f\n", out);
	for (size_t i = 0; i < n_word_defs; i++) {
		if (!word_defs[i].name)
			continue;
		fprintf(out, "complete -c sockwatch -n __fish_use_subcommand -a %s",
			word_defs[i].name);
		fish_text(out, word_defs[i].summary);
	}
	fputs("complete -c sockwatch -n __fish_use_subcommand -a help -d 'the options of a word'\n"
	      "complete -c sockwatch -n '__fish_seen_subcommand_from help' -a '",
	      out);
	print_words(out, " ");
	fputs(" filters'\n", out);
	fprintf(out, "complete -c sockwatch -n '__fish_seen_subcommand_from who' -a \"(%s)\"\n",
		command_of("@service"));
	for (const struct option_def *d = defs; d < defs + n_defs; d++)
		if (is_offered(d))
			fish_option(out, d);
}

void options_print_completion(FILE *out, enum shell shell)
{
	switch (shell) {
	case SHELL_BASH:
		print_bash(out);
		break;
	case SHELL_ZSH:
		print_zsh(out);
		break;
	case SHELL_FISH:
		print_fish(out);
		break;
	}
}
