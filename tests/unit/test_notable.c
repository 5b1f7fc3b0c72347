// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "conn.h"
#include "core/known.h"
#include "core/notable.h"
#include "core/record.h"

#define SEC 1000000000ull
#define BEGIN (1795475000ull * SEC)

struct told {
	struct notables *notables;
	struct known known;
	char text[8192]; /* a letter and what was told, of each */
	bool nobody;
};

static bool note(void *arg, enum notable_kind kind, const struct record *rec, uint64_t count)
{
	static const char letters[NOTABLE_KINDS] = { 'L', 'P', 'F', '-' };
	const struct sw_sock *s = rec ? &rec->ev->sock : NULL;
	struct told *t = arg;
	size_t len = strlen(t->text);

	if (t->nobody)
		return false;
	if (s)
		snprintf(t->text + len, sizeof(t->text) - len, "%c %.16s %u %u %u, ", letters[kind],
			 s->comm, s->tuple.local_port, s->tuple.remote_port, (unsigned int)count);
	else
		snprintf(t->text + len, sizeof(t->text) - len, "- %u, ", (unsigned int)count);
	return true;
}

static void begin(struct told *t)
{
	const struct notable_opts opts = { .chosen_first = 32768,
					   .chosen_last = 60999,
					   .learn_ns = 3600 * SEC,
					   .tell = note,
					   .arg = t };

	*t = (struct told){ 0 };
	known_init(&t->known, 77, BEGIN);
	t->notables = notables_new(&opts, &t->known);
	assert_non_null(t->notables);
}

static void end(struct told *t)
{
	notables_free(t->notables);
	known_free(&t->known);
}

static struct sw_conn to(const char *comm, uint16_t port)
{
	struct sw_conn c = { .history = SW_TCP_SYN_SENT << 8 | SW_TCP_ESTABLISHED << 4 |
					SW_TCP_TIME_WAIT,
			     .e = { .kind = SW_EV_CONN,
				    .age_ns = SEC / 10,
				    .sock = { .proto = SW_PROTO_TCP,
					      .have = SW_HAVE_AGE,
					      .pid = 9,
					      .owner_source = SW_OWNER_CONNECT,
					      .tuple = { .remote_port = port } } } };

	strncpy(c.e.sock.comm, comm, SW_COMM_LEN - 1);
	return c;
}

/* A connect that came to nothing after `age_ns`. */
static struct sw_conn failed(const char *comm, uint16_t port, uint8_t reason, uint64_t age_ns)
{
	struct sw_conn c = to(comm, port);

	c.history = SW_TCP_SYN_SENT << 4 | SW_TCP_CLOSE;
	c.e.reason = reason;
	c.e.age_ns = age_ns;
	return c;
}

static struct sw_event listens(const char *comm, uint16_t port)
{
	struct sw_event e = { .kind = SW_EV_STATE,
			      .old_state = SW_TCP_CLOSE,
			      .sock = { .proto = SW_PROTO_TCP,
					.state = SW_TCP_LISTEN,
					.pid = 9,
					.owner_source = SW_OWNER_LISTEN,
					.tuple = { .local_port = port } } };

	strncpy(e.sock.comm, comm, SW_COMM_LEN - 1);
	return e;
}

static void take_event(struct told *t, uint64_t second, struct sw_event e)
{
	struct record rec = { .ev = &e, .wall_ns = BEGIN + second * SEC };

	notables_take(t->notables, &rec);
}

static void take_conn(struct told *t, uint64_t second, struct sw_conn c)
{
	struct record rec = { .ev = &c.e, .conn = &c, .wall_ns = BEGIN + second * SEC };

	notables_take(t->notables, &rec);
}

TEST(notable__what_is_new_after_the_first_hour)
{
	struct told t;

	begin(&t);
	take_event(&t, 10, listens("sshd", 22));
	take_conn(&t, 20, to("curl", 443));
	take_event(&t, 4000, listens("sshd", 22));
	take_event(&t, 4001, listens("nc", 22));
	take_event(&t, 4002, listens("sshd", 2222));
	take_event(&t, 4003, listens("sshd", 2222));
	take_conn(&t, 4004, to("curl", 443));
	take_conn(&t, 4005, to("curl", 80));
	take_conn(&t, 4006, to("curl", 80));
	take_conn(&t, 4007, to("wget", 443));
	assert_string_equal(t.text,
			    "L nc 22 0 0, L sshd 2222 0 0, P curl 0 80 0, P wget 0 443 0, ");
	end(&t);
}

