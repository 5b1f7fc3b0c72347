// SPDX-License-Identifier: GPL-2.0-only
/* What is told at the start: rows of a table that changed while it was read, and the events. */
#include "merge_scene.h"

/* --- one socket -------------------------------------------------------------------------------
 */

TEST(merge__nothing_at_all_is_no_error)
{
	merge_check("");
}

TEST(merge__row_read_after_its_events_is_told_in_the_state_before_them)
{
	merge_check("change 1 11 1000>80 ESTABLISHED FIN_WAIT1 ESTABLISHED\n"
		    "change 1 0 1000>80 FIN_WAIT1 FIN_WAIT2 ESTABLISHED\n"
		    "listed 1000>80 FIN_WAIT2 0\n"
		    "told 1000>80 ESTABLISHED 0\n");
}

TEST(merge__row_read_before_its_events_is_told_once)
{
	merge_check("change 1 11 1000>80 ESTABLISHED CLOSE ESTABLISHED\n"
		    "listed 1000>80 ESTABLISHED 11\n"
		    "told 1000>80 ESTABLISHED 11\n");
}

TEST(merge__live_close_beats_snapshot_row)
{
	merge_check("change 1 0 1000>80 CLOSE_WAIT LAST_ACK CLOSE_WAIT\n"
		    "change 1 0 1000>80 LAST_ACK CLOSE CLOSE_WAIT\n"
		    "listed 1000>80 LAST_ACK 0\n"
		    "told 1000>80 CLOSE_WAIT 0\n");
}

TEST(merge__socket_born_after_attach_has_no_row)
{
	merge_check("change 1 11 1000>80 CLOSE SYN_SENT -\n"
		    "change 1 11 1000>80 SYN_SENT ESTABLISHED -\n"
		    "change 2 12 8080>0 CLOSE LISTEN -\n"
		    "change 3 0 8080>999 LISTEN SYN_RECV -\n"
		    "change 3 0 8080>999 SYN_RECV ESTABLISHED -\n"
		    "listed 1000>80 ESTABLISHED 11\n"
		    "listed 8080>0 LISTEN 12\n"
		    "listed 8080>999 ESTABLISHED 0\n");
}

TEST(merge__row_of_a_request_becomes_the_childs_events)
{
	merge_check("change 3 0 80>999 LISTEN SYN_RECV -\n"
		    "change 3 0 80>999 SYN_RECV ESTABLISHED -\n"
		    "listed 80>999 SYN_RECV 0\n");
}

TEST(merge__time_wait_row_of_a_connection_told_by_events_is_dropped)
{
	merge_check("change 1 11 1000>80 CLOSE SYN_SENT -\n"
		    "change 1 11 1000>80 SYN_SENT ESTABLISHED -\n"
		    "change 1 11 1000>80 ESTABLISHED FIN_WAIT1 -\n"
		    "change 1 0 1000>80 FIN_WAIT1 FIN_WAIT2 -\n"
		    "change 1 0 1000>80 FIN_WAIT2 TIME_WAIT -\n"
		    "listed 1000>80 TIME_WAIT 0\n");
}

TEST(merge__time_wait_row_of_an_older_connection_is_told_as_it_was)
{
	merge_check("change 1 11 1000>80 ESTABLISHED FIN_WAIT1 ESTABLISHED\n"
		    "change 1 0 1000>80 FIN_WAIT1 FIN_WAIT2 ESTABLISHED\n"
		    "change 1 0 1000>80 FIN_WAIT2 TIME_WAIT ESTABLISHED\n"
		    "listed 1000>80 ESTABLISHED 11\n"
		    "listed 1000>80 TIME_WAIT 0\n" /* of another chunk of the same table */
		    "told 1000>80 ESTABLISHED 11\n");
}

