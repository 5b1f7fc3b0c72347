// SPDX-License-Identifier: GPL-2.0-only
/* Names of hosts, services and users in every format: whole lines, and names that nobody should
 * have. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "core/record.h"
#include "render/named.h"
#include "render/render.h"

#define V4(a, b_, c, d)                                        \
	{                                                      \
		.b = { [10] = 0xff, [11] = 0xff, a, b_, c, d } \
	}

static const union sw_addr loopback = V4(127, 0, 0, 1);
static const union sw_addr long6 = { .b = { 0x20, 1, 0xd, 0xb8, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc,
					    0xde, 0xf0, 0x12, 0x34, 0x56, 0x78 } };

static const struct sw_event event = { .kind = SW_EV_STATE,
				       .sock.proto = SW_PROTO_TCP,
				       .sock.tuple = { .local = V4(10, 0, 0, 5),
						       .remote = V4(3, 9, 202, 151),
						       .local_port = 46098,
						       .remote_port = 443,
						       .family = SW_AF_INET },
				       .old_state = SW_TCP_SYN_SENT,
				       .sock.state = SW_TCP_ESTABLISHED,
				       .sock.have = SW_HAVE_UID,
				       .sock.uid = 1000,
				       .sock.owner_source = SW_OWNER_CONNECT,
				       .sock.pid = 2291,
				       .sock.comm = "curl" };

static const struct record_names known = { .local_host = "work-laptop",
					   .remote_host = "ec2-3-9-202-151.eu-west-2.compute."
							  "amazonaws.com",
					   .remote_service = "https",
					   .user = "alice" };

static struct record record_with(const struct record_names *names)
{
	return (struct record){ .ev = &event, .wall_ns = 1795475645123456789u, .names = names };
}

/* --- one side ----------------------------------------------------------------------------------
 */

static void check_shown(const char *host, const char *service, uint16_t port, int width,
			const char *want)
{
	struct named n = { .addr = &loopback, .port = port, .host = host, .service = service };
	struct buf b = { 0 };

	buf_puts(&b, "before|"); /* what is in the buffer stays */
	named_put(&b, &n, width);
	buf_putc(&b, '\0');
	assert_memory_equal(b.data, "before|", 7);
	assert_string_equal(b.data + 7, want);
	buf_free(&b);
}

TEST(named__host_is_cut_so_that_its_port_fits)
{
	check_shown("work-laptop", NULL, 46098, 23, "work-laptop:46098");
	check_shown("ec2-3-9-202-151.eu-west-2.compute.amazonaws.com", "https", 443, 23,
		    "ec2-3-9-202-151.e:https");
	check_shown("ec2-3-9-202-151.eu-west-2.compute.amazonaws.com", "https", 443, 24,
		    "ec2-3-9-202-151.eu:https");
	check_shown("exactly-as-long-a", "https", 443, 23, "exactly-as-long-a:https");
	check_shown("exactly-as-long-ab", "https", 443, 23, "exactly-as-long-a:https");
	check_shown("somewhere", NULL, 0, 23, "somewhere:*");
}

TEST(named__host_keeps_four_characters_beside_a_long_service)
{
	check_shown("hostname", "a-service-of-25-characters", 1, 23,
		    "host:a-service-of-25-characters");
	check_shown("hos", "a-service-of-25-characters", 1, 23, "hos:a-service-of-25-characters");
}

TEST(named__wide_cuts_nothing)
{
	check_shown("ec2-3-9-202-151.eu-west-2.compute.amazonaws.com", "https", 443, 0,
		    "ec2-3-9-202-151.eu-west-2.compute.amazonaws.com:https");
}

TEST(named__number_is_never_cut)
{
	struct named n = { .addr = &long6, .port = 443, .service = "https" };
	struct buf b = { 0 };

	check_shown(NULL, NULL, 46098, 4, "127.0.0.1:46098");
	check_shown(NULL, "https", 443, 4, "127.0.0.1:https");
	check_shown(NULL, NULL, 0, 4, "127.0.0.1:*");
	named_put(&b, &n, 23);
	buf_putc(&b, '\0');
	assert_string_equal(b.data, "2001:db8:1234:5678:9abc:def0:1234:5678:https");
	buf_free(&b);
}

