// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink_diag.h>
#include <linux/packet_diag.h>
#include <linux/vm_sockets_diag.h>
#include <linux/xdp_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/family.h"
#include "core/row.h"
#include "netlink.h"
#include "netlink/family_diag.h"
#include "netlink/inet_diag.h"
#include "proc/net_family.h"
#include "proc/netns.h"

#define PACKET "ffff8880c1834704 3      3    0806   7     1 832    1000   17146436"
#define NETLINK                                                                                    \
	"00000000aed0193a 12  4294963264 00000011 64       128      0     2        0        560  " \
	"   "

/* Parses a copy of exactly its length, so that a sanitizer sees any read beyond it. */
static int parse(uint8_t proto, const char *line, struct sw_row *row)
{
	size_t len = strlen(line);
	char *copy = malloc(len ? len : 1);
	int err;

	assert_non_null(copy);
	memcpy(copy, line, len);
	err = net_family_parse_line(proto, copy, len, row);
	free(copy);
	return err;
}

static void assert_named(const struct sw_row *row, const char *device, const char *local,
			 const char *remote)
{
	char text[FAMILY_TEXT_MAX];

	assert_int_equal(family_format_local(&row->sock, device, text), strlen(local));
	assert_string_equal(text, local);
	assert_int_equal(family_format_remote(&row->sock, text), strlen(remote));
	assert_string_equal(text, remote);
}

TEST(net_family__line_of_packet_gives_every_field)
{
	struct family_addr local;
	struct sw_row row;

	assert_int_equal(parse(SW_PROTO_PACKET, PACKET, &row), 0);
	local = family_addr_get(&row.sock.tuple.local);
	assert_int_equal(local.type, SOCK_RAW);
	assert_int_equal(local.protocol, 0x806);
	assert_int_equal(row.sock.tuple.family, AF_PACKET);
	assert_int_equal(row.sock.tuple.device, 7);
	assert_int_equal(row.sock.proto, SW_PROTO_PACKET);
	assert_int_equal(row.sock.uid, 1000);
	assert_int_equal(row.sock.inode, 17146436);
	assert_int_equal(row.recv_q, 832);
	assert_int_equal(row.sock.have, SW_HAVE_UID | SW_HAVE_QUEUES);
	assert_named(&row, "eth0", "arp:eth0", "*");
	assert_int_equal(parse(SW_PROTO_PACKET, "c1834704 3 3 0003 0 1 0 0 1", &row), 0);
	assert_named(&row, NULL, "*:*", "*");
	assert_int_equal(parse(SW_PROTO_PACKET, "(____ptrval____) 3 3 9999 0 1 0 0 1", &row), 0);
	assert_named(&row, "lo", "[39321]:lo", "*");
}

TEST(net_family__line_of_netlink_gives_every_field)
{
	struct family_addr local;
	struct sw_row row;

	assert_int_equal(parse(SW_PROTO_NETLINK, NETLINK, &row), 0);
	local = family_addr_get(&row.sock.tuple.local);
	assert_int_equal(local.id, 4294963264);
	assert_int_equal(local.groups, 0x11);
	assert_int_equal(row.recv_q, 64);
	assert_int_equal(row.send_q, 128);
	assert_int_equal(row.sock.inode, 560);
	assert_int_equal(row.sock.have, SW_HAVE_QUEUES);
	assert_named(&row, NULL, "nft:4294963264", "*");
	assert_int_equal(parse(SW_PROTO_NETLINK, "c1834704 99 0 00000000 0 0 0 2 0 5", &row), 0);
	assert_named(&row, NULL, "99:kernel", "*");
}

