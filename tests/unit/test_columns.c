// SPDX-License-Identifier: GPL-2.0-only
/* Columns that the user chooses. */
#include "unit.h"

#include <string.h>

#include "base/buf.h"
#include "command_line.h"
#include "core/record.h"
#include "render/columns.h"
#include "render/fields.h"
#include "render/render.h"

static struct sw_event event_of(uint16_t port)
{
	struct sw_event e = { .kind = SW_EV_STATE, .old_state = SW_TCP_SYN_SENT };

	e.sock.proto = SW_PROTO_TCP;
	e.sock.state = SW_TCP_ESTABLISHED;
	e.sock.tuple.family = SW_AF_INET;
	e.sock.tuple.local_port = port;
	e.sock.pid = 811;
	e.sock.owner_source = SW_OWNER_CONNECT;
	strcpy(e.sock.comm, "a b");
	return e;
}

static const char *const names[] = { "state", "local_port", "comm", "old_state" };

static void check(const struct formatter *f, const struct record *rec, bool header,
		  const char *want)
{
	struct chosen chosen;
	struct render r = { .time = STAMP_ISO, .no_event = true, .chosen = &chosen };
	struct buf b = { 0 };

	chosen_init(&chosen, &record_schema, names, COUNT(names));
	chosen.whole = &render_json;
	if (header && f->header)
		f->header(&r, &b);
	f->record(&r, &b, rec);
	assert_false(buf_failed(&b));
	buf_putc(&b, '\0');
	assert_string_equal(b.data, want);
	buf_free(&b);
}

TEST(columns__json_has_them_in_their_order)
{
	struct sw_event e = event_of(443);

	check(&render_columns_json, &(struct record){ .ev = &e }, true,
	      "{\"state\":\"ESTABLISHED\",\"local_port\":443,\"comm\":\"a b\","
	      "\"old_state\":\"SYN_SENT\"}\n");
}

TEST(columns__csv_has_them_with_empty_cells)
{
	struct sw_event e = event_of(443);

	e.kind = SW_EV_SOCKET;
	check(&render_columns_csv, &(struct record){ .ev = &e }, true,
	      "state,local_port,comm,old_state\nESTABLISHED,443,\"a b\",\n");
}

TEST(columns__text_has_a_dash_for_nothing_and_numbers_on_the_right)
{
	struct sw_event e = event_of(443);

	e.kind = SW_EV_SOCKET;
	check(&render_columns_text, &(struct record){ .ev = &e }, true,
	      "state local_port comm old_state\nESTABLISHED        443 a b  -\n");
}

TEST(columns__what_is_about_no_socket_is_told_whole)
{
	struct sw_event e = { .kind = SW_EV_LOST };

	check(&render_columns_json, &(struct record){ .ev = &e, .lost = 7 }, true,
	      "{\"time\":\"1970-01-01T00:00:00.000000000Z\",\"event\":\"lost\",\"lost\":7}\n");
	check(&render_columns_csv, &(struct record){ .ev = &e, .lost = 7 }, false, "");
}

TEST(columns__rows_that_come_make_room)
{
	struct sw_event e = event_of(443);
	struct record rec = { .ev = &e };
	struct chosen chosen;
	struct render r = { .no_event = true, .chosen = &chosen };
	struct buf b = { 0 };

	chosen_init(&chosen, &record_schema, names, COUNT(names));
	render_columns_fit(&r, &rec);
	render_columns_text.header(&r, &b);
	render_columns_text.record(&r, &b, &rec);
	buf_putc(&b, '\0');
	assert_string_equal(b.data, "state       local_port comm old_state\n"
				    "ESTABLISHED        443 a b  SYN_SENT\n");
	buf_free(&b);
}

/* --- a terminal ------------------------------------------------------------------------------- */

