// SPDX-License-Identifier: GPL-2.0-only
/* Unix sockets: the messages of sock_diag, the filter, the three formats. */
#include "unit.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "core/kinds.h"
#include "core/row.h"
#include "core/unix_socket.h"
#include "filter.h"
#include "netlink/unix_diag.h"
#include "render/render.h"
#include "render/unix.h"

/* --- sock_diag ---------------------------------------------------------------------------------
 */

static struct nlmsghdr *message(char *buffer, uint8_t type, uint8_t tcp_state, uint32_t inode)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);
	struct unix_diag_msg *d = mnl_nlmsg_put_extra_header(h, sizeof(*d));

	d->udiag_family = AF_UNIX;
	d->udiag_type = type;
	d->udiag_state = tcp_state;
	d->udiag_ino = inode;
	return h;
}

TEST(unix_diag__message_gives_every_field)
{
	struct unix_diag_rqlen queues = { .udiag_rqueue = 5, .udiag_wqueue = 6 };
	_Alignas(8) char buffer[1024];
	struct unix_list l = { 0 };
	struct nlmsghdr *h = message(buffer, SOCK_STREAM, SW_TCP_ESTABLISHED, 42);

	mnl_attr_put(h, UNIX_DIAG_NAME, 6, "/run/x");
	mnl_attr_put_u32(h, UNIX_DIAG_PEER, 43);
	mnl_attr_put(h, UNIX_DIAG_RQLEN, sizeof(queues), &queues);
	mnl_attr_put_u32(h, UNIX_DIAG_UID, 1000);
	mnl_attr_put_u32(h, 99, 1); /* of a kernel to come */
	assert_int_equal(unix_diag_take(h, h->nlmsg_len, 7, &l), 0);
	assert_int_equal(l.n, 1);
	assert_string_equal(l.all[0].path, "/run/x");
	assert_int_equal(l.all[0].peer_inode, 43);
	assert_int_equal(l.all[0].recv_q, 5);
	assert_int_equal(l.all[0].send_q, 6);
	assert_int_equal(l.all[0].uid, 1000);
	assert_true(l.all[0].has_uid && l.all[0].has_queues);
	assert_int_equal(l.all[0].netns, 7);
	assert_int_equal(l.all[0].state, UNIX_CONNECTED);
	assert_ptr_equal(unix_list_find(&l, 42), &l.all[0]);
	unix_list_free(&l);
}

TEST(unix_diag__names_and_states_are_told_apart)
{
	_Alignas(8) char buffer[1024];
	struct unix_list l = { 0 };
	struct nlmsghdr *h = message(buffer, SOCK_STREAM, SW_TCP_LISTEN, 1);

	mnl_attr_put(h, UNIX_DIAG_NAME, 5, "\0a\0b\0");
	assert_int_equal(unix_diag_take(h, h->nlmsg_len, 7, &l), 0);
	assert_int_equal(l.all[0].state, UNIX_LISTENING);
	assert_int_equal(l.all[0].path_len, 5);
	h = message(buffer, SOCK_STREAM, SW_TCP_ESTABLISHED, 0);
	mnl_attr_put(h, UNIX_DIAG_NAME, 3, "/x\0");
	assert_int_equal(unix_diag_take(h, h->nlmsg_len, 7, &l), 0);
	assert_int_equal(l.all[1].state, UNIX_CONNECTING);
	assert_int_equal(l.all[1].path_len, 2);
	h = message(buffer, SOCK_DGRAM, SW_TCP_CLOSE, 3);
	assert_int_equal(unix_diag_take(h, h->nlmsg_len, 7, &l), 0);
	assert_int_equal(l.all[2].state, UNIX_UNCONNECTED);
	h = message(buffer, SOCK_STREAM, SW_TCP_CLOSE, 0);
	assert_int_equal(unix_diag_take(h, h->nlmsg_len, 7, &l), 0);
	assert_int_equal(l.all[3].state, UNIX_DISCONNECTING);
	assert_null(unix_list_find(&l, 0));
	unix_list_cut(&l, 2);
	assert_null(unix_list_find(&l, 3));
	unix_list_free(&l);
}