TEST(notable__a_program_is_its_executable)
{
	struct sw_event e = listens("name", 80);
	struct record rec = { .ev = &e, .exe = "/usr/sbin/a", .wall_ns = BEGIN + 4000 * SEC };
	struct told t;

	begin(&t);
	notables_take(t.notables, &rec);
	memcpy(e.sock.comm, "more", 5);
	notables_take(t.notables, &rec);
	rec.exe = "/tmp/a";
	notables_take(t.notables, &rec);
	assert_string_equal(t.text, "L name 80 0 0, L more 80 0 0, ");
	end(&t);
}

TEST(notable__ports_that_the_kernel_chooses_are_one)
{
	struct sw_event bound = listens("dns", 5353);
	struct told t;

	begin(&t);
	take_event(&t, 4000, listens("ftpd", 40001));
	take_event(&t, 4001, listens("ftpd", 40002));
	bound.kind = SW_EV_BIND;
	bound.sock.proto = SW_PROTO_UDP;
	bound.sock.state = 0;
	take_event(&t, 4002, bound);
	bound.sock.tuple.local_port = 40003;
	take_event(&t, 4003, bound);
	bound.reason = SW_REASON_REFUSED; /* any: it was not bound */
	bound.sock.tuple.local_port = 53;
	take_event(&t, 4004, bound);
	assert_string_equal(t.text, "L ftpd 40001 0 0, L dns 5353 0 0, ");
	end(&t);
}

TEST(notable__failures_in_a_row)
{
	struct told t;

	begin(&t);
	for (uint64_t i = 0; i < 4; i++)
		take_conn(&t, i, failed("curl", 80, SW_REASON_REFUSED, 0));
	take_conn(&t, 4, to("curl", 80));
	for (uint64_t i = 5; i < 60; i++) {
		take_conn(&t, i, failed("curl", 80, SW_REASON_REFUSED, 0));
		take_conn(&t, i, failed("curl", 81 + (uint16_t)i, SW_REASON_REFUSED, 0));
	}
	assert_string_equal(t.text, "F curl 0 80 5, F curl 0 80 50, ");
	take_conn(&t, 4000, to("curl", 90)); /* it was tried, and not used */
	assert_string_equal(t.text, "F curl 0 80 5, F curl 0 80 50, P curl 0 90 0, ");
	end(&t);
}

TEST(notable__what_is_soon_given_up_is_no_failure)
{
	struct told t;

	begin(&t);
	for (uint64_t i = 0; i < 20; i++)
		take_conn(&t, i, failed("browser", 443, SW_REASON_ABORTED, SEC / 4));
	for (uint64_t i = 0; i < 5; i++)
		take_conn(&t, i, failed("curl", 443, SW_REASON_ABORTED, 2 * SEC));
	assert_string_equal(t.text, "F curl 0 443 5, ");
	end(&t);
}

TEST(notable__what_is_too_much_is_counted_and_told_as_that)
{
	struct told t;

	begin(&t);
	for (uint16_t i = 0; i < 100; i++)
		take_event(&t, 4000, listens("x", 1000 + i));
	assert_int_equal(notables_left_out(t.notables), 80);
	t.text[0] = '\0';
	notables_tick(t.notables, BEGIN + 4001 * SEC);
	assert_string_equal(t.text, "");
	notables_tick(t.notables, BEGIN + 4004 * SEC);
	notables_tick(t.notables, BEGIN + 4005 * SEC);
	assert_string_equal(t.text, "- 80, ");
	take_event(&t, 4005, listens("y", 1));
	take_event(&t, 4500, listens("z", 1));
	assert_string_equal(t.text, "- 80, L z 1 0 0, ");
	assert_int_equal(notables_left_out(t.notables), 1);
	end(&t);
}

TEST(notable__what_nobody_takes_is_counted_too)
{
	struct told t;

	begin(&t);
	t.nobody = true;
	take_event(&t, 4000, listens("x", 1000));
	notables_tick(t.notables, BEGIN + 4001 * SEC);
	assert_int_equal(notables_left_out(t.notables), 1);
	t.nobody = false;
	notables_tick(t.notables, BEGIN + 4002 * SEC);
	assert_string_equal(t.text, "- 1, ");
	end(&t);
}

TEST(notable__without_an_owner_nothing_is)
{
	struct sw_event e = listens("x", 80);
	struct told t;

	begin(&t);
	e.sock.owner_source = SW_OWNER_UNKNOWN;
	take_event(&t, 4000, e);
	assert_int_equal(t.known.n, 0);
	end(&t);
}
