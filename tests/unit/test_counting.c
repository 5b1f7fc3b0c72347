// SPDX-License-Identifier: GPL-2.0-only
/* Pages that count: which sockets of two pages are the same one. */
#include "unit.h"

#include <string.h>

#include "base/buf.h"
#include "base/output.h"
#include "core/opts.h"
#include "core/record.h"
#include "sink/count.h"

#define SECOND 1000000000ull

static void page_of(struct counting *c, uint64_t seconds, const struct sw_event *ev)
{
	struct record rec = { .ev = ev };

	assert_int_equal(counting_begin(c, seconds * SECOND), 0);
	assert_int_equal(c->sink.ops->record(&c->sink, &rec), 0);
	c->out->buf.len = 0;
	counting_put(c, 0);
	buf_putc(&c->out->buf, '\0');
}

/* The sources of rows differ in whether they know it, and pages may come from more than one. */
TEST(counting__a_socket_that_gets_its_cookie_is_no_other)
{
	struct count_opts count = { .keys = { TALLY_STATE }, .n_keys = 1 };
	struct print_opts print = { .format = OUTPUT_JSON };
	struct output out = { .fd = -1 };
	struct sw_event ev = { .kind = SW_EV_SOCKET,
			       .sock = { .inode = 7, .state = SW_TCP_CLOSE_WAIT } };
	struct counting c;

	counting_init(&c, &count, &print, &out, true);
	page_of(&c, 1, &ev);
	ev.sock.cookie = 99;
	page_of(&c, 3, &ev);
	assert_non_null(strstr(out.buf.data, "\"oldest_us\":2000000"));
	ev.sock.cookie = 0;
	page_of(&c, 6, &ev);
	assert_non_null(strstr(out.buf.data, "\"oldest_us\":5000000"));
	counting_free(&c);
	output_free(&out);
}
