// SPDX-License-Identifier: GPL-2.0-only
#include "cli/target.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/options.h"
#include "cli/values.h"
#include "core/addr.h"
#include "core/who.h"

#define HOST_MAX 64

/* "" and "*" are all addresses, as 0.0.0.0 and :: are: none in particular. */
static int take_host(const char *text, size_t len, struct who_target *t)
{
	char host[HOST_MAX];

	if (len == 0 || (len == 1 && *text == '*'))
		return 0;
	if (len >= sizeof(host) || memchr(text, '/', len))
		return -EINVAL;
	memcpy(host, text, len);
	host[len] = '\0';
	if (cidr_parse(host, &t->addr))
		return -EINVAL;
	t->has_addr = !addr_is_any(&t->addr.net);
	return 0;
}

/* "127.0.0.1:80", "::1:80", "[::1]:80", "*:53/udp": an address, a colon and ports. */
static int take_both(const char *text, struct who_target *t)
{
	const char *colon = strrchr(text, ':');

	if (!colon || take_host(text, (size_t)(colon - text), t))
		return -EINVAL;
	t->has_ports = true;
	return value_port_of(colon + 1, &t->tcp, &t->udp);
}

/* As people write an address of IPv6, its last part is no port: but that of loopback has none. */
static bool is_address(const char *text, struct who_target *t)
{
	const char *loopback = "::1:";

	t->has_addr = !cidr_parse(text, &t->addr);
	return t->has_addr && strncmp(text, loopback, strlen(loopback)) != 0;
}

int target_parse(const char *text, struct who_target *ret)
{
	struct who_target ports = { .has_ports = true }, addr = { 0 }, both = { 0 };

	if (!value_port_of(text, &ports.tcp, &ports.udp))
		*ret = ports;
	else if (is_address(text, &addr))
		*ret = addr;
	else if (!take_both(text, &both))
		*ret = both;
	else
		return -EINVAL;
	return 0;
}

int targets_check(const struct options *o, char *why, size_t size)
{
	struct who_target target;

	const char *word = o->word == WORD_LOG ? "log" : "who";

	if (!o->n_args && o->word == WORD_LOG)
		return 0;
	if (!o->n_args) {
		snprintf(why, size, "who needs a port: who 8080, who https 53/udp, who 8000-8099");
		return -EINVAL;
	}
	for (int i = 0; i < o->n_args; i++) {
		if (!target_parse(o->args[i], &target))
			continue;
		snprintf(why, size,
			 "%s: '%s' is not a port (443, 53/udp), a range (8000-8099), a service "
			 "(https), an address, or both (10.0.0.9:80, [::1]:80); ports are 1 to "
			 "65535",
			 word, o->args[i]);
		return -EINVAL;
	}
	if (o->word == WORD_WHO_PAST && o->count.n_keys) {
		snprintf(why, size, "--by: what is past is counted by log: log %s --by ...",
			 o->args[0]);
		return -EINVAL;
	}
	if (o->word == WORD_WHO && o->count.n_keys && (o->follow || o->pids_only)) {
		snprintf(why, size, "--by counts in place of what is told: leave %s out",
			 o->follow ? "-f" : "--pids");
		return -EINVAL;
	}
	if (!o->pids_only || (!o->follow && o->print.format == OUTPUT_TEXT))
		return 0;
	snprintf(why, size, "--pids is a list of numbers: leave -f, -j and --csv out");
	return -EINVAL;
}