TEST(merge__syn_sent_without_a_port_is_found_once_the_port_is_known)
{
	merge_check("change 1 0 0>80 CLOSE SYN_SENT -\n"
		    "change 1 0 1000>80 SYN_SENT ESTABLISHED -\n"
		    "listed 1000>80 SYN_SENT 11\n");
}

TEST(merge__syn_sent_without_a_port_is_found_by_its_inode)
{
	merge_check("change 1 11 0>80 CLOSE SYN_SENT -\n"
		    "listed 1000>80 SYN_SENT 11\n");
}

TEST(merge__two_connects_without_a_port_are_two_sockets)
{
	merge_check("change 1 11 0>80 CLOSE SYN_SENT -\n"
		    "change 2 12 0>80 CLOSE SYN_SENT -\n"
		    "listed 1000>80 SYN_SENT 11\n"
		    "listed 1001>80 SYN_SENT 12\n"
		    "listed 1002>80 SYN_SENT 13\n"
		    "told 1002>80 SYN_SENT 13\n");
}

TEST(merge__accept_alone_begins_no_chain)
{
	merge_check("accept 1 11 80>999\n"
		    "listed 80>999 ESTABLISHED 0\n"
		    "told 80>999 ESTABLISHED 0\n");
}

TEST(merge__accept_then_end_is_told_in_the_state_at_attach)
{
	merge_check("accept 1 11 80>999\n"
		    "change 1 11 80>999 ESTABLISHED CLOSE_WAIT ESTABLISHED\n"
		    "listed 80>999 CLOSE_WAIT 11\n"
		    "told 80>999 ESTABLISHED 11\n");
}

TEST(merge__accept_teaches_a_child_its_inode)
{
	merge_check("change 1 0 80>999 LISTEN SYN_RECV -\n"
		    "accept 1 11 80>999\n"
		    "listed 80>999 ESTABLISHED 11\n");
}

/* ESTABLISHED -> FIN_WAIT1 of the first, CLOSE -> SYN_SENT of the second. */
TEST(merge__lost_first_event_changes_nothing)
{
	merge_check("change 1 0 1000>80 FIN_WAIT1 FIN_WAIT2 ESTABLISHED\n"
		    "change 2 0 1001>80 SYN_SENT ESTABLISHED -\n"
		    "listed 1000>80 FIN_WAIT2 0\n"
		    "listed 1001>80 ESTABLISHED 0\n"
		    "told 1000>80 ESTABLISHED 0\n");
}

TEST(merge__report_of_loss_between_events_is_no_socket)
{
	merge_check("lost\n"
		    "listed 1000>80 ESTABLISHED 11\n"
		    "told 1000>80 ESTABLISHED 11\n");
}

/*
 * The state it is told in and the address it is told with are of the same moment: a row that says
 * LISTEN on 10.0.0.1:1000 with a peer 10.0.0.2:99 is of no socket that ever was.
 */
TEST(merge__listener_that_is_reused_for_a_connect_is_one_socket)
{
	merge_check("change 1 11 80>0 LISTEN CLOSE LISTEN\n"
		    "change 1 11 0>99 CLOSE SYN_SENT LISTEN\n"
		    "listed 1000>99 SYN_SENT 11\n"
		    "told 80>0 LISTEN 11\n");
}

/* Its table was read in between. */
TEST(merge__listener_that_is_reused_for_a_connect_is_told_where_it_listened)
{
	merge_check("change 1 11 80>0 LISTEN CLOSE LISTEN\n"
		    "change 1 11 0>99 CLOSE SYN_SENT LISTEN\n"
		    "told 80>0 LISTEN 11 unlisted\n");
}

/* --- several sockets --------------------------------------------------------------------------
 */

TEST(merge__tuple_used_by_two_sockets_in_turn_tells_the_older)
{
	merge_check("change 1 11 1000>80 ESTABLISHED CLOSE ESTABLISHED\n"
		    "change 2 12 0>80 CLOSE SYN_SENT -\n"
		    "change 2 12 1000>80 SYN_SENT ESTABLISHED -\n"
		    "listed 1000>80 ESTABLISHED 12\n" /* only the younger was left to be read */
		    "told 1000>80 ESTABLISHED 11 unlisted\n");
}