TEST(net_family__what_is_no_line_is_refused)
{
	static const char *const lines[] = {
		"",
		"x",
		"ffff8880c1834704",
		"ffff8880c183470 3      3    0806   7     1 832    1000   17146436",
		"ffff8880c1834704 3      256  0806   7     1 832    1000   17146436",
		"ffff8880c1834704 3      3    08g6   7     1 832    1000   17146436",
		"ffff8880c1834704 3      3    0806   -1    1 832    1000   17146436",
		"ffff8880c1834704 3      3    0806   7     1 832    1000   ",
		"ffff8880c1834704 3      3    0806   7     1 832    1000   17146436 x",
		"ffff8880c1834704 3      3    0806   7     1 832    1000   99999999999999999999",
		"ffff8880c1834704 99999999999 3 0806 7     1 832    1000   17146436",
	};
	struct sw_row row, before;

	memset(&row, 0xa5, sizeof(row));
	memset(&before, 0xa5, sizeof(before));
	for (size_t i = 0; i < COUNT(lines); i++) {
		assert_int_equal(parse(SW_PROTO_PACKET, lines[i], &row), -EBADMSG);
		assert_int_equal(parse(SW_PROTO_NETLINK, lines[i], &row), -EBADMSG);
	}
	assert_int_equal(parse(SW_PROTO_PACKET, NETLINK, &row), -EBADMSG);
	assert_int_equal(parse(SW_PROTO_NETLINK, PACKET, &row), -EBADMSG);
	assert_int_equal(parse(SW_PROTO_PACKET, "sk               RefCnt Type Proto", &row),
			 -ENODATA);
	assert_memory_equal(&row, &before, sizeof(row));
}

TEST(net_family_read__table_of_a_namespace)
{
	struct netns netns = { .inode = 7, .pids = { 1 }, .n_pids = 1 };
	struct snapshot s = { 0 };
	struct tree tree;

	assert_int_equal(tree_make(&tree), 0);
	tree_put_dir(&tree, "1/net");
	tree_put_link(&tree, "1/ns/net", "net:[7]");
	assert_int_equal(net_family_read(tree.fd, &netns, SW_PROTO_PACKET, &s), -ENOENT);
	tree_put_text(&tree, "1/net/packet", "sk RefCnt\n" PACKET "\nnonsense\n" PACKET);
	assert_int_equal(net_family_read(tree.fd, &netns, SW_PROTO_PACKET, &s), 0);
	tree_put_text(&tree, "1/net/netlink", "sk Eth\n" NETLINK "\n");
	assert_int_equal(net_family_read(tree.fd, &netns, SW_PROTO_NETLINK, &s), 0);
	assert_int_equal(s.n_rows, 3);
	assert_int_equal(s.rows[2].sock.tuple.netns, 7);
	assert_int_equal(s.rows[2].sock.proto, SW_PROTO_NETLINK);
	snapshot_free(&s);
	assert_int_equal(tree_remove(&tree), 0);
}

/* --- diagnosis ---------------------------------------------------------------------------------
 */

static int take(uint8_t proto, const struct nlmsghdr *h, struct sw_row *row)
{
	struct nlmsghdr *copy = message_cut(h, h->nlmsg_len);
	int err = family_diag_take(proto, copy, MNL_ALIGN(h->nlmsg_len), row);

	free(copy);
	return err;
}