/* Rows of a list, at a terminal of so many columns. */
static void check_terminal(int columns, const struct sw_event *events, size_t n, const char *want)
{
	static const char *const keys[] = { "time",	  "comm",  "local_addr",
					    "local_port", "state", "netns_name" };
	struct chosen chosen;
	struct render r = { .no_event = true, .chosen = &chosen };
	struct buf b = { 0 };

	chosen_init(&chosen, &record_schema, keys, COUNT(keys));
	for (size_t i = 0; i < n; i++)
		render_columns_fit(&r, &(struct record){ .ev = &events[i], .netns_name = "web" });
	render_columns_text.fit_terminal(&r, columns);
	render_columns_text.header(&r, &b);
	for (size_t i = 0; i < n; i++)
		render_columns_text.record(&r, &b,
					   &(struct record){ .ev = &events[i],
							     .netns_name = "web" });
	buf_putc(&b, '\0');
	unit_case("%d columns", columns);
	assert_string_equal(b.data, want);
	buf_free(&b);
}

static struct sw_event named_event(const char *comm)
{
	struct sw_event e = event_of(443);

	strcpy(e.sock.comm, comm);
	e.sock.tuple.local =
		(union sw_addr){ .b = { [10] = 0xff, [11] = 0xff, 192, 168, 110, 120 } };
	return e;
}

TEST(columns__a_terminal_has_them_in_one_row)
{
	const struct sw_event e[] = { named_event("clickhouse-serv"), named_event("sh") };

	check_terminal(
		0, e, 2,
		"time         comm            local_addr      local_port state       netns_name\n"
		"00:00:00.000 clickhouse-serv 192.168.110.120        443 ESTABLISHED web\n"
		"00:00:00.000 sh              192.168.110.120        443 ESTABLISHED web\n");
	check_terminal(
		77, e, 2, /* the fraction of a second */
		"time     comm            local_addr      local_port state       netns_name\n"
		"00:00:00 clickhouse-serv 192.168.110.120        443 ESTABLISHED web\n"
		"00:00:00 sh              192.168.110.120        443 ESTABLISHED web\n");
	check_terminal(66, e, 2, /* and ends of titles */
		       "time     comm            local_addr      local+ state       netns+\n"
		       "00:00:00 clickhouse-serv 192.168.110.120    443 ESTABLISHED web\n"
		       "00:00:00 sh              192.168.110.120    443 ESTABLISHED web\n");
	check_terminal(60, e, 2, /* and of texts */
		       "time     comm        local_addr      loca+ state       netn+\n"
		       "00:00:00 clickhouse+ 192.168.110.120   443 ESTABLISHED web\n"
		       "00:00:00 sh          192.168.110.120   443 ESTABLISHED web\n");
}

/* It takes the room in its own row. */
TEST(columns__a_long_address_leaves_the_others_where_they_are)
{
	struct sw_event e[] = { named_event("sh"), named_event("clickhouse-serv") };

	e[1].sock.tuple.family = SW_AF_INET6;
	memset(&e[1].sock.tuple.local, 0xfe, sizeof(e[1].sock.tuple.local));
	check_terminal(
		80, e, 2,
		"time     comm            local_addr            local_port state       netns_name\n"
		"00:00:00 sh              192.168.110.120              443 ESTABLISHED web\n"
		"00:00:00 clickhouse+ fefe:fefe:fefe:fefe:fefe:fefe:fefe:fefe 443 ESTABLISHED "
		"web\n");
}

TEST(columns__every_key_has_a_place_among_those_that_may_be_chosen)
{
	struct named_column column;
	size_t n = 0;

	for (; columns_at(false, n, &column); n++)
		assert_string_equal(column.name, record_schema.fields[n].key);
	assert_int_equal(n, record_schema.n);
	assert_true(n <= FIELDS_MAX);
}

/* --- the command line ------------------------------------------------------------------------- */

TEST(columns__are_taken_in_their_order_and_once)
{
	good("list --fields state,comm,state --fields pid");
	assert_int_equal(options.print.n_fields, 3);
	assert_string_equal(options.print.fields[0], "state");
	assert_string_equal(options.print.fields[2], "pid");
}

TEST(columns__what_they_need_is_asked_for)
{
	SETS("list --fields unit", print.details, true);
	SETS("list --fields comm", print.processes, false);
	SETS("list --fields exe", print.processes, true);
	SETS("list --fields timer_ms", rows.timers, true);
	SETS("list --fields cwnd", rows.info, true);
	SETS("list --fields mem_sent", rows.memory, true);
	SETS("list --fields remote_name", print.resolve, true);
	SETS("list --sort cwnd", rows.info, true);
	SETS("conns --fields segments_sent", rows.info, false);
	SETS("list --fields comm", select.unix_sockets, false);
}