/* Where the table changes between two messages. Those without a number are not the same. */
TEST(unix_diag__socket_that_is_told_twice_is_one)
{
	_Alignas(8) char buffer[1024];
	struct unix_list l = { 0 };

	for (uint32_t i = 0; i < 6; i++) {
		struct nlmsghdr *h = message(buffer, SOCK_STREAM, SW_TCP_ESTABLISHED, i % 3);

		mnl_attr_put(h, UNIX_DIAG_NAME, 2, "/x");
		assert_int_equal(unix_diag_take(h, h->nlmsg_len, 7, &l), 0);
	}
	assert_int_equal(l.n, 4);
	unix_list_free(&l);
}

TEST(unix_diag__short_messages_are_no_trouble)
{
	_Alignas(8) char buffer[1024];
	struct unix_list l = { 0 };
	struct nlmsghdr *h = message(buffer, SOCK_STREAM, SW_TCP_LISTEN, 1);

	mnl_attr_put(h, UNIX_DIAG_PEER, 1, "x");
	mnl_attr_put(h, UNIX_DIAG_RQLEN, 2, "xy");
	mnl_attr_put(h, UNIX_DIAG_NAME, 0, "");
	assert_int_equal(unix_diag_take(h, h->nlmsg_len, 7, &l), 0);
	assert_false(l.all[0].has_queues || l.all[0].peer_inode || l.all[0].path);
	h = message(buffer, SOCK_STREAM, SW_TCP_LISTEN, 2);
	mnl_attr_put(h, UNIX_DIAG_NAME, 5, "/tail");
	h->nlmsg_len -= 3; /* the padding, which libmnl would read with it */
	assert_int_equal(unix_diag_take(h, h->nlmsg_len, 7, &l), -EBADMSG);
	h->nlmsg_len = sizeof(*h) + 4; /* too short for what it says it is */
	assert_int_equal(unix_diag_take(h, h->nlmsg_len, 7, &l), -EBADMSG);
	assert_int_equal(unix_diag_take(h, 3, 7, &l), -EBADMSG);
	unix_list_free(&l);
}

/* --- what is chosen, and how it is told --------------------------------------------------------
 */

static struct holder people[] = { { .pid = 811, .fd = 3, .comm = "sshd" },
				  { .pid = 812, .fd = 4, .comm = "s\nh" },
				  { .pid = 900, .fd = 5, .comm = "client" } };

TEST(unix_selected__by_owner_state_and_namespace)
{
	struct unix_socket s = {
		.netns = 1, .uid = 5, .has_uid = true, .n_holders = 2, .state = UNIX_LISTENING
	};
	struct sw_filter f = { 0 };

	assert_true(unix_selected(&f, &s, people));
	f = (struct sw_filter){ .on = SW_F_PID, .n_pids = 1, .pids = { 812 } };
	assert_true(unix_selected(&f, &s, people));
	f.pids[0] = 900;
	assert_false(unix_selected(&f, &s, people));
	f = (struct sw_filter){ .on = SW_F_UID, .n_uids = 1, .uids = { 5 } };
	assert_true(unix_selected(&f, &s, people));
	s.has_uid = false;
	assert_false(unix_selected(&f, &s, people));
	f = (struct sw_filter){ .on = SW_F_LISTEN };
	assert_true(unix_selected(&f, &s, people));
	s.state = UNIX_CONNECTED;
	assert_false(unix_selected(&f, &s, people));
	f = (struct sw_filter){ .on = SW_F_STATE, .states = 1 << SW_TCP_ESTABLISHED };
	assert_true(unix_selected(&f, &s, people));
	f = (struct sw_filter){ .on = SW_F_NETNS, .n_netns = 1, .netns = { 2 } };
	assert_false(unix_selected(&f, &s, people));
	f = (struct sw_filter){ .on = SW_F_CGROUP };
	assert_false(unix_selected(&f, &s, people));
	people[0].in_cgroups = true;
	assert_true(unix_selected(&f, &s, people));
	people[0].in_cgroups = false;
	f.on = SW_F_PORT;
	assert_true(kinds_need_addrs(&f));
	f.on = SW_F_PID | SW_F_LISTEN;
	assert_false(kinds_need_addrs(&f));
}

