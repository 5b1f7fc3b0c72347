// SPDX-License-Identifier: GPL-2.0-only
#include "cli/expression.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/options.h"
#include "cli/parsing.h"
#include "core/addr.h"
#include "core/expr.h"

#define FOR_EXPRESSIONS (FOR_STREAMS | FOR_LIST | FOR_LOG)
#define STATES                                                                         \
	"established, syn-sent, syn-recv, fin-wait-1, fin-wait-2, time-wait, closed, " \
	"close-wait, last-ack, listening, closing, or all, connected, synchronized, bucket, big"

bool expression_begins(enum word_id id, const char *word)
{
	return (FOR(id) & FOR_EXPRESSIONS) && expr_begins(word);
}

/* --- names ------------------------------------------------------------------------------------ */

static int port_of(const char *name, uint16_t *ret)
{
	const struct servent *s = getservbyname(name, "tcp");

	if (!s)
		s = getservbyname(name, "udp");
	if (!s)
		return -ENOENT;
	*ret = ntohs((uint16_t)s->s_port);
	return 0;
}

static int take_address(const struct sockaddr *addr, struct sw_cidr *ret)
{
	char text[INET6_ADDRSTRLEN];
	const void *bytes;

	if (addr->sa_family == AF_INET)
		bytes = &((const struct sockaddr_in *)(const void *)addr)->sin_addr;
	else if (addr->sa_family == AF_INET6)
		bytes = &((const struct sockaddr_in6 *)(const void *)addr)->sin6_addr;
	else
		return -EAFNOSUPPORT;
	if (!inet_ntop(addr->sa_family, bytes, text, sizeof(text)))
		return -errno;
	return cidr_parse(text, ret);
}

int host_addresses(const char *name, struct sw_cidr *ret, size_t most, size_t *ret_n)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *all;
	size_t n = 0;

	if (getaddrinfo(name, NULL, &hints, &all))
		return -ENOENT;
	for (const struct addrinfo *a = all; a && n < most; a = a->ai_next)
		if (!take_address(a->ai_addr, &ret[n]))
			n++;
	freeaddrinfo(all);
	*ret_n = n;
	return n ? 0 : -ENOENT;
}

static int host_not_here(const char *name, struct sw_cidr *ret, size_t most, size_t *ret_n)
{
	(void)name;
	(void)ret;
	(void)most;
	(void)ret_n;
	return -EAGAIN;
}

/* --- states ----------------------------------------------------------------------------------- */

/* "state X", "exclude X", as often as they come. Returns how many words they took, or < 0. */
static int take_states(struct parsing *p, enum word_id id, char *const *words, size_t n)
{
	struct sw_filter *f = &p->o->select.filter;
	uint32_t states = 0;
	size_t i = 0;

	for (; i < n; i += 2) {
		bool excludes = !strcmp(words[i], "exclude") || !strcmp(words[i], "excl");
		uint32_t bits;

		if (!excludes && strcmp(words[i], "state") != 0)
			break;
		if (FOR(id) & (FOR_CONNS | FOR_LOG))
			return parsing_fail(p,
					    "%s: a connection is told at its end, when it has all "
					    "states behind it: leave it out (--failed: what ended "
					    "badly)",
					    words[i]);
		if (i + 1 == n || !(bits = expr_states(words[i + 1])))
			return parsing_fail(p, "%s: '%s' is not a state (" STATES ")", words[i],
					    i + 1 == n ? "" : words[i + 1]);
		if (!i && excludes)
			states = expr_states("all");
		states = excludes ? states & ~bits : states | bits;
	}
	if (!i)
		return 0;
	if (f->on & SW_F_STATE)
		states &= f->states;
	if (!states)
		return parsing_fail(p, "state: no state is left: leave --state or exclude out");
	f->states = states;
	f->on |= SW_F_STATE;
	return (int)i;
}

int expression_take(struct parsing *p, enum word_id id, char *const *words, size_t n)
{
	const struct expr_names names = { .port = port_of,
					  .hosts = p->words->typed ? host_not_here : host_addresses,
					  .chosen_ports = p->words->chosen_ports };
	int used = take_states(p, id, words, n);

	if (used < 0 || (size_t)used == n)
		return used < 0 ? used : 0;
	return expr_parse(words + used, n - (size_t)used, &names, &p->o->select.where.expr, p->why,
			  p->size);
}
