// SPDX-License-Identifier: GPL-2.0-only
/* Where a published port is passed on to: the proxy's command line, and who has the address. */
#include "unit.h"

#include <string.h>

#include "core/addr.h"
#include "proc/netns_addrs.h"
#include "proc/proxy.h"

#define ARGS(text) text, sizeof(text)

static union sw_addr v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	const uint8_t bytes[] = { a, b, c, d };

	return addr_of_bytes(bytes, true);
}

TEST(proxy__dockers_says_where_it_passes_on_to)
{
	const union sw_addr to = v4(172, 17, 0, 2);
	struct proxy p;

	assert_true(proxy_parse(ARGS("/usr/sbin/docker-proxy\0-proto\0tcp\0-host-ip\0"
				     "0.0.0.0\0"
				     "-host-port\0"
				     "8080\0-container-ip\0"
				     "172.17.0.2\0"
				     "-container-port\0"
				     "80\0-use-listen-fd"),
				&p));
	assert_int_equal(p.proto, SW_PROTO_TCP);
	assert_int_equal(p.port, 8080);
	assert_int_equal(p.to_port, 80);
	assert_memory_equal(&p.to, &to, sizeof(to));
	assert_true(proxy_parse(ARGS("docker-proxy\0-proto\0udp\0-host-port\0"
				     "53\0"
				     "-container-ip\0"
				     "fd00::2\0-container-port\0"
				     "53"),
				&p));
	assert_int_equal(p.proto, SW_PROTO_UDP);
	assert_int_equal(p.to.b[0], 0xfd);
}

TEST(proxy__what_is_not_whole_is_none)
{
	struct proxy p;

	assert_false(proxy_parse("", 0, &p));
	assert_false(proxy_parse(ARGS("docker-proxy"), &p));
	assert_false(proxy_parse(ARGS("docker-proxy-not\0-proto\0tcp\0-host-port\0"
				      "80\0"
				      "-container-ip\0"
				      "10.0.0.1\0-container-port\0"
				      "80"),
				 &p));
	assert_false(proxy_parse(ARGS("docker-proxy\0-proto\0sctp\0-host-port\0"
				      "80\0"
				      "-container-ip\0"
				      "10.0.0.1\0-container-port\0"
				      "80"),
				 &p));
	assert_false(proxy_parse(ARGS("docker-proxy\0-proto\0tcp\0-host-port\0"
				      "80000\0"
				      "-container-ip\0"
				      "10.0.0.1\0-container-port\0"
				      "80"),
				 &p));
	assert_false(proxy_parse(ARGS("docker-proxy\0-proto\0tcp\0-host-port\0"
				      "80\0"
				      "-container-ip\0"
				      "web\0-container-port\0"
				      "80"),
				 &p));
	assert_false(proxy_parse(ARGS("docker-proxy\0-proto\0tcp\0-host-port\0"
				      "80\0"
				      "-container-ip\0"
				      "10.0.0.1\0-container-port"),
				 &p));
	/* cut: the last argument has no end */
	assert_false(proxy_parse("docker-proxy\0-proto", sizeof("docker-proxy\0-proto") - 1, &p));
}

TEST(proxy__an_address_is_the_namespaces_own)
{
	struct netns_addr a = { .addr = v4(172, 17, 0, 2) }, six = { .addr.b = { 0xfd } };

	six.addr.b[15] = 10;
	netns_addr_line4(&a, "     |-- 172.17.0.2", "        /16 link UNICAST");
	netns_addr_line4(&a, "     |-- 172.17.0.22", "        /32 host LOCAL");
	netns_addr_line4(&a, "  +-- 172.17.0.0/16 2 0 2", "     |-- 172.17.0.2");
	assert_false(a.seen);
	netns_addr_line4(&a, "     |-- 172.17.0.2", "        /32 host LOCAL");
	assert_true(a.seen);
	netns_addr_line6(&six, "fd00000000000000000000000000000b 02 40 00 80     eth0");
	netns_addr_line6(&six, "fd0000000000000000000000000000");
	assert_false(six.seen);
	netns_addr_line6(&six, "fd00000000000000000000000000000a 02 40 00 80     eth0");
	assert_true(six.seen);
}
