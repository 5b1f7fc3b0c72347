// SPDX-License-Identifier: GPL-2.0-only
/* The summary: what is counted, what the kernel counts, and how it is told. */
#include "tree.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "core/summary.h"
#include "event.h"
#include "proc/sockstat.h"
#include "render/summary.h"

static int setup(void **state)
{
	static struct tree t;

	*state = &t;
	return tree_make(&t);
}

static int teardown(void **state)
{
	return tree_remove(*state);
}

static void add(struct summary *s, uint8_t proto, uint8_t state, uint16_t family)
{
	struct sw_event e = { .kind = SW_EV_SOCKET,
			      .sock = { .proto = proto, .state = state, .tuple.family = family } };

	assert_int_equal(summary_count_row(s, &e), 0);
}

static void assert_page(struct summary *s, bool repeated, const char *want)
{
	struct render_summary r = { .summary = s, .repeated = repeated };
	struct buf b = { 0 };

	summary_end(s);
	render_summary_text(&r, &b);
	buf_putc(&b, '\0');
	assert_string_equal(b.data, want);
	buf_free(&b);
}

TEST(summary__protocols_and_states_in_their_order)
{
	struct summary s = { 0 };

	summary_begin(&s);
	add(&s, SW_PROTO_UDP, SW_TCP_CLOSE, SW_AF_INET6);
	add(&s, SW_PROTO_TCP, SW_TCP_LISTEN, SW_AF_INET);
	add(&s, SW_PROTO_TCP, SW_TCP_LISTEN, SW_AF_INET6);
	add(&s, SW_PROTO_TCP, SW_TCP_ESTABLISHED, SW_AF_INET);
	assert_int_equal(summary_count(&s, "unix", "CONNECTED", 3, FAMILY_OTHER), 0);
	assert_page(&s, false,
		    "tcp                          3        2        1\n"
		    "  ESTABLISHED                1        1        0\n"
		    "  LISTEN                     2        1        1\n"
		    "udp                          1        0        1\n"
		    "unix                         1\n"
		    "  CONNECTED                  1\n");
	summary_begin(&s);
	add(&s, SW_PROTO_TCP, SW_TCP_LISTEN, SW_AF_INET);
	assert_page(&s, true,
		    "tcp                          1       -2        1        0\n"
		    "  LISTEN                     1       -1        1        0\n");
	summary_free(&s);
}

static const char sockstat[] = "sockets: used 14\n"
			       "TCP: inuse 1 orphan 7 tw 9 alloc 239 mem 43\n"
			       "UDP: inuse 0 mem 1\n"
			       "UDPLITE: inuse 0\n"
			       "RAW: inuse 0\n"
			       "FRAG: inuse 2 memory 4096\n";

TEST_SETUP(sockstat__numbers_stand_beside_their_limits)
{
	const struct tree *t = *state;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct summary s = { 0 };
	struct buf b = { 0 };

	tree_put_text(t, "net/sockstat", sockstat);
	tree_put_text(t, "sys/net/ipv4/tcp_mem", "10\t40\t43\n");
	tree_put_text(t, "sys/net/ipv4/udp_mem", "1\t1\t5\n");
	tree_put_text(t, "sys/net/ipv4/tcp_max_orphans", "100\n");
	summary_begin(&s);
	assert_int_equal(sockstat_read(t->fd, &s), 0);
	summary_end(&s);
	assert_int_equal(s.n, 8); /* fragments of IPv6 are not told */
	assert_string_equal(s.lines[1].name, "memory");
	assert_int_equal(s.lines[1].value, 43 * page);
	assert_int_equal(s.lines[1].pressure, 40 * page);
	assert_int_equal(s.lines[1].limit, 43 * page);
	assert_string_equal(s.lines[2].name, "orphans");
	assert_int_equal(s.lines[2].value, 7);
	assert_int_equal(s.lines[2].limit, 100);
	assert_int_equal(s.lines[3].limit, 0); /* of TIME_WAIT: not told */
	render_summary_text(&(struct render_summary){ .summary = &s }, &b);
	buf_putc(&b, '\0');
	assert_non_null(strstr(b.data, "tcp time_wait here           9\n"));
	assert_non_null(strstr(b.data, "! at the limit\n"));
	assert_non_null(strstr(b.data, "! under pressure\n"));
	buf_free(&b);
	render_summary_json(&(struct render_summary){ .summary = &s }, &b);
	buf_putc(&b, '\0');
	assert_non_null(strstr(b.data,
			       "\"event\":\"kernel\",\"group\":\"tcp\",\"name\":\"orphans\","
			       "\"value\":7,\"scope\":\"machine\",\"limit\":100}\n"));
	buf_free(&b);
	summary_free(&s);
}

TEST_SETUP(sockstat__what_is_not_understood_is_left_out)
{
	static const char *const texts[] = { "TCP:",	       "TCP: orphan",
					     "TCP: orphan ",   "TCP: orphan x\n",
					     "TCP:orphan 5\n", "XTCP: orphan 5\n",
					     "\n\n",	       "TCP: xorphan 5 orphanx 6\n" };
	const struct tree *t = *state;
	struct summary s = { 0 };

	assert_int_equal(sockstat_read(t->fd, &s), -ENOENT);
	for (size_t i = 0; i < COUNT(texts); i++) {
		unit_case("%s", texts[i]);
		tree_put_text(t, "net/sockstat", texts[i]);
		assert_int_equal(sockstat_read(t->fd, &s), 0);
		assert_int_equal(s.n, 0);
	}
	summary_free(&s);
}