TEST(merge__time_wait_row_goes_to_the_older_of_two_sockets_in_turn)
{
	merge_check("change 1 11 1000>80 ESTABLISHED FIN_WAIT1 ESTABLISHED\n"
		    "change 1 0 1000>80 FIN_WAIT1 TIME_WAIT ESTABLISHED\n"
		    "change 2 12 1000>80 CLOSE SYN_SENT -\n"
		    "listed 1000>80 TIME_WAIT 0\n"
		    "listed 1000>80 SYN_SENT 12\n"
		    "told 1000>80 ESTABLISHED 0\n");
}

TEST(merge__reuseport_listeners_are_told_apart_by_inode)
{
	merge_check("change 2 12 80>0 LISTEN CLOSE LISTEN\n"
		    "change 4 14 80>0 CLOSE LISTEN -\n"
		    "listed 80>0 LISTEN 11\n"
		    "listed 80>0 LISTEN 12\n"
		    "listed 80>0 LISTEN 13\n"
		    "listed 80>0 LISTEN 14\n"
		    "told 80>0 LISTEN 11\n"
		    "told 80>0 LISTEN 12\n"
		    "told 80>0 LISTEN 13\n");
}

TEST(merge__same_tuple_in_two_namespaces_is_two_sockets)
{
	merge_check("change 1 0 1000>80 SYN_SENT ESTABLISHED -\n"
		    "listed 1000>80 ESTABLISHED 0\n"
		    "listed 2/1000>80 CLOSE_WAIT 0\n"
		    "told 2/1000>80 CLOSE_WAIT 0\n");
}

TEST(merge__v4_mapped_connection_is_the_same_in_table_and_event)
{
	merge_check("change 1 0 1000>80 ESTABLISHED CLOSE ESTABLISHED\n"
		    "listed ipv6/1000>80 ESTABLISHED 0\n"
		    "told 1000>80 ESTABLISHED 0\n");
}

TEST(merge__row_that_a_busy_table_lists_twice_is_told_once)
{
	merge_check("listed 1000>80 ESTABLISHED 11\n"
		    "listed 80>0 LISTEN 12\n"
		    "listed 1001>80 TIME_WAIT 0\n"
		    "listed 1000>80 ESTABLISHED 11\n"
		    "listed 80>0 LISTEN 12\n"
		    "listed 1001>80 TIME_WAIT 0\n"
		    "told 1000>80 ESTABLISHED 11\n"
		    "told 80>0 LISTEN 12\n"
		    "told 1001>80 TIME_WAIT 0\n");
}

TEST(merge__both_ends_of_a_loopback_connection_are_told)
{
	struct sw_tuple client = tuple(1000, 80), server = tuple(80, 1000);
	struct snapshot s = { 0 };

	server.local = client.remote = client.local;
	server.remote = client.local;
	add_row(&s, tcp_row(client, SW_TCP_ESTABLISHED, 11));
	add_row(&s, tcp_row(server, SW_TCP_ESTABLISHED, 12));
	merge(&s, NULL, 0);
	assert_int_equal(s.n_rows, 2);
	snapshot_free(&s);
}

/* --- cookies ----------------------------------------------------------------------------------
 */

/* A socket that ended gave the newer one its inode and its tuple: the older is told. */
TEST(merge__row_goes_by_its_cookie_before_all_else)
{
	merge_check("change 7 11 4000>80 LAST_ACK CLOSE LAST_ACK\n"
		    "change 8 11 4000>80 CLOSE SYN_SENT -\n"
		    "listed 4000>80 ESTABLISHED 11 8\n"
		    "told 4000>80 LAST_ACK 11 unlisted\n");
}