TEST(family_diag__packet_tells_interface_user_and_promiscuity)
{
	struct packet_diag_msg d = { .pdiag_family = AF_PACKET,
				     .pdiag_type = SOCK_DGRAM,
				     .pdiag_num = 3,
				     .pdiag_ino = 42,
				     .pdiag_cookie = { 5, 1 } };
	struct packet_diag_info info = { .pdi_index = 7 };
	struct packet_diag_mclist lists[2] = { { .pdmc_type = 0 }, { .pdmc_type = 1 } };
	uint32_t memory[3] = { 100, 0, 200 };
	struct nlmsghdr *h = message(20, &d, sizeof(d));
	struct sw_row row;

	mnl_attr_put(h, PACKET_DIAG_INFO, sizeof(info), &info);
	mnl_attr_put_u32(h, PACKET_DIAG_UID, 1000);
	mnl_attr_put(h, PACKET_DIAG_MEMINFO, sizeof(memory), memory);
	assert_int_equal(take(SW_PROTO_PACKET, h, &row), 0);
	assert_int_equal(row.sock.inode, 42);
	assert_int_equal(row.sock.cookie, (1ull << 32) + 5);
	assert_int_equal(row.sock.uid, 1000);
	assert_int_equal(row.sock.tuple.device, 7);
	assert_int_equal(row.sock.have, SW_HAVE_UID | SW_HAVE_QUEUES);
	assert_int_equal(row.recv_q, 100);
	assert_int_equal(row.send_q, 200);
	assert_named(&row, "wlan0", "*:wlan0", "*");
	assert_int_equal(family_addr_get(&row.sock.tuple.local).flags, 0);
	mnl_attr_put(h, PACKET_DIAG_MCLIST, sizeof(lists), lists);
	assert_int_equal(take(SW_PROTO_PACKET, h, &row), 0);
	assert_int_equal(family_addr_get(&row.sock.tuple.local).flags, FAMILY_PROMISCUOUS);
}

TEST(family_diag__netlink_tells_both_ends_and_groups)
{
	struct netlink_diag_msg d = { .ndiag_family = AF_NETLINK,
				      .ndiag_protocol = 16,
				      .ndiag_portid = 4711,
				      .ndiag_ino = 43,
				      .ndiag_state = 1,
				      .ndiag_dst_portid = 9,
				      .ndiag_dst_group = 2 };
	struct nlmsghdr *h = message(20, &d, sizeof(d));
	struct sw_row row;

	mnl_attr_put_u32(h, NETLINK_DIAG_GROUPS, 6);
	assert_int_equal(take(SW_PROTO_NETLINK, h, &row), 0);
	assert_int_equal(row.sock.state, SW_TCP_ESTABLISHED);
	assert_int_equal(family_addr_get(&row.sock.tuple.local).groups, 6);
	assert_named(&row, NULL, "genl:4711", "2:9");
}

TEST(family_diag__vsock_and_xdp)
{
	struct vsock_diag_msg v = { .vdiag_family = AF_VSOCK,
				    .vdiag_type = SOCK_STREAM,
				    .vdiag_state = SW_TCP_ESTABLISHED,
				    .vdiag_src_cid = 3,
				    .vdiag_src_port = 1024,
				    .vdiag_dst_cid = 2,
				    .vdiag_dst_port = 4294967295 };
	struct xdp_diag_msg x = { .xdiag_family = AF_XDP, .xdiag_type = SOCK_RAW, .xdiag_ino = 5 };
	struct xdp_diag_info info = { .ifindex = 2, .queue_id = 6 };
	struct nlmsghdr *h = message(20, &v, sizeof(v));
	struct sw_row row;

	assert_int_equal(take(SW_PROTO_VSOCK, h, &row), 0);
	assert_int_equal(row.sock.state, SW_TCP_ESTABLISHED);
	assert_named(&row, NULL, "3:1024", "2:*");
	h = message(20, &x, sizeof(x));
	assert_int_equal(take(SW_PROTO_XDP, h, &row), 0);
	assert_named(&row, NULL, "*:*", "*");
	mnl_attr_put(h, XDP_DIAG_INFO, sizeof(info), &info);
	assert_int_equal(take(SW_PROTO_XDP, h, &row), 0);
	assert_int_equal(row.sock.tuple.device, 2);
	assert_named(&row, "eth1", "eth1:6", "*");
	assert_named(&row, NULL, "2:6", "*");
}

