// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is read as lines of /proc/net/packet and /proc/net/netlink, and as a message of
 * sock_diag of each family and of conntrack. What comes of it is told in every format.
 */
#include <errno.h>
#include <string.h>

#include <linux/netlink.h>

#include "base/buf.h"
#include "core/family.h"
#include "core/record.h"
#include "core/row.h"
#include "core/select.h"
#include "fuzz.h"
#include "netlink/conntrack.h"
#include "netlink/family_diag.h"
#include "netlink/inet_diag.h"
#include "proc/net_family.h"
#include "render/render.h"

static const uint8_t protos[] = { SW_PROTO_PACKET, SW_PROTO_NETLINK, SW_PROTO_VSOCK, SW_PROTO_XDP };

static void tell(const struct formatter *f, const struct record *rec)
{
	struct render r = { .extended = true, .no_event = true };
	struct buf b = { 0 };

	render_text_fit(&r, rec);
	f->record(&r, &b, rec);
	FUZZ_CHECK(!b.failed && b.len && b.data[b.len - 1] == '\n');
	for (size_t i = 0; i + 1 < b.len; i++)
		FUZZ_CHECK((unsigned char)b.data[i] >= ' ' && b.data[i] != 0x7f);
	buf_free(&b);
}

static void check_row(const struct sw_row *row, uint8_t proto)
{
	struct sw_event e;
	struct record rec = { .ev = &e, .row = row };

	FUZZ_CHECK(row->sock.proto == proto && row->sock.state < SW_TCP_STATES);
	FUZZ_CHECK(!row->n_holders && !row->sock.tuple.netns && !row->sock.owner_source);
	row_to_event(row, 1, &e);
	tell(&render_text, &rec);
	tell(&render_json, &rec);
	tell(&render_csv, &rec);
}

static void take_line(const char *line, size_t len)
{
	for (size_t i = 0; i < 2; i++) {
		struct sw_row row;
		int err = net_family_parse_line(protos[i], line, len, &row);

		FUZZ_CHECK(err == 0 || err == -ENODATA || err == -EBADMSG);
		if (!err)
			check_row(&row, protos[i]);
	}
}

/* In memory of its own, so that a read behind it is seen; its length is made to fit. */
static void take_message(const uint8_t *data, size_t size)
{
	char *message = malloc(size ? size : 1);
	uint32_t len = (uint32_t)size;
	struct conntrack tracked;
	struct sw_tuple other;
	struct sw_row row;

	FUZZ_CHECK(message);
	if (size)
		memcpy(message, data, size);
	if (size >= sizeof(struct nlmsghdr))
		memcpy(message, &len, sizeof(len));
	for (size_t i = 0; i < sizeof(protos); i++)
		if (!family_diag_take(protos[i], message, size, &row))
			check_row(&row, protos[i]);
	if (!inet_diag_take(SW_PROTO_META, message, size, &row))
		check_row(&row, SW_PROTO_META);
	if (!inet_diag_take(SW_PROTO_TCP, message, size, &row)) {
		check_row(&row, SW_PROTO_TCP);
		FUZZ_CHECK(row.timer.kind <= SW_TIMER_PROBE);
	}
	if (conntrack_take(message, size, &tracked) > 0) {
		FUZZ_CHECK(tracked.proto == SW_PROTO_TCP || tracked.proto == SW_PROTO_UDP);
		FUZZ_CHECK(tracked.asked.local_port && tracked.got.local_port);
		FUZZ_CHECK(conntrack_other(message, size, tracked.proto, &tracked.got, &other) >=
			   0);
	}
	free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	char *line;
	size_t len;

	while ((line = input_line(&in, &len))) {
		take_line(line, len);
		free(line);
	}
	take_message(data, size);
	return 0;
}
