// SPDX-License-Identifier: GPL-2.0-only
/* The routes that are known while changes are followed: what is news, and what was not told. */
#include "unit.h"

#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/route.h"
#include "core/route_set.h"

#define HOPS_MAX 4

/* A route, and the hops that it borrows: sets and lists copy both. */
struct sample {
	struct route route;
	struct route_hop hops[HOPS_MAX];
};

/* To 10.N.0.0/16 or 2001:N::/32, through .first, and the hosts behind it if there are more hops. */
static const struct route *sample(struct sample *s, uint8_t family, uint8_t n, uint8_t first,
				  uint32_t n_hops)
{
	*s = (struct sample){ .route = { .family = family,
					 .dst_len = family == AF_INET ? 16 : 32,
					 .type = RTN_UNICAST,
					 .table = RT_TABLE_MAIN,
					 .hops = s->hops,
					 .n_hops = n_hops } };
	s->route.dst[0] = family == AF_INET ? 10 : 0x20;
	s->route.dst[1] = family == AF_INET ? n : 1;
	s->route.dst[3] = family == AF_INET ? 0 : n;
	for (uint32_t i = 0; i < n_hops; i++) {
		s->hops[i] = (struct route_hop){
			.family = family, .has_gateway = true, .ifindex = 2, .weight = n_hops > 1
		};
		s->hops[i].gateway[3] = (uint8_t)(first + i);
	}
	return &s->route;
}

static struct sample one;

#define V4(n, first) sample(&one, AF_INET, n, first, 1)
#define V6(n, first, n_hops) sample(&one, AF_INET6, n, first, n_hops)

static bool take(struct route_set *s, const struct route *r, enum route_change change)
{
	bool is_news;

	assert_int_equal(route_set_take(s, r, change, &is_news), 0);
	return is_news;
}

static void list(struct route_list *l, const struct route *r)
{
	struct route copy;

	assert_int_equal(route_copy(&copy, r), 0);
	assert_int_equal(route_list_add(l, &copy), 0);
}

/* What a sync told: "+10 ~11 -12", by the number of the destination. */
static void note(void *arg, const struct route *r, enum route_change change)
{
	static const char signs[] = {
		[ROUTE_ADDED] = '+', [ROUTE_REPLACED] = '~', [ROUTE_DELETED] = '-'
	};
	char *text = arg;
	size_t len = strlen(text);

	text[len] = signs[change];
	text[len + 1] = (char)('0' + r->dst[r->family == AF_INET ? 1 : 3]);
	text[len + 2] = '\0';
}

static void assert_sync(struct route_set *s, struct route_list *l, const char *expected)
{
	char told[64] = "";

	assert_int_equal(route_set_sync(s, l, note, told), 0);
	assert_string_equal(told, expected);
	told[0] = '\0';
	assert_int_equal(route_set_sync(s, l, note, told), 0);
	assert_string_equal(told, ""); /* then it is what is there */
	route_list_free(l);
}

TEST(route_set__what_is_known_is_no_news)
{
	struct route_set s = { 0 };

	assert_true(take(&s, V4(1, 1), ROUTE_ADDED));
	assert_false(take(&s, V4(1, 1), ROUTE_ADDED));
	assert_false(take(&s, V4(1, 1), ROUTE_REPLACED));
	assert_true(take(&s, V4(1, 2), ROUTE_REPLACED));
	assert_true(take(&s, V4(1, 2), ROUTE_DELETED));
	assert_false(take(&s, V4(1, 2), ROUTE_DELETED));
	assert_false(take(&s, V4(9, 9), ROUTE_DELETED));
	assert_null(s.groups);
}

TEST(route_set__differences_are_told)
{
	struct route_list now = { 0 };
	struct route_set s = { 0 };

	for (uint8_t n = 1; n <= 5; n++)
		list(&now, V4(n, 1));
	assert_int_equal(route_set_sync(&s, &now, NULL, NULL), 0);
	route_list_free(&now);
	list(&now, V4(2, 1));
	list(&now, V4(3, 7));
	list(&now, V4(6, 1));
	assert_sync(&s, &now, "~3+6-1-4-5");
	assert_sync(&s, &now, "-2-3-6");
	assert_null(s.groups);
}

/* ip route append: two with one key, and each goes by itself. */
TEST(route_set__ipv4_routes_may_share_a_key)
{
	struct route_list now = { 0 };
	struct route_set s = { 0 };

	assert_true(take(&s, V4(1, 1), ROUTE_ADDED));
	assert_true(take(&s, V4(1, 2), ROUTE_ADDED));
	list(&now, V4(1, 1));
	list(&now, V4(1, 2));
	assert_sync(&s, &now, "");
	assert_true(take(&s, V4(1, 1), ROUTE_DELETED));
	list(&now, V4(1, 2));
	assert_sync(&s, &now, "");
	route_set_free(&s);
}

/* IPv6 tells a route with all its hops when one came, and with one hop when that is gone. */
TEST(route_set__ipv6_hops_come_and_go)
{
	struct route_list now = { 0 };
	struct route_set s = { 0 };

	assert_true(take(&s, V6(1, 1, 1), ROUTE_ADDED));
	assert_true(take(&s, V6(1, 1, 2), ROUTE_ADDED));
	list(&now, V6(1, 1, 2));
	assert_sync(&s, &now, "");
	assert_true(take(&s, V6(1, 1, 1), ROUTE_DELETED));
	list(&now, V6(1, 2, 1));
	assert_sync(&s, &now, "");
	assert_true(take(&s, V6(1, 2, 1), ROUTE_DELETED));
	assert_null(s.groups);
}

TEST(route_set__ipv6_routes_of_several_interfaces_stay_apart)
{
	struct route_list now = { 0 };
	struct route_set s = { 0 };

	for (uint32_t i = 1; i <= 2; i++) {
		V6(1, 0, 1);
		one.hops[0] = (struct route_hop){ .ifindex = i };
		assert_true(take(&s, &one.route, ROUTE_ADDED));
		list(&now, &one.route);
	}
	assert_sync(&s, &now, "");
	assert_true(take(&s, &one.route, ROUTE_DELETED));
	one.hops[0].ifindex = 1;
	list(&now, &one.route);
	assert_sync(&s, &now, "");
	route_set_free(&s);
}

/* Any changes at all, and then the truth: the set is equal to it. */
TEST(route_set__ends_up_right_whatever_happened)
{
	struct route_list now = { 0 };
	struct route_set s = { 0 };
	char told[4096];

	srand(7);
	for (int i = 0; i < 20000; i++) {
		int family = rand() % 2 ? AF_INET : AF_INET6;

		take(&s,
		     sample(&one, (uint8_t)family, (uint8_t)(rand() % 5), (uint8_t)(rand() % 3),
			    (uint32_t)(rand() % HOPS_MAX)),
		     (enum route_change)(rand() % 3));
		if (rand() % 50)
			continue;
		for (uint8_t n = 0; n < 5; n++)
			if (rand() % 2)
				list(&now, V4(n, (uint8_t)(rand() % 3)));
		assert_int_equal(route_set_sync(&s, &now, NULL, NULL), 0);
		told[0] = '\0';
		assert_int_equal(route_set_sync(&s, &now, note, told), 0);
		assert_string_equal(told, "");
		route_list_free(&now);
	}
	route_set_free(&s);
}