TEST(family_diag__short_messages_are_no_trouble)
{
	static const uint8_t protos[] = { SW_PROTO_PACKET, SW_PROTO_NETLINK, SW_PROTO_VSOCK,
					  SW_PROTO_XDP };
	char body[64] = { 0 };
	struct sw_row row;

	for (size_t i = 0; i < COUNT(protos); i++) {
		struct nlmsghdr *h = message(20, body, 4);

		assert_int_equal(take(protos[i], h, &row), -EBADMSG);
		h = message(20, body, sizeof(body));
		for (uint16_t type = 0; type < 9; type++)
			mnl_attr_put(h, type, 1, "x");
		assert_int_equal(take(protos[i], h, &row), 0);
		assert_int_equal(row.sock.have, 0);
		assert_int_equal(family_diag_take(protos[i], h, 3, &row), -EBADMSG);
	}
	assert_int_equal(family_diag_take(SW_PROTO_TCP, message(20, body, 64), 80, &row), -EBADMSG);
}

TEST(inet_diag__message_gives_every_field)
{
	struct inet_diag_msg d = { .idiag_family = AF_INET,
				   .idiag_state = SW_TCP_ESTABLISHED,
				   .id = { .idiag_sport = htons(80),
					   .idiag_dport = htons(50000),
					   .idiag_src = { htonl(0x7f000001) },
					   .idiag_dst = { htonl(0x0a000002) },
					   .idiag_cookie = { 7, 1 } },
				   .idiag_rqueue = 1,
				   .idiag_wqueue = 2,
				   .idiag_uid = 33,
				   .idiag_inode = 44 };
	struct nlmsghdr *h = message(20, &d, sizeof(d));
	struct sw_row row;

	assert_int_equal(inet_diag_take(SW_PROTO_META, h, h->nlmsg_len, &row), 0);
	assert_int_equal(row.sock.proto, SW_PROTO_META);
	assert_int_equal(row.sock.tuple.local_port, 80);
	assert_int_equal(row.sock.tuple.remote_port, 50000);
	assert_memory_equal(row.sock.tuple.local.b, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1", 16);
	assert_int_equal(row.sock.inode, 44);
	assert_int_equal(row.sock.uid, 33);
	assert_int_equal(row.sock.cookie, (1ull << 32) + 7);
	assert_int_equal(row.recv_q, 1);
	assert_int_equal(row.send_q, 2);
	d.idiag_state = 0;
	h = message(20, &d, sizeof(d));
	assert_int_equal(inet_diag_take(SW_PROTO_META, h, h->nlmsg_len, &row), -EBADMSG);
	d.idiag_state = 1;
	d.idiag_family = AF_UNIX;
	h = message(20, &d, sizeof(d));
	assert_int_equal(inet_diag_take(SW_PROTO_META, h, h->nlmsg_len, &row), -EBADMSG);
	h = message(20, &d, 8);
	assert_int_equal(inet_diag_take(SW_PROTO_META, h, h->nlmsg_len, &row), -EBADMSG);
}

/* A TCP socket by its message, as far as the tests below do not set more. */
static struct inet_diag_msg tcp_message(uint8_t state)
{
	return (struct inet_diag_msg){ .idiag_family = AF_INET6,
				       .idiag_state = state,
				       .id.idiag_sport = htons(443),
				       .id.idiag_dport = htons(50000),
				       .id.idiag_dst = { 0, 0, 0, htonl(1) },
				       .idiag_inode = 7 };
}

static struct sw_row tcp_row(const struct inet_diag_msg *d)
{
	struct nlmsghdr *h = message(20, d, sizeof(*d));
	struct sw_row row;

	assert_int_equal(inet_diag_take(SW_PROTO_TCP, h, h->nlmsg_len, &row), 0);
	return row;
}

TEST(inet_diag__listener_has_a_limit_and_no_peer)
{
	struct inet_diag_msg d = tcp_message(SW_TCP_LISTEN);
	struct nlmsghdr *h;
	struct sw_row row;

	d.idiag_wqueue = 128;
	h = message(20, &d, sizeof(d));
	mnl_attr_put_u8(h, INET_DIAG_SKV6ONLY, 1);
	mnl_attr_put_u64(h, INET_DIAG_CGROUP_ID, 0x123456789abull);
	assert_int_equal(inet_diag_take(SW_PROTO_TCP, h, h->nlmsg_len, &row), 0);
	assert_true(row.sock.have & SW_HAVE_BACKLOG);
	assert_int_equal(row.send_q, 128);
	assert_int_equal(row.sock.tuple.remote_port, 0);
	assert_int_equal(row.sock.tuple.remote.q[1], 0);
	assert_int_equal(row.sock.tuple.flags, SW_TUPLE_V6ONLY_KNOWN | SW_TUPLE_V6ONLY);
	assert_int_equal(row.sock.cgroup_id, 0x123456789abull);
}

TEST(inet_diag__timers_are_those_of_proc)
{
	struct inet_diag_msg d = tcp_message(SW_TCP_ESTABLISHED);
	struct sw_row row;

	d.idiag_timer = SW_TIMER_ON;
	d.idiag_expires = 200;
	d.idiag_retrans = 3;
	row = tcp_row(&d);
	assert_true(row.sock.have & SW_HAVE_TIMER);
	assert_int_equal(row.timer.kind, SW_TIMER_ON);
	assert_int_equal(row.timer.ms, 200);
	assert_int_equal(row.timer.retransmits, 3);
	assert_int_equal(row.timer.probes, 0);
	d.idiag_timer = SW_TIMER_PROBE;
	d.idiag_expires = (uint32_t)-10; /* late */
	row = tcp_row(&d);
	assert_int_equal(row.timer.ms, 0);
	assert_int_equal(row.timer.probes, 3);
	d.idiag_timer = 77;
	assert_int_equal(tcp_row(&d).timer.kind, SW_TIMER_OFF);
}

TEST(inet_diag__user_of_what_has_none_is_absent)
{
	struct inet_diag_msg d = tcp_message(SW_TCP_SYN_RECV);

	assert_true(tcp_row(&d).sock.have & SW_HAVE_UID);
	d.idiag_inode = 0;
	assert_false(tcp_row(&d).sock.have & SW_HAVE_UID);
	d = tcp_message(SW_TCP_TIME_WAIT);
	d.idiag_timer = SW_TIMER_TIME_WAIT;
	assert_false(tcp_row(&d).sock.have & SW_HAVE_UID);
}

TEST(inet_diag__subflow_and_drops_by_their_attributes)
{
	uint32_t memory[9] = { [8] = 5 };
	struct inet_diag_msg d = tcp_message(SW_TCP_ESTABLISHED);
	struct nlmsghdr *h = message(20, &d, sizeof(d));
	struct nlattr *nest = mnl_attr_nest_start(h, INET_DIAG_ULP_INFO);
	struct sw_row row;

	mnl_attr_put_strz(h, INET_ULP_INFO_NAME, "mptcp");
	mnl_attr_nest_end(h, nest);
	assert_int_equal(inet_diag_take(SW_PROTO_TCP, h, h->nlmsg_len, &row), 0);
	assert_true(row.sock.have & SW_HAVE_MPTCP);
	assert_false(row.sock.have & SW_HAVE_DROPS);
	h = message(20, &d, sizeof(d));
	mnl_attr_put(h, INET_DIAG_SKMEMINFO, 8 * sizeof(*memory), memory); /* an old kernel's */
	assert_int_equal(inet_diag_take(SW_PROTO_UDP, h, h->nlmsg_len, &row), 0);
	assert_false(row.sock.have & SW_HAVE_DROPS);
	h = message(20, &d, sizeof(d));
	mnl_attr_put(h, INET_DIAG_SKMEMINFO, sizeof(memory), memory);
	assert_int_equal(inet_diag_take(SW_PROTO_UDP, h, h->nlmsg_len, &row), 0);
	assert_true(row.sock.have & SW_HAVE_DROPS);
	assert_int_equal(row.drops, 5);
}