TEST(unix_selected__states_have_tcps_names)
{
	static const uint8_t tcp[] = { SW_TCP_CLOSE, SW_TCP_LISTEN, SW_TCP_SYN_SENT,
				       SW_TCP_ESTABLISHED, SW_TCP_CLOSING };

	for (uint8_t i = UNIX_UNCONNECTED; i <= UNIX_DISCONNECTING; i++) {
		struct unix_socket s = { .state = i };
		struct sw_filter f = { .on = SW_F_STATE };

		for (uint32_t k = 1; k < SW_TCP_STATES; k++) {
			f.states = 1u << k;
			assert_int_equal(unix_selected(&f, &s, NULL), k == tcp[i]);
		}
	}
}

static void add(struct unix_list *l, struct unix_socket s, const char *path)
{
	s.path = path ? strdup(path) : NULL;
	s.path_len = path ? strlen(path) : 0;
	assert_int_equal(unix_list_add(l, &s), 0);
}

static void assert_order(struct unix_list *l, const enum sort_key *keys, int n_keys,
			 const char *expected)
{
	char order[16] = "";

	assert_int_equal(unix_list_sort(l, people, keys, n_keys), 0);
	for (size_t i = 0; i < l->n; i++) {
		order[i] = (char)('0' + l->all[i].inode);
		assert_ptr_equal(unix_list_find(l, l->all[i].inode), &l->all[i]);
	}
	assert_string_equal(order, expected);
}

TEST(unix_list__is_sorted_as_asked)
{
	static const enum sort_key by_pid[] = { SORT_PID }, by_state[] = { SORT_STATE },
				   by_comm[] = { SORT_COMM }, by_uid[] = { SORT_UID },
				   by_queue[] = { SORT_RECV_Q, SORT_SEND_Q },
				   by_path[] = { SORT_PORT, SORT_ADDR };
	struct unix_list l = { 0 };

	add(&l, (struct unix_socket){ .inode = 1, .netns = 2, .send_q = 9 }, "/b");
	add(&l, (struct unix_socket){ .inode = 2, .netns = 1, .state = UNIX_CONNECTED }, NULL);
	add(&l, (struct unix_socket){ .inode = 3, .netns = 1, .first_holder = 2, .n_holders = 1 },
	    "/c");
	add(&l,
	    (struct unix_socket){ .inode = 4, .netns = 1, .state = UNIX_LISTENING, .recv_q = 1 },
	    "/d");
	add(&l, (struct unix_socket){ .inode = 5, .netns = 2, .n_holders = 2, .recv_q = 8 }, "/a");
	assert_order(&l, NULL, 0, "43251");
	assert_order(&l, by_pid, 1, "53421");
	assert_order(&l, by_state, 1, "42351");
	assert_order(&l, by_queue, 2, "54132");
	assert_order(&l, by_comm, 1, "35421");
	unix_list_find(&l, 5)->has_uid = true;
	assert_order(&l, by_uid, 1, "54321");
	assert_order(&l, by_path, 2, "51342");
	unix_list_free(&l);
}

static char listener_path[] = "/run/sshd.sock", abstract_path[] = "\0a\x1b\0b";

static void assert_text(struct buf *b, const char *expected)
{
	buf_putc(b, '\0');
	assert_string_equal(b->data, expected);
	buf_free(b);
}

