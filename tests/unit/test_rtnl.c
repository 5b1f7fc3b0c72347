// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel itself answers; needs no rights, and changes nothing. */
#include "netlink.h"

#include "core/route.h"
#include "netlink/route.h"
#include "netlink/rtnl.h"

/*
 * A dump of a family that nobody registered is one of all families (rtnl_get_link()): so a kernel
 * booted with ipv6.disable=1 answers for IPv6. AF_X25 has no routes anywhere.
 */
TEST(route_read__of_a_family_that_is_missing_gives_none)
{
	struct route_list some = { 0 }, none = { 0 };
	struct rtnl *rtnl;

	assert_int_equal(rtnl_open(0, &rtnl), 0);
	assert_int_equal(route_read(rtnl, AF_INET, &some), 0);
	for (size_t i = 0; i < some.n; i++)
		assert_int_equal(some.all[i].family, AF_INET);
	assert_int_equal(route_read(rtnl, AF_X25, &none), 0);
	rtnl_free(rtnl);
	assert_int_equal(none.n, 0);
	if (!some.n) { /* then the kernel had nothing to answer with */
		print_message("no route here, not even of loopback\n");
		skip();
	}
	route_list_free(&some);
}
