// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "base/log.h"
#include "base/output.h"
#include "cli/options.h"
#include "words/features.h"
#include "words/link.h"
#include "words/list.h"
#include "words/route.h"
#include "flow/watch.h"
#include "words/stats.h"
#include "words/who.h"

int main(int argc, char **argv)
{
	struct options options;
	char why[512];

	output_guard_standard();
	if (options_parse(argc, argv, &options, why, sizeof(why))) {
		log_error("%s", why);
		return EXIT_USAGE;
	}
	switch (options.action) {
	case ACTION_HELP:
		if (options.help_filters)
			options_print_filters(stdout);
		else
			options_print_help(stdout, options.help_of);
		return EXIT_DONE;
	case ACTION_COMPLETION:
		options_print_completion(stdout, options.shell);
		return EXIT_DONE;
	case ACTION_VERSION:
		puts("sockwatch " SOCKWATCH_VERSION);
		return EXIT_DONE;
	case ACTION_FEATURES:
		return inspect_run(&options) ? EXIT_FAULT : EXIT_DONE;
	case ACTION_LIST:
		return list_run(&options) ? EXIT_FAULT : EXIT_DONE;
	case ACTION_STREAM:
		return (int)session_run(&options, NULL);
	case ACTION_WHO:
		return who_run(&options);
	case ACTION_STATS:
		return stats_run(&options) ? EXIT_FAULT : EXIT_DONE;
	case ACTION_ROUTE:
		return route_run(&options) ? EXIT_FAULT : EXIT_DONE;
	case ACTION_LINK:
		return link_run(&options) ? EXIT_FAULT : EXIT_DONE;
	}
	return EXIT_FAULT;
}
