// SPDX-License-Identifier: GPL-2.0-only
#include "cli/words.h"

#include <string.h>

const struct word_def word_defs[] = {
	{ NULL, NULL, ACTION_STREAM, "the sockets that exist, then every change to them",
	  "  sockwatch -P 443                who talks https, from now on\n"
	  "  sockwatch --failed              connects refused, reset, timed out\n"
	  "  sockwatch -jE --comm sshd       one JSON object for each event of sshd\n" },
	{ "list", NULL, ACTION_LIST, "the sockets that exist, once",
	  "  sockwatch list -tulpn           who listens, by TCP and UDP\n"
	  "  sockwatch list -P 8080          who has port 8080\n"
	  "  sockwatch list -to              TCP with its timers\n" },
	{ "who", "PORT...", ACTION_WHO, "which process has a port",
	  "  sockwatch who 8080              who has port 8080\n"
	  "  sockwatch who https 53/udp      by a service's name, and one protocol only\n"
	  "  sockwatch who -f 8080           and who tries to have or use it from now on\n" },
	{ "route", NULL, ACTION_ROUTE, "the routes (netstat -r)",
	  "  sockwatch route                 IPv4 and IPv6, of every table but local\n"
	  "  sockwatch route -f              and every change to them\n" },
	{ "link", NULL, ACTION_LINK, "interfaces and their counters (netstat -i)",
	  "  sockwatch link                  what went through each since it is up\n"
	  "  sockwatch link -c               the rates, each second\n" },
	{ "stats", NULL, ACTION_STATS, "the protocols' counters (netstat -s)",
	  "  sockwatch stats                 since the start of the machine\n"
	  "  sockwatch stats -ta             of TCP, those that are 0 too\n"
	  "  sockwatch stats -c 5            what changed, each five seconds\n" },
};

const size_t n_word_defs = sizeof(word_defs) / sizeof(word_defs[0]);

const struct word_def *word_find(const char *name)
{
	for (size_t i = 0; i < n_word_defs; i++)
		if (word_defs[i].name && !strcmp(word_defs[i].name, name))
			return &word_defs[i];
	return NULL;
}

const struct word_def *word_of(enum options_action action)
{
	for (size_t i = 0; i < n_word_defs; i++)
		if (word_defs[i].action == action)
			return &word_defs[i];
	return NULL;
}
