// SPDX-License-Identifier: GPL-2.0-only
#include "cli/words.h"

#include <stdio.h>
#include <string.h>

#include "cli/suggest.h"

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

#define NAMES_MAX 16

_Static_assert(sizeof(word_defs) / sizeof(word_defs[0]) <= NAMES_MAX, "make NAMES_MAX larger");

const char *words_near(const char *text, const char *other)
{
	const char *names[NAMES_MAX], *only = NULL;
	size_t n = 0, len = strlen(text), found = 0;

	for (size_t i = 0; i < n_word_defs; i++)
		if (word_defs[i].name)
			names[n++] = word_defs[i].name;
	names[n++] = other; /* in place of the stream's, which has none */
	for (size_t i = 0; i < n && len; i++) {
		if (strncmp(names[i], text, len))
			continue;
		only = names[i];
		found++;
	}
	return found ? (found == 1 ? only : NULL) : suggest(text, names, n);
}

void words_format(uint32_t set, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n_word_defs && len < size; i++)
		if (set & FOR(word_defs[i].action))
			len += (size_t)snprintf(text + len, size - len, "%s%s", len ? ", " : "",
						word_defs[i].name ? word_defs[i].name
								  : "the stream");
}