TEST(columns__bad_names_have_the_nearest)
{
	bad("list --fields comn", "--fields: 'comn' is not a column (sockwatch --fields help lists "
				  "them): did you mean comm?");
	bad("list --fields state,", "--fields: '' is not a column");
	bad("list --fields zzzzzz", "lists them)");
	bad("list --sort unti", "did you mean unit?");
}

TEST(columns__what_does_not_go_together)
{
	bad("list --fields path", "only Unix sockets have 'path': list -x");
	bad("list -x --fields cwnd", "Unix sockets have no 'cwnd'");
	bad("list -tx --fields comm", "list -x");
	bad("list --by state --fields comm", "--by has columns of its own");
	bad("list -s --fields comm", "--statistics has columns of its own");
	bad("log --sql select --fields comm", "--sql has columns of its own");
	bad("list --json=ecs --fields comm", "keys of their own");
	bad("list -n --fields user", "--numeric wants none");
	bad("who 80 --fields comm", "--fields is not for who");
	bad("list --snapshot=proc --fields cwnd", "not told by /proc");
}

TEST(columns__list_sorts_by_any)
{
	SETS("list --sort bytes_sent", sorts[0], SORT_FIELD);
	SETS("list --sort state,unit", sorts[1], SORT_FIELD);
	assert_string_equal(options.sort_fields[1], "unit");
	SETS("list --sort local", sorts[0], SORT_ADDR);
	SETS("list --sort foreign", sorts[0], SORT_REMOTE);
	SETS("list --sort program", sorts[0], SORT_COMM);
	SETS("list --sort rtt", sorts[0], SORT_FIELD);
	assert_string_equal(options.sort_fields[0], "srtt_us");
	bad("list --sort rate", "a column of top");
	bad("list --by state --sort bytes_sent", "counts are sorted by");
	bad("log --sort bytes_sent", "in the order of time");
	bad("top --sort exe", "top sorts by a column");
	good("top --sort unit");
}

TEST(columns__list_sorts_unix_sockets_by_theirs)
{
	SETS("list -x --sort type", sorts[0], SORT_FIELD);
	SETS("list -x --sort refcnt,inode,flags", n_sorts, 3);
	SETS("list -x --sort i-node,peer,path,state", n_sorts, 4);
	assert_string_equal(options.sort_fields[0], "inode");
	assert_string_equal(options.sort_fields[1], "peer_owners");
	SETS("list -a --sort type,bytes_sent", n_sorts, 2); /* each table by what it has */
	bad("list -t --sort refcnt", "only Unix sockets have 'refcnt': list -x");
	bad("list -x --sort cwnd", "Unix sockets have no 'cwnd'");
	bad("list -x --sort port", "Unix sockets have no 'port'");
	bad("list -x --sort timer", "Unix sockets have no 'timer'");
}

TEST(columns__of_what_was_recorded_host_and_boot_are_the_records)
{
	SETS("log -j --tag host", print.machines, true);
	SETS("log -j --fields pid --tag boot", print.n_fields, 2);
	assert_string_equal(options.print.fields[1], "boot");
	SETS("log --fields host,pid", print.machines, true);
	SETS("log -j --at 1h --tag host", print.machines, true);
	SETS("log -j --tag host=a", print.machines, false);
	SETS("list -j --tag host", print.machines, false);
	bad("log -j --by comm --tag host", "--tag host=...");
}

TEST(columns__help_and_list_print_them)
{
	SETS("--fields help", action, ACTION_FIELDS);
	SETS("list --fields list", action, ACTION_FIELDS);
}

TEST(columns__a_plot_has_none)
{
	SETS("conns --plot", print.plot, PLOT_TEXT);
	SETS("log --plot=svg", print.plot, PLOT_SVG);
	bad("conns --plot=png", "'png' is not svg");
	bad("conns --plot -j", "leave --json out");
	bad("log --plot --by comm", "leave --by out");
	bad("conns --plot --fields comm", "leave --fields out");
	bad("list --plot", "--plot is not for list");
}
