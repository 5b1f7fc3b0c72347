// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/row.h"
#include "proc/net_tcp.h"

#define LINE_MAX_LEN 512
#define REST " 1 00000000ba6be1a6 100 0 0 10 0"

/* A word of an address as this machine's kernel prints it. */
static unsigned int word(int a, int b, int c, int d)
{
	uint8_t bytes[4] = { (uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d };
	uint32_t v;

	memcpy(&v, bytes, sizeof(v));
	return v;
}

/* 10.0.0.5:51514 -> 10.0.0.9:443 in a state, with numbers in every column. */
static size_t line_v4(char *line, unsigned int tcp_state)
{
	return (size_t)
		snprintf(line, LINE_MAX_LEN,
			 "  12: %08X:C93A %08X:01BB %02X 0000002A:00000007 02:000004D2 00000003"
			 "  1000        2 987654" REST "        ",
			 word(10, 0, 0, 5), word(10, 0, 0, 9), tcp_state);
}

/* Parses a copy of exactly len bytes, so that a sanitizer sees any read beyond it. */
static int parse(const char *line, size_t len, int family, struct sw_row *row)
{
	char *copy = malloc(len ? len : 1);
	int err;

	assert_non_null(copy);
	memcpy(copy, line, len);
	err = net_tcp_parse_line(copy, len, family, row);
	free(copy);
	return err;
}

static void assert_refused(const char *line, size_t len, int family)
{
	struct sw_row row, before;

	memset(&row, 0xa5, sizeof(row));
	memset(&before, 0xa5, sizeof(before));
	assert_int_equal(parse(line, len, family, &row), -EBADMSG);
	assert_memory_equal(&row, &before, sizeof(row));
}

static void assert_mapped(const union sw_addr *addr, int a, int b, int c, int d)
{
	uint8_t want[16] = { [10] = 0xff,	[11] = 0xff,	   [12] = (uint8_t)a,
			     [13] = (uint8_t)b, [14] = (uint8_t)c, [15] = (uint8_t)d };

	assert_memory_equal(addr->b, want, sizeof(want));
}

static void row_with_timer(const char *columns, struct sw_row *ret)
{
	char line[LINE_MAX_LEN];
	int n = snprintf(line, sizeof(line),
			 "   0: 0100007F:0016 0100007F:9999 01 00000000:00000000 %s"
			 " 00000000     0        0 1" REST,
			 columns);

	assert_int_equal(parse(line, (size_t)n, SW_AF_INET, ret), 0);
}

static void timer_of(const char *columns, struct sw_timer *ret)
{
	struct sw_row row;

	row_with_timer(columns, &row);
	*ret = row.timer;
}

TEST(net_tcp__timer_is_in_milliseconds)
{
	struct sw_timer timer;

	timer_of("00:00000000", &timer);
	assert_int_equal(timer.kind, SW_TIMER_OFF);
	timer_of("01:00000014", &timer);
	assert_int_equal(timer.kind, SW_TIMER_ON);
	assert_int_equal(timer.ms, 200);
	timer_of("02:000AFC80", &timer);
	assert_int_equal(timer.kind, SW_TIMER_KEEPALIVE);
	assert_int_equal(timer.ms, 7200000);
	timer_of("03:00001770", &timer);
	assert_int_equal(timer.kind, SW_TIMER_TIME_WAIT);
	assert_int_equal(timer.ms, 60000);
	timer_of("04:FFFFFFFF", &timer);
	assert_int_equal(timer.kind, SW_TIMER_PROBE);
	assert_int_equal(timer.ms, UINT32_MAX);
	timer_of("04:FFFFFFFFFFFFFFF0", &timer); /* a time that has passed, as a long */
	assert_int_equal(timer.ms, UINT32_MAX);
	timer_of("07:00000014", &timer); /* a kind that we do not know */
	assert_int_equal(timer.kind, SW_TIMER_OFF);
}

TEST(net_tcp__ipv4_line_gives_every_field)
{
	char line[LINE_MAX_LEN];
	struct sw_row row;

	assert_int_equal(parse(line, line_v4(line, SW_TCP_ESTABLISHED), SW_AF_INET, &row), 0);
	assert_mapped(&row.sock.tuple.local, 10, 0, 0, 5);
	assert_mapped(&row.sock.tuple.remote, 10, 0, 0, 9);
	assert_int_equal(row.sock.tuple.local_port, 51514);
	assert_int_equal(row.sock.tuple.remote_port, 443);
	assert_int_equal(row.sock.tuple.family, SW_AF_INET);
	assert_int_equal(row.sock.tuple.netns, 0);
	assert_int_equal(row.sock.state, SW_TCP_ESTABLISHED);
	assert_int_equal(row.send_q, 0x2a);
	assert_int_equal(row.recv_q, 7);
	assert_int_equal(row.sock.uid, 1000);
	assert_int_equal(row.sock.inode, 987654);
	assert_int_equal(row.n_holders, 0);
	assert_int_equal(row.first_holder, 0);
	assert_true(row.sock.have & SW_HAVE_QUEUES);
	assert_int_equal(row.timer.kind, SW_TIMER_KEEPALIVE);
	assert_int_equal(row.timer.retransmits, 3);
	assert_int_equal(row.timer.probes, 2);
}

TEST(net_tcp__user_of_a_time_wait_is_not_known)
{
	struct sw_row row;

	row_with_timer("03:00001770", &row);
	assert_false(row.sock.have & SW_HAVE_UID);
	row_with_timer("00:00000000", &row);
	assert_true(row.sock.have & SW_HAVE_UID);
}

TEST(net_tcp__ipv6_line_keeps_network_order)
{
	static const uint8_t want[16] = { 0x20, 0x01, 0x0d, 0xb8, 0,	1,    0,    2,
					  0,	3,    0,    4,	  0xab, 0xcd, 0xef, 0x01 };
	char line[LINE_MAX_LEN];
	struct sw_row row;
	int n;

	n = snprintf(line, sizeof(line),
		     " 3: %08X%08X%08X%08X:0016 %08X%08X%08X%08X:FFFF 08 00000000:00000000 "
		     "00:00000000 00000000 4294967295 0 18446744073709551615" REST,
		     word(0x20, 1, 0xd, 0xb8), word(0, 1, 0, 2), word(0, 3, 0, 4),
		     word(0xab, 0xcd, 0xef, 1), 0u, 0u, 0u, word(0, 0, 0, 1));
	assert_int_equal(parse(line, (size_t)n, SW_AF_INET6, &row), 0);
	assert_memory_equal(row.sock.tuple.local.b, want, sizeof(want));
	assert_int_equal(row.sock.tuple.remote.q[0], 0);
	assert_int_equal(row.sock.tuple.remote.b[15], 1);
	assert_int_equal(row.sock.tuple.local_port, 22);
	assert_int_equal(row.sock.tuple.remote_port, 65535);
	assert_int_equal(row.sock.tuple.family, SW_AF_INET6);
	assert_int_equal(row.sock.state, SW_TCP_CLOSE_WAIT);
	assert_int_equal(row.sock.uid, UINT32_MAX);
	assert_true(row.sock.inode == UINT64_MAX);
}

TEST(net_tcp__mapped_line_is_ipv6_with_a_mapped_address)
{
	char line[LINE_MAX_LEN];
	struct sw_row row;
	int n;

	n = snprintf(line, sizeof(line),
		     " 0: %08X%08X%08X%08X:1F90 %08X%08X%08X%08X:8000 01 00000000:00000000 "
		     "00:00000000 00000000 0 0 55" REST,
		     0u, 0u, word(0, 0, 0xff, 0xff), word(127, 0, 0, 1), 0u, 0u,
		     word(0, 0, 0xff, 0xff), word(127, 0, 0, 2));
	assert_int_equal(parse(line, (size_t)n, SW_AF_INET6, &row), 0);
	assert_mapped(&row.sock.tuple.local, 127, 0, 0, 1);
	assert_mapped(&row.sock.tuple.remote, 127, 0, 0, 2);
	assert_int_equal(row.sock.tuple.family, SW_AF_INET6);
}

TEST(net_tcp__listener_keeps_its_backlog_and_has_no_peer)
{
	char line[LINE_MAX_LEN];
	struct sw_row row;
	int n;

	n = snprintf(line, sizeof(line),
		     " 0: %08X:0016 %08X:0000 0A 00000000:00000005 00:00000000 "
		     "00000000 0 0 55" REST,
		     0u, 0u);
	assert_int_equal(parse(line, (size_t)n, SW_AF_INET, &row), 0);
	assert_int_equal(row.sock.state, SW_TCP_LISTEN);
	assert_int_equal(row.recv_q, 5);
	assert_mapped(&row.sock.tuple.local, 0, 0, 0, 0);
	assert_mapped(&row.sock.tuple.remote, 0, 0, 0, 0);
	assert_int_equal(row.sock.tuple.remote_port, 0);
}

/* A line of UDP that ends so. */
static bool drops_of(const char *rest, uint32_t *ret)
{
	char line[LINE_MAX_LEN];
	struct sw_row row;
	int n = snprintf(line, sizeof(line),
			 "  12: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 "
			 "00000000     0        0 55%s",
			 rest);

	assert_int_equal(parse(line, (size_t)n, SW_AF_INET, &row), 0);
	*ret = row.drops;
	return row.sock.have & SW_HAVE_DROPS;
}

TEST(net_tcp__drops_are_the_last_word_of_a_datagram_socket)
{
	uint32_t drops;

	assert_true(drops_of(" 2 00000000ba6be1a6 0", &drops));
	assert_int_equal(drops, 0);
	assert_true(drops_of(" 2 00000000ba6be1a6 4294967295      ", &drops));
	assert_int_equal(drops, UINT32_MAX);
	assert_false(drops_of(" 2 00000000ba6be1a6", &drops));
	assert_false(drops_of(" 2 00000000ba6be1a6 4294967296", &drops));
	assert_false(drops_of(" 2 00000000ba6be1a6 -1", &drops));
	assert_false(drops_of(" 2", &drops));
	assert_false(drops_of(REST, &drops)); /* of TCP */
}

TEST(net_tcp__old_peer_of_a_listener_is_dropped)
{
	char line[LINE_MAX_LEN];
	struct sw_row row;
	int n;

	assert_int_equal(parse(line, line_v4(line, SW_TCP_LISTEN), SW_AF_INET, &row), 0);
	assert_mapped(&row.sock.tuple.local, 10, 0, 0, 5);
	assert_mapped(&row.sock.tuple.remote, 0, 0, 0, 0);
	assert_int_equal(row.sock.tuple.remote_port, 0);
	n = snprintf(line, sizeof(line),
		     " 0: %08X%08X%08X%08X:1F90 %08X%08X%08X%08X:8000 0A 00000000:00000000 "
		     "00:00000000 00000000 0 0 55" REST,
		     0u, 0u, 0u, 0u, 1u, 2u, 3u, 4u);
	assert_int_equal(parse(line, (size_t)n, SW_AF_INET6, &row), 0);
	assert_true(row.sock.tuple.remote.q[0] == 0 && row.sock.tuple.remote.q[1] == 0);
}

TEST(net_tcp__time_wait_has_no_inode)
{
	char line[LINE_MAX_LEN];
	struct sw_row row;
	int n;

	n = snprintf(line, sizeof(line),
		     "9999: %08X:0016 %08X:C001 06 00000000:00000000 03:00001770 "
		     "00000000     0        0 "
		     "0 3 0000000000000000                                      ",
		     word(10, 1, 2, 3), word(10, 1, 2, 4));
	assert_int_equal(parse(line, (size_t)n, SW_AF_INET, &row), 0);
	assert_int_equal(row.sock.state, SW_TCP_TIME_WAIT);
	assert_int_equal(row.sock.inode, 0);
}

TEST(net_tcp__header_is_no_data)
{
	static const char v4[] = "  sl  local_address rem_address   st tx_queue rx_queue tr";
	static const char v6[] = "  sl  local_address                         remote_address";
	struct sw_row row;

	assert_int_equal(parse(v4, strlen(v4), SW_AF_INET, &row), -ENODATA);
	assert_int_equal(parse(v6, strlen(v6), SW_AF_INET6, &row), -ENODATA);
	assert_refused("slow", 4, SW_AF_INET);
	assert_refused("sl", 2, SW_AF_INET);
}

TEST(net_tcp__only_states_1_to_12_are_accepted)
{
	char line[LINE_MAX_LEN];
	struct sw_row row;

	for (unsigned int st = 0; st < 256; st++) {
		size_t len = line_v4(line, st);

		if (st < 1 || st > 12) {
			assert_refused(line, len, SW_AF_INET);
			continue;
		}
		assert_int_equal(parse(line, len, SW_AF_INET, &row), 0);
		assert_int_equal(row.sock.state, st);
	}
}

/* A line that ends in its inode would name another socket, so it is refused as well. */
TEST(net_tcp__line_cut_before_the_reference_count_is_refused)
{
	char line[LINE_MAX_LEN];
	struct sw_row row;
	size_t enough;

	line_v4(line, SW_TCP_ESTABLISHED);
	enough = (size_t)(strstr(line, REST) - line) + 2;
	for (size_t len = 0; len < enough; len++)
		assert_refused(line, len, SW_AF_INET);
	assert_int_equal(parse(line, enough, SW_AF_INET, &row), 0);
	assert_int_equal(row.sock.inode, 987654);
}

static void assert_all_refused(const char *const *lines, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_refused(lines[i], strlen(lines[i]), SW_AF_INET);
}

#define EP "0100007F:1F90"
#define TAIL "00000000:00000000 00:00000000 00000000 0 0 5 1"

TEST(net_tcp__line_with_short_address_is_refused)
{
	static const char *const lines[] = {
		"0: 100007F:1F90 " EP " 01 " TAIL,   "0: :1F90 " EP " 01 " TAIL,
		"0: 0100007F:F90 " EP " 01 " TAIL,   "0: " EP " 0100007F: 01 " TAIL,
		"0: 00100007F:1F90 " EP " 01 " TAIL, "0: 0100007F:01F90 " EP " 01 " TAIL,
		"0: 0100007F 1F90 " EP " 01 " TAIL,
	};

	assert_all_refused(lines, sizeof(lines) / sizeof(*lines));
	assert_refused("0: " EP " " EP " 01 " TAIL, strlen("0: " EP " " EP " 01 " TAIL),
		       SW_AF_INET6);
}

TEST(net_tcp__columns_run_together_or_not_hexadecimal_are_refused)
{
	static const char *const lines[] = {
		"0:" EP " " EP " 01 " TAIL,
		"0: " EP EP " 01 " TAIL,
		"0: " EP " " EP "01 " TAIL,
		"0: " EP " " EP " 01" TAIL,
		": " EP " " EP " 01 " TAIL,
		"0 " EP " " EP " 01 " TAIL,
		"-1: " EP " " EP " 01 " TAIL,
		"0: 010000zF:1F90 " EP " 01 " TAIL,
		"0: +100007F:1F90 " EP " 01 " TAIL,
		"0: 0x00007F:1F90 " EP " 01 " TAIL,
		"0: " EP " " EP " 1 " TAIL,
		"0: " EP " " EP " 001 " TAIL,
		"0: " EP " " EP " 01 0:0 00:00000000 00000000 0 0 5 1",
		"0: " EP " " EP " 01 00000000:00000000 00:0 00000000 0 0 5 1",
		"0: " EP " " EP " 01 00000000:00000000 00:00000000 0 0 0 5 1",
	};

	assert_all_refused(lines, sizeof(lines) / sizeof(*lines));
}

#define HEAD "0: " EP " " EP " 01 00000000:00000000 00:00000000 00000000 "

TEST(net_tcp__numbers_that_do_not_fit_are_refused)
{
	static const char *const lines[] = {
		HEAD "4294967296 0 5 1",
		HEAD "0 4294967296 5 1",
		HEAD "0 0 18446744073709551616 1",
		HEAD "0 0 99999999999999999999999999999999 1",
		HEAD "-1 0 5 1",
		HEAD "0 0 -5 1",
		HEAD "0 0 5x 1",
		HEAD "0 0 0x5 1",
		HEAD "0 0 5 x",
		HEAD "0 0 5 1 \x80\xff",
		HEAD "0 0 5 1\t",
		HEAD "0 0 5 1\r",
		"4294967296: " EP " " EP " 01 " TAIL,
	};
	struct sw_row row;

	assert_all_refused(lines, sizeof(lines) / sizeof(*lines));
	assert_int_equal(parse(HEAD "0 0 5 1", strlen(HEAD "0 0 5 1"), SW_AF_INET, &row), 0);
	assert_refused(HEAD "0 0 5 1\0", strlen(HEAD "0 0 5 1") + 1, SW_AF_INET);
}

TEST(net_tcp__timer_may_be_longer_than_eight_digits)
{
	static const char line[] = "0: " EP " " EP
				   " 01 00000000:00000000 01:FFFFFFFFFFFFFFFF 00000000 0 0 5 1";
	struct sw_row row;

	assert_int_equal(parse(line, strlen(line), SW_AF_INET, &row), 0);
	assert_int_equal(row.sock.inode, 5);
}

static uint64_t random_next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* What must hold for any input at all. */
static void check_any(const char *line, size_t len, int family)
{
	struct sw_row row, before;
	int err;

	memset(&row, 0xa5, sizeof(row));
	memset(&before, 0xa5, sizeof(before));
	err = parse(line, len, family, &row);
	if (err) {
		assert_true(err == -EBADMSG || err == -ENODATA);
		assert_memory_equal(&row, &before, sizeof(row));
		return;
	}
	assert_in_range(row.sock.state, 1, 12);
	assert_int_equal(row.sock.tuple.family, family);
	assert_int_equal(row.n_holders, 0);
}

TEST(net_tcp__random_bytes_do_no_harm)
{
	uint64_t seed = 0x5eed;
	char line[256];

	for (int i = 0; i < 100000; i++) {
		size_t len = random_next(&seed) % sizeof(line);

		for (size_t k = 0; k < len; k++)
			line[k] = (char)random_next(&seed);
		check_any(line, len, i & 1 ? SW_AF_INET : SW_AF_INET6);
	}
}

/* One to four bytes overwritten, doubled or taken out. */
static size_t mutate(char *line, size_t len, uint64_t *seed)
{
	static const char likely[] = " :0123456789abcdefABCDEFgsl-\0\x80\xff";

	for (uint64_t n = random_next(seed) % 4 + 1; n && len > 1; n--) {
		size_t at = random_next(seed) % len;

		switch (random_next(seed) % 4) {
		case 0:
			line[at] = (char)random_next(seed);
			break;
		case 1:
			line[at] = likely[random_next(seed) % (sizeof(likely) - 1)];
			break;
		case 2:
			memmove(line + at, line + at + 1, --len - at);
			break;
		default:
			memmove(line + at + 1, line + at, len++ - at);
			break;
		}
	}
	return len;
}

TEST(net_tcp__mutated_lines_do_no_harm)
{
	uint64_t seed = 0xfeed;
	char line[LINE_MAX_LEN];

	for (int i = 0; i < 100000; i++) {
		size_t len = line_v4(line, 1 + (unsigned int)i % 12);

		len = mutate(line, len, &seed);
		check_any(line, i % 16 ? len : random_next(&seed) % len,
			  i % 8 ? SW_AF_INET : SW_AF_INET6);
	}
}