TEST(named__port_that_is_none_has_no_service)
{
	check_shown("host", "https", 0, 23, "host:*");
}

TEST(named__name_from_outside_is_one_word)
{
	check_shown("a b\nc\x1b[2J", NULL, 80, 0, "a\\x20b\\x0ac\\x1b[2J:80");
	check_shown("  ", "x y", 80, 0, "\\x20\\x20:x\\x20y");
	check_shown("back\\slash", NULL, 80, 0, "back\\\\slash:80");
	check_shown("\xff\xfe", NULL, 80, 0, "\\xff\\xfe:80");
}

/* With a port of 3 and a width of 10 there are 7 columns. */
TEST(named__cut_is_between_characters_and_escapes)
{
	check_shown("abcdef\xc3\xa4", NULL, 80, 10, "abcdef:80");
	check_shown("abcde\xc3\xa4g", NULL, 80, 10, "abcde\xc3\xa4:80");
	check_shown("abcd\nf", NULL, 80, 10, "abcd:80");
	check_shown("abc\nfg", NULL, 80, 10, "abc\\x0a:80");
	check_shown("abcdef\\g", NULL, 80, 10, "abcdef:80");
	check_shown("abcde\\g", NULL, 80, 10, "abcde\\\\:80");
	check_shown("abcd  ", NULL, 80, 10, "abcd:80");
	check_shown("\xf0\x9f\x90\xa7\xf0\x9f\x90\xa7", NULL, 80, 10, "\xf0\x9f\x90\xa7:80");
}

/* Cutting is never beyond the room, and leaves a beginning of the whole. */
TEST(named__every_width_leaves_a_beginning)
{
	static const char host[] = "a\\b c\xc3\xa4\n\xff\xe2\x82\xac.example.org";
	struct named n = { .addr = &loopback, .port = 443, .host = host };
	struct buf whole = { 0 };

	named_put_word(&whole, host);
	for (int width = 8; width < 80; width++) {
		struct buf b = { 0 };
		size_t len;

		named_put(&b, &n, width);
		assert_true(b.len <= (size_t)width && b.len > 4);
		len = b.len - 4;
		assert_memory_equal(b.data + len, ":443", 4);
		assert_memory_equal(b.data, whole.data, len);
		assert_true(whole.len - len == 0 ||
			    ((unsigned char)whole.data[len] & 0xc0) != 0x80);
		buf_free(&b);
	}
	buf_free(&whole);
}

/* --- whole lines -------------------------------------------------------------------------------
 */

static void check_line(const struct formatter *f, struct render r, const struct record *rec,
		       const char *want)
{
	struct buf b = { 0 };

	if (f == &render_text)
		f->header(&r, &b);
	b.len = 0;
	f->record(&r, &b, rec);
	buf_putc(&b, '\0');
	assert_string_equal(b.data, want);
	buf_free(&b);
}

TEST(named__text_has_names_in_the_columns)
{
	struct render r = { .time = STAMP_EPOCH, .names = true };
	struct record_names names = known;
	struct record rec = record_with(&names);

	check_line(&render_text, r, &rec,
		   "1795475645.123456  state   tcp        -      - work-laptop:46098       "
		   "ec2-3-9-202-151.e:https SYN_SENT -> ESTABLISHED   2291/curl\n");
	r.extended = true;
	check_line(&render_text, r, &rec,
		   "1795475645.123456  state   tcp        -      - work-laptop:46098       "
		   "ec2-3-9-202-151.e:https SYN_SENT -> ESTABLISHED   2291/curl uid=alice\n");
	r.extended = false;
	r.wide = true;
	check_line(
		&render_text, r, &rec,
		"1795475645.123456  state   tcp        -      - work-laptop:46098       "
		"ec2-3-9-202-151.eu-west-2.compute.amazonaws.com:https SYN_SENT -> ESTABLISHED   "
		"2291/curl\n");
}

TEST(named__text_without_names_yet_is_numbers)
{
	struct render r = { .time = STAMP_EPOCH, .names = true, .extended = true };
	struct record_names none = { 0 };
	struct record rec = record_with(&none);

	check_line(&render_text, r, &rec,
		   "1795475645.123456  state   tcp        -      - 10.0.0.5:46098          "
		   "3.9.202.151:443         SYN_SENT -> ESTABLISHED   2291/curl uid=1000\n");
}