static const struct unix_socket listening = { .inode = 21345,
					      .netns = 7,
					      .refcnt = 2,
					      .path = listener_path,
					      .path_len = sizeof(listener_path) - 1,
					      .n_holders = 2,
					      .has_queues = true,
					      .recv_q = 1,
					      .send_q = 128,
					      .type = SOCK_STREAM,
					      .state = UNIX_LISTENING };
static const struct unix_socket client = { .inode = 30000,
					   .peer_inode = 21345,
					   .netns = 7,
					   .first_holder = 2,
					   .n_holders = 1,
					   .uid = 33,
					   .has_uid = true,
					   .type = SOCK_STREAM,
					   .state = UNIX_CONNECTED };
static const struct unix_socket abstract = { .inode = 30001,
					     .netns = 7,
					     .path = abstract_path,
					     .path_len = sizeof(abstract_path) - 1,
					     .type = SOCK_DGRAM };

static const struct unix_row rows[] = { { &listening, NULL, people, 1000 },
					{ &client, &listening, people, 1000 },
					{ &abstract, NULL, people, 1000 } };

TEST(render_unix__text_is_netstats_table)
{
	struct unix_widths w = { 0 };
	struct buf b = { 0 };

	for (size_t i = 0; i < COUNT(rows); i++)
		render_unix_fit(&w, &rows[i]);
	render_unix_text_header(&b, &w);
	for (size_t i = 0; i < COUNT(rows); i++)
		render_unix_text(&b, &w, &rows[i], i == 1);
	assert_text(&b, "Proto RefCnt Flags   Type      State         I-Node     "
			"PID/Program         Peer                Path\n"
			"unix  2      [ ACC ] STREAM    LISTENING     21345      "
			"811/sshd,812/s\\x0ah -                   /run/sshd.sock\n"
			"unix  -      [ ]     STREAM    CONNECTED     30000      "
			"900/client          811/sshd,812/s\\x0ah -> /run/sshd.sock uid=33 netns=7 "
			"peer_inode=21345\n"
			"unix  -      [ ]     DGRAM                   30001      "
			"-                   -                   @a\\x1b@b\n");
}

/* Its header has one row of 80, and so has a line with a short path. */
TEST(render_unix__text_for_a_narrow_terminal)
{
	struct unix_widths w = { 0 };
	struct buf b = { 0 };

	for (size_t i = 0; i < COUNT(rows); i++)
		render_unix_fit(&w, &rows[i]);
	render_unix_fit_terminal(&w, 80);
	render_unix_text_header(&b, &w);
	for (size_t i = 0; i < COUNT(rows); i++)
		render_unix_text(&b, &w, &rows[i], false);
	assert_text(&b, "Proto Ref Flags   Type      State     I-Node   "
			"PID/Program    Peer          Path\n"
			"unix  2   [ ACC ] STREAM    LISTENING 21345 "
			"811/sshd,812/s\\x0ah - /run/sshd.sock\n"
			"unix - [ ] STREAM CONNECTED 30000 "
			"900/cli+ 811/sshd,812/s\\x0ah -> /run/sshd.sock\n"
			"unix  -   [ ]     DGRAM               30001    "
			"-              -         @a\\x1b@b\n");
}

/* One socket that all have does not make every row as wide as all of them. */
TEST(render_unix__many_holders_widen_their_own_row_only)
{
	struct unix_socket shared = listening;
	struct holder many[200] = { 0 };
	struct unix_widths w = { 0 };
	struct buf b = { 0 };

	for (uint32_t i = 0; i < COUNT(many); i++)
		many[i] = (struct holder){ .pid = 1000 + i, .comm = "worker" };
	shared.n_holders = COUNT(many);
	render_unix_fit(&w, &(struct unix_row){ .socket = &shared, .holders = many });
	render_unix_fit(&w, &rows[1]);
	render_unix_text(&b, &w, &rows[1], false);
	assert_in_range(b.len, 80, 160);
	b.len = 0;
	render_unix_text(&b, &w, &(struct unix_row){ .socket = &shared, .holders = many }, false);
	assert_true(b.len > COUNT(many) * strlen("1000/worker,"));
	buf_free(&b);
}

