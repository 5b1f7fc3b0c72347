// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "base/log.h"
#include "base/output.h"
#include "cli/options.h"
#include "words/out.h"
#include "words/words.h"

/* Help, version, completion: what the command line tells of itself. */
static enum exit_status tell(const struct options *options)
{
	options_print(stdout, &all_words, options);
	if (!fflush(stdout) && !ferror(stdout))
		return EXIT_DONE;
	log_error("cannot write the output: %m");
	return EXIT_FAULT;
}

int main(int argc, char **argv)
{
	const struct word *word;
	struct options options;
	char why[512];

	output_guard_standard();
	if (options_parse(&all_words, argc, argv, &options, why, sizeof(why))) {
		log_error("%s", why);
		return EXIT_USAGE;
	}
	if (options.action != ACTION_RUN)
		return (int)tell(&options);
	log_set_level(options.verbosity);
	word = word_of(&all_words, options.word);
	if (word->elsewhere)
		return (int)word->run(&options);
	if (words_prepare(&options))
		return EXIT_FAULT;
	if (options.out_path && out_to_file(options.out_path))
		return EXIT_FAULT;
	return (int)word->run(&options);
}