TEST(named__text_makes_room_for_rows)
{
	struct render r = { .names = true }, wide = { .names = true, .wide = true };
	struct record_names names = known;
	struct record rec = record_with(&names);

	render_text_fit(&r, &rec);
	assert_int_equal(r.address_width, 23);
	render_text_fit(&wide, &rec);
	assert_int_equal(wide.address_width,
			 strlen("ec2-3-9-202-151.eu-west-2.compute.amazonaws.com:https"));
}

#define JSON_HEAD                                                                             \
	"{\"time\":\"2026-11-23T23:14:05.123456789Z\",\"event\":\"state\",\"proto\":\"tcp\"," \
	"\"family\":\"ipv4\",\"local_addr\":\"10.0.0.5\",\"local_port\":46098,"               \
	"\"remote_addr\":\"3.9.202.151\",\"remote_port\":443,\"old_state\":\"SYN_SENT\","     \
	"\"state\":\"ESTABLISHED\",\"pid\":2291,\"comm\":\"curl\",\"uid\":1000,"              \
	"\"owner_source\":\"connect\""

TEST(named__json_has_both_numbers_and_names)
{
	struct render r = { .time = STAMP_ISO, .names = true };
	struct record_names names = known;
	struct record rec = record_with(&names);

	check_line(&render_json, r, &rec,
		   JSON_HEAD ",\"local_name\":\"work-laptop\",\"remote_name\":"
			     "\"ec2-3-9-202-151.eu-west-2.compute.amazonaws.com\","
			     "\"remote_service\":\"https\",\"user\":\"alice\"}\n");
	names = (struct record_names){ .local_host = "a\"b\n\xff c\\", .local_service = "s" };
	check_line(&render_json, r, &rec,
		   JSON_HEAD ",\"local_name\":\"a\\\"b\\u000a\xef\xbf\xbd c\\\\\","
			     "\"local_service\":\"s\"}\n");
}

/* What has no peer yet has no peer's name, whatever the number of none is called. */
TEST(named__json_has_no_remote_name_without_a_remote)
{
	struct sw_event e = { .kind = SW_EV_SOCKET,
			      .sock.proto = SW_PROTO_TCP,
			      .sock.state = SW_TCP_LISTEN };
	struct record_names names = { .remote_host = "nobody", .remote_service = "none" };
	struct record rec = { .ev = &e, .names = &names };
	struct render r = { .time = STAMP_ISO, .names = true };
	struct buf b = { 0 };

	render_json.record(&r, &b, &rec);
	buf_putc(&b, '\0');
	assert_non_null(strstr(b.data, "LISTEN"));
	assert_null(strstr(b.data, "remote"));
	buf_free(&b);
}

TEST(named__csv_has_names_before_the_other_end)
{
	static const char head[] = ",local_name,local_service,remote_name,remote_service,user,"
				   "peer_host,peer_pid,peer_comm,peer_uid,peer_exe,peer_unit,"
				   "peer_container,peer_container_name,peer_pod_name\n";
	static const char end[] =
		",\"a\"\"b\\x0a,\",,"
		"ec2-3-9-202-151.eu-west-2.compute.amazonaws.com,https,alice,,,,,,,,,\n";
	struct render r = { .time = STAMP_ISO, .names = true };
	struct record_names names = known;
	struct record rec = record_with(&names);
	struct buf b = { 0 };

	names.local_host = "a\"b\n,";
	render_csv.header(&r, &b);
	assert_true(b.len > sizeof(head));
	assert_memory_equal(b.data + b.len - strlen(head), head, strlen(head));
	render_csv.record(&r, &b, &rec);
	assert_memory_equal(b.data + b.len - strlen(end), end, strlen(end));
	buf_free(&b);
}

TEST(named__name_of_255_characters_is_one_line)
{
	struct render r = { .time = STAMP_EPOCH, .names = true };
	struct record_names names = known;
	struct record rec = record_with(&names);
	char name[256];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	names.local_host = name;
	check_line(&render_text, r, &rec,
		   "1795475645.123456  state   tcp        -      - xxxxxxxxxxxxxxxxx:46098 "
		   "ec2-3-9-202-151.e:https SYN_SENT -> ESTABLISHED   2291/curl\n");
}