TEST(merge__row_with_another_cookie_is_another_socket)
{
	merge_check("change 8 0 4000>80 CLOSE SYN_SENT -\n"
		    "listed 4000>80 TIME_WAIT 0 7\n" /* it was recycled by what the event tells */
		    "told 4000>80 TIME_WAIT 0\n");
}

/* --- a kernel that gives no cookies (5.10) ----------------------------------------------------
 */

TEST(merge__without_cookies_events_go_by_tuple)
{
	merge_check("change 0 11 1000>80 ESTABLISHED FIN_WAIT1 ESTABLISHED\n"
		    "change 0 0 0>80 CLOSE SYN_SENT -\n"
		    "change 0 0 1002>80 CLOSE_WAIT LAST_ACK CLOSE_WAIT\n"
		    "change 0 0 1001>80 SYN_SENT ESTABLISHED -\n"
		    "change 0 0 1000>80 FIN_WAIT1 FIN_WAIT2 ESTABLISHED\n"
		    "change 0 0 1002>80 LAST_ACK CLOSE CLOSE_WAIT\n"
		    "listed 1001>80 ESTABLISHED 12\n"
		    "listed 1000>80 FIN_WAIT2 0\n"
		    "told 1000>80 ESTABLISHED 0\n"
		    "told 1002>80 CLOSE_WAIT 0 unlisted\n");
}

TEST(merge__without_cookies_two_sockets_in_turn_are_told_apart)
{
	merge_check("change 0 11 1000>80 ESTABLISHED CLOSE ESTABLISHED\n"
		    "change 0 12 0>80 CLOSE SYN_SENT -\n"
		    "change 0 12 1000>80 SYN_SENT ESTABLISHED -\n"
		    "listed 1000>80 ESTABLISHED 12\n"
		    "told 1000>80 ESTABLISHED 11 unlisted\n");
}

/* The younger is accepted, so it is told apart by first_state before it has an inode. */
TEST(merge__without_cookies_a_child_with_an_old_tuple_is_told_apart)
{
	merge_check("change 0 11 80>999 ESTABLISHED CLOSE ESTABLISHED\n"
		    "change 0 0 80>999 LISTEN SYN_RECV -\n"
		    "change 0 0 80>999 SYN_RECV ESTABLISHED -\n"
		    "accept 0 12 80>999\n"
		    "listed 80>999 ESTABLISHED 12\n"
		    "told 80>999 ESTABLISHED 11 unlisted\n");
}

/* Such a kernel numbers a socket when ss asks for it, which may be in the middle of its events. */
TEST(merge__cookie_that_comes_late_is_of_the_same_socket)
{
	merge_check("change 0 0 1000>80 ESTABLISHED FIN_WAIT1 ESTABLISHED\n"
		    "change 7 0 1000>80 FIN_WAIT1 FIN_WAIT2 ESTABLISHED\n"
		    "change 7 0 1000>80 FIN_WAIT2 CLOSE ESTABLISHED\n"
		    "listed 1000>80 ESTABLISHED 11\n"
		    "told 1000>80 ESTABLISHED 11\n");
}

/* Both are closed before the table is read. */
TEST(merge__without_cookies_reuseport_listeners_go_by_inode)
{
	merge_check("change 0 11 80>0 LISTEN CLOSE LISTEN\n"
		    "change 0 12 80>0 LISTEN CLOSE LISTEN\n"
		    "told 80>0 LISTEN 11 unlisted\n"
		    "told 80>0 LISTEN 12 unlisted\n");
}

/* --- UDP --------------------------------------------------------------------------------------
 */

TEST(merge__udp_sockets_that_share_an_address_are_all_told)
{
	merge_check("listed udp/53>0 CLOSE 11\n"
		    "listed udp/53>0 CLOSE 12\n"
		    "listed udp/53>0 CLOSE 11\n" /* listed again */
		    "told udp/53>0 CLOSE 11\n"
		    "told udp/53>0 CLOSE 12\n");
}