TEST(render_unix__blanks_of_a_path_stay)
{
	static char path[] = "/run/x  ";
	struct unix_socket s = { .inode = 1, .path = path, .path_len = 8, .type = SOCK_DGRAM };
	struct unix_widths w = { 0 };
	struct buf b = { 0 };

	render_unix_text(&b, &w, &(struct unix_row){ .socket = &s }, false);
	assert_memory_equal(b.data + b.len - 10, " /run/x  \n", 10);
	buf_free(&b);
}

TEST(render_unix__json_is_an_object_a_line)
{
	struct render r = { 0 };
	struct buf b = { 0 };

	for (size_t i = 0; i < COUNT(rows); i++)
		render_unix_json(&r, &b, &rows[i]);
	assert_text(&b, "{\"time\":\"1970-01-01T00:00:00.000001000Z\",\"event\":\"socket\","
			"\"proto\":\"unix\",\"type\":\"STREAM\",\"state\":\"LISTENING\","
			"\"path\":\"/run/sshd.sock\",\"pid\":811,\"comm\":\"sshd\","
			"\"owner_source\":\"snapshot\",\"owners\":[{\"pid\":811,\"comm\":\"sshd\","
			"\"fd\":3},{\"pid\":812,\"comm\":\"s\\u000ah\",\"fd\":4}],\"inode\":21345,"
			"\"netns\":7,\"refcnt\":2,\"flags\":\"ACC\",\"recv_q\":1,\"send_q\":128}\n"
			"{\"time\":\"1970-01-01T00:00:00.000001000Z\",\"event\":\"socket\","
			"\"proto\":\"unix\",\"type\":\"STREAM\",\"state\":\"CONNECTED\","
			"\"pid\":900,\"comm\":\"client\",\"uid\":33,\"owner_source\":\"snapshot\","
			"\"owners\":[{\"pid\":900,\"comm\":\"client\",\"fd\":5}],\"inode\":30000,"
			"\"netns\":7,\"peer_inode\":21345,\"peer_path\":\"/run/sshd.sock\","
			"\"peer_owners\":[{\"pid\":811,\"comm\":\"sshd\",\"fd\":3},{\"pid\":812,"
			"\"comm\":\"s\\u000ah\",\"fd\":4}]}\n"
			"{\"time\":\"1970-01-01T00:00:00.000001000Z\",\"event\":\"socket\","
			"\"proto\":\"unix\",\"type\":\"DGRAM\",\"path\":\"@a\\u001b@b\","
			"\"owner_source\":\"unknown\",\"inode\":30001,\"netns\":7}\n");
}

TEST(render_unix__csv_has_as_many_fields_as_its_header)
{
	struct render r = { .time = STAMP_EPOCH };
	struct buf b = { 0 };

	render_unix_csv_header(&b);
	for (size_t i = 0; i < COUNT(rows); i++)
		render_unix_csv(&r, &b, &rows[i]);
	assert_text(&b, "time,event,proto,type,state,path,pid,comm,uid,owner_source,owners,inode,"
			"netns,refcnt,flags,recv_q,send_q,peer_inode,peer_path,peer_owners\n"
			"0.000001,socket,unix,STREAM,LISTENING,/run/sshd.sock,811,sshd,,snapshot,"
			"\"811/sshd 812/s\\x0ah\",21345,7,2,ACC,1,128,,,\n"
			"0.000001,socket,unix,STREAM,CONNECTED,,900,client,33,snapshot,900/client,"
			"30000,7,,,,,21345,/run/sshd.sock,\"811/sshd 812/s\\x0ah\"\n"
			"0.000001,socket,unix,DGRAM,,@a\\x1b@b,,,,unknown,,30001,7,,,,,,,\n");
}
