// SPDX-License-Identifier: GPL-2.0-only
/* The input is a table of /proc/net/tcp or tcp6: its lines, and all that are sockets together. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "core/row.h"
#include "core/select.h"
#include "filter.h"
#include "fuzz.h"
#include "proc/net_tcp.h"

#define CUTS_MAX 512 /* longer lines are not tried at every length */

/* One side as the kernel prints it: words of this machine, so that the bytes are the address. */
static int print_endpoint(char *text, size_t size, int family, const union sw_addr *a,
			  unsigned port)
{
	uint32_t w[4];

	memcpy(w, a->b, sizeof(w));
	if (family == SW_AF_INET)
		return snprintf(text, size, "%08X:%04X", w[3], port);
	return snprintf(text, size, "%08X%08X%08X%08X:%04X", w[0], w[1], w[2], w[3], port);
}

/* What the kernel would print for a row is understood as the same row. */
static void check_round_trip(const struct sw_row *row, int family)
{
	const struct sw_tuple *t = &row->sock.tuple;
	char local[48], remote[48], line[256];
	struct sw_row again;
	int n;

	print_endpoint(local, sizeof(local), family, &t->local, t->local_port);
	print_endpoint(remote, sizeof(remote), family, &t->remote, t->remote_port);
	n = snprintf(line, sizeof(line),
		     "%4d: %s %s %02X %08X:%08X %02X:%08X %08X %5u %8u %" PRIu64 " %d 0", 7, local,
		     remote, row->sock.state, row->send_q, row->recv_q, row->timer.kind,
		     row->timer.ms / 10, row->timer.retransmits, row->sock.uid, row->timer.probes,
		     (uint64_t)row->sock.inode, 1);
	FUZZ_CHECK(n > 0 && (size_t)n < sizeof(line));
	if (row->sock.have & SW_HAVE_DROPS)
		n += snprintf(line + n, sizeof(line) - (size_t)n, " %u", row->drops);
	FUZZ_CHECK((size_t)n < sizeof(line));
	FUZZ_CHECK(net_tcp_parse_line(line, (size_t)n, family, &again) == 0);
	FUZZ_CHECK(!memcmp(&again, row, sizeof(again)));
}

/*
 * A line that was cut is refused, or says the same: never another inode, and so another owner. But
 * for the drops, which its last word is taken for.
 */
static void check_cuts(const char *line, size_t len, int family, const struct sw_row *whole)
{
	for (size_t n = 0; n < len && n < CUTS_MAX; n++) {
		char *cut = malloc(n + 1); /* malloc(0) may be NULL */
		struct sw_row row;

		FUZZ_CHECK(cut);
		memcpy(cut + 1, line, n);
		if (!net_tcp_parse_line(cut + 1, n, family, &row)) {
			row.drops = whole->drops;
			row.sock.have &= ~(uint32_t)SW_HAVE_DROPS;
			row.sock.have |= whole->sock.have & SW_HAVE_DROPS;
			FUZZ_CHECK(!memcmp(&row, whole, sizeof(row)));
		}
		free(cut);
	}
}

static void check_row(const struct sw_row *row, int family)
{
	FUZZ_CHECK(row->sock.state >= SW_TCP_ESTABLISHED && row->sock.state < SW_TCP_STATES);
	FUZZ_CHECK(row->sock.tuple.family == family);
	FUZZ_CHECK(!row->sock.tuple.netns && !row->n_holders && !row->sock.owner_source);
	if (family == SW_AF_INET)
		FUZZ_CHECK(sw_is_v4mapped(&row->sock.tuple.local) &&
			   sw_is_v4mapped(&row->sock.tuple.remote));
	if (row->sock.state == SW_TCP_LISTEN)
		FUZZ_CHECK(!row->sock.tuple.remote_port);
	check_round_trip(row, family);
}

static void take_line(const char *line, size_t len, int family, struct snapshot *s)
{
	struct sw_row row, before;
	struct holder holder = { .fd = 3 };
	int err;

	memset(&row, 0xa5, sizeof(row));
	before = row;
	err = net_tcp_parse_line(line, len, family, &row);
	FUZZ_CHECK(err == 0 || err == -ENODATA || err == -EBADMSG);
	if (err) {
		FUZZ_CHECK(!memcmp(&row, &before, sizeof(row)));
		return;
	}
	check_row(&row, family);
	check_cuts(line, len, family, &row);
	if (row.sock.inode) { /* held by a process of that number */
		holder.pid = (uint32_t)row.sock.inode;
		row.first_holder = (uint32_t)s->n_holders;
		row.n_holders = 1;
		FUZZ_CHECK(!snapshot_add_holder(s, &holder));
	}
	FUZZ_CHECK(!snapshot_add_row(s, &row));
}

static void check_table(struct snapshot *s)
{
	bool listeners = true;

	rows_sort(s);
	rows_inherit(s);
	for (size_t i = 0; i < s->n_rows; i++) {
		const struct sw_row *row = &s->rows[i];
		struct sw_event e;

		listeners = listeners && row->sock.state == SW_TCP_LISTEN;
		FUZZ_CHECK(listeners || row->sock.state != SW_TCP_LISTEN);
		if (row->sock.owner_source == SW_OWNER_INHERITED)
			FUZZ_CHECK(!row->sock.inode && !row->n_holders);
		row_to_event(row, 1, &e);
		FUZZ_CHECK(row->n_holders || row->sock.owner_source || !e.sock.pid);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int families[] = { SW_AF_INET, SW_AF_INET6 };

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		struct input in = input_of(data, size);
		struct snapshot s = { 0 };
		char *line;
		size_t len;

		while ((line = input_line(&in, &len))) {
			take_line(line, len, families[i], &s);
			free(line);
		}
		check_table(&s);
		snapshot_free(&s);
	}
	return 0;
}
