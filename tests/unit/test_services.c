// SPDX-License-Identifier: GPL-2.0-only
/* The table of services says what the C library does, asked for each. */
#include "unit.h"

#include <arpa/inet.h>
#include <netdb.h>

#include "event.h"
#include "names/services.h"

static void check_proto(const struct services *s, const char *name, unsigned int proto)
{
	unsigned int with_name = 0;

	setservent(1); /* keeps the file open */
	for (uint16_t port = 0; port < 1100; port++) {
		const struct servent *entry = getservbyport(htons(port), name);
		const char *got = services_name(s, proto, port);

		if (entry && port) {
			assert_string_equal(got, entry->s_name);
			with_name++;
		} else {
			assert_null(got);
		}
	}
	endservent();
	assert_true(with_name > 20);
}

TEST(services__each_port_is_called_as_the_c_library_calls_it)
{
	struct services *s = services_read();

	assert_non_null(s);
	check_proto(s, "tcp", SW_PROTO_TCP);
	check_proto(s, "udp", SW_PROTO_UDP);
	assert_string_equal(services_name(s, SW_PROTO_TCP, 443), "https");
	services_free(s);
	services_free(NULL);
}

TEST(services__what_has_no_ports_has_no_services)
{
	struct services *s = services_read();

	assert_non_null(services_name(s, SW_PROTO_TCP, 22));
	assert_null(services_name(s, SW_PROTO_TCP, 0));
	assert_null(services_name(s, 0, 22));
	assert_null(services_name(s, 1, 22));
	assert_null(services_name(s, 255, 22));
	services_free(s);
}
