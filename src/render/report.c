// SPDX-License-Identifier: GPL-2.0-only
#include "render/report.h"

#include <string.h>

#include "base/buf.h"
#include "core/addr.h"
#include "core/names.h"
#include "core/report.h"
#include "render/escape.h"
#include "render/stamp.h"

#define PEERS_SHOWN 40
#define FAILURES_SHOWN 30
#define LISTENERS_SHOWN 60
#define HOLES_SHOWN 20
#define ASKED_MOST 500

/* --- cells ------------------------------------------------------------------------------------ */

void report_put_process(struct buf *b, const struct report_key *key, size_t most)
{
	size_t len = strnlen(key->comm, sizeof(key->comm));

	if (len)
		escape_html(b, key->comm, len, most);
	else
		buf_puts(b, key->kernel ? "the kernel" : "not known who");
}

static const char *proto_of(const struct report_key *key)
{
	const struct sw_event e = { .sock.proto = key->proto };

	return proto_name(&e);
}

void report_put_port(struct buf *b, const struct report_key *key)
{
	buf_puts(b, proto_of(key));
	if (!key->port)
		return;
	buf_putc(b, ' ');
	buf_put_u64(b, key->port);
}

void report_put_more(struct buf *b, size_t n, const char *of)
{
	buf_puts(b, "and ");
	buf_put_grouped(b, n);
	buf_puts(b, " more");
	buf_puts(b, of);
}

static void put_number_cell(struct buf *b, uint64_t n, const char *class)
{
	buf_putf(b, "<td class=\"n%s\">", n ? class : "");
	buf_put_grouped(b, n);
	buf_puts(b, "</td>");
}

static void put_bytes_cell(struct buf *b, uint64_t n)
{
	buf_puts(b, "<td class=\"n\">");
	bytes_put(b, n);
	buf_puts(b, "</td>");
}

static void put_time_cell(struct buf *b, uint64_t ns, const char *before)
{
	buf_putf(b, "<td class=\"t\">%s", before);
	local_put(b, ns, LOCAL_DATED);
	buf_puts(b, "</td>");
}

static void put_addr_cell(struct buf *b, const union sw_addr *addr)
{
	char text[ADDR_TEXT_MAX];

	addr_format(addr, text);
	buf_putf(b, "<td>%s</td>", text);
}

/* Who, and on which port; of a peer also how. */
static void put_key_cells(struct buf *b, const struct report_key *key, bool of_peer)
{
	static const char *const directions[] = { "<td class=\"soft\">not seen</td>",
						  "<td>\xe2\x86\x92 out</td>",
						  "<td>\xe2\x86\x90 in</td>" };

	buf_puts(b, "<td>");
	report_put_process(b, key, 0);
	buf_puts(b, "</td>");
	if (of_peer)
		buf_puts(b, directions[key->direction % 3]);
	buf_puts(b, "<td class=\"t\">");
	report_put_port(b, key);
	buf_puts(b, "</td>");
	put_addr_cell(b, &key->addr);
}

static void begin_table(struct buf *b, const char *const *heads, const char *numbers)
{
	buf_puts(b, "<div class=\"wide\"><table><thead><tr>");
	for (; *heads; heads++, numbers++)
		buf_putf(b, "<th%s>%s</th>", *numbers == 'n' ? " class=\"n\"" : "", *heads);
	buf_puts(b, "</tr></thead><tbody>\n");
}

static void end_table(struct buf *b)
{
	buf_puts(b, "</tbody></table></div>\n");
}

static void put_rest_cell(struct buf *b, size_t more, const char *of, int columns)
{
	buf_putf(b, "<tr class=\"rest\"><td colspan=\"%d\">", columns);
	report_put_more(b, more ? more : 1, of);
	buf_puts(b, "</td>");
}

/* --- who talked to whom ----------------------------------------------------------------------- */

static void put_sums(struct buf *b, const struct report_group *g)
{
	put_number_cell(b, g->n, "");
	put_number_cell(b, g->failed, " bad");
	put_number_cell(b, g->going, "");
	put_bytes_cell(b, g->sent);
	put_bytes_cell(b, g->received);
}

static void put_peers(const struct report *r, struct buf *b)
{
	static const char *const heads[] = { "Process",	    "Direction", "Port",      "Other side",
					     "Connections", "Failed",	 "Not ended", "Sent",
					     "Received",    "Last",	 NULL };
	size_t shown = r->peers.n < PEERS_SHOWN ? r->peers.n : PEERS_SHOWN;
	struct report_group rest;
	size_t more = report_table_rest(&r->peers, shown, &rest);

	begin_table(b, heads, "    nnnnn ");
	for (size_t i = 0; i < shown; i++) {
		const struct report_group *g = &r->peers.groups[i];

		buf_puts(b, "<tr>");
		put_key_cells(b, &g->key, true);
		put_sums(b, g);
		put_time_cell(b, g->last_ns, "");
		buf_puts(b, "</tr>\n");
	}
	if (rest.n) {
		put_rest_cell(b, more, " of these", 4);
		put_sums(b, &rest);
		buf_puts(b, "<td></td></tr>\n");
	}
	end_table(b);
}

static void put_talk(const struct report *r, struct buf *b)
{
	buf_puts(b, "<section id=\"talked\"><h2>Who talked to whom</h2>\n");
	if (!r->services.n) {
		buf_puts(b, "<p>No connections.</p></section>\n");
		return;
	}
	buf_puts(b, "<figure>\n");
	report_put_services(r, b);
	buf_puts(b, "<figcaption>Connections by process and port: \xe2\x86\x92 it connected, "
		    "\xe2\x86\x90 it was connected to, \xe2\x80\x93 the begin was not seen"
		    "</figcaption></figure>\n");
	put_peers(r, b);
	if (r->going_more)
		buf_puts(b, "<p class=\"soft\">More connections went on than are kept one by one: "
			    "some of them are not counted.</p>\n");
	buf_puts(b, "</section>\n");
}

/* --- what failed ------------------------------------------------------------------------------ */

static void put_failures(const struct report *r, struct buf *b)
{
	static const char *const heads[] = { "Process", "Direction", "Port", "Address", "Reason",
					     "Times",	"First",     "Last", NULL };
	size_t shown = r->failures.n < FAILURES_SHOWN ? r->failures.n : FAILURES_SHOWN;
	struct report_group rest;
	size_t more = report_table_rest(&r->failures, shown, &rest);

	begin_table(b, heads, "     n  ");
	for (size_t i = 0; i < shown; i++) {
		const struct report_group *g = &r->failures.groups[i];
		const char *name = reason_name(g->key.reason);

		buf_puts(b, "<tr>");
		put_key_cells(b, &g->key, true);
		buf_putf(b, "<td>%s</td>", name ? name : "other");
		put_number_cell(b, g->n, "");
		put_time_cell(b, g->first_ns, "");
		put_time_cell(b, g->last_ns, "");
		buf_puts(b, "</tr>\n");
	}
	if (rest.n) {
		put_rest_cell(b, more, " of these", 5);
		put_number_cell(b, rest.n, "");
		buf_puts(b, "<td></td><td></td></tr>\n");
	}
	end_table(b);
}

static void put_failed(const struct report *r, struct buf *b)
{
	buf_puts(b, "<section id=\"failed\"><h2>What failed or was cut off</h2>\n");
	if (!r->failed) {
		buf_puts(b, "<p>Nothing.</p></section>\n");
		return;
	}
	buf_puts(b, "<figure>\n");
	report_put_reasons(r, b);
	buf_puts(b, "</figure>\n");
	put_failures(r, b);
	buf_puts(b, "</section>\n");
}

/* --- who listened ----------------------------------------------------------------------------- */

static void put_listener(struct buf *b, const struct report_group *g)
{
	buf_puts(b, "<tr>");
	put_key_cells(b, &g->key, false);
	put_number_cell(b, g->going, "");
	put_time_cell(b, g->first_ns, g->before ? "before " : "");
	if (g->failed >= g->n)
		put_time_cell(b, g->last_ns, "");
	else
		buf_puts(b, "<td class=\"soft\">still there</td>");
	buf_puts(b, "</tr>\n");
}

static void put_listeners(const struct report *r, struct buf *b)
{
	static const char *const heads[] = { "Process", "Port",	 "Address", "Connections to it",
					     "Since",	"Until", NULL };
	const struct report_table *t = &r->listeners;
	size_t shown = t->n < LISTENERS_SHOWN ? t->n : LISTENERS_SHOWN;
	struct report_group rest;
	size_t more = report_table_rest(t, shown, &rest);

	buf_puts(b, "<section id=\"listened\"><h2>Who listened</h2>\n");
	if (t->n || rest.n) {
		begin_table(b, heads, "   n  ");
		for (size_t i = 0; i < shown; i++)
			put_listener(b, &t->groups[i]);
		if (rest.n) {
			put_rest_cell(b, more, " that were asked less", 3);
			put_number_cell(b, rest.going, "");
			buf_puts(b, "<td></td><td></td></tr>\n");
		}
		end_table(b);
	} else {
		buf_puts(b, "<p>Nobody that is known of.</p>\n");
	}
	buf_puts(b, "</section>\n");
}

/* --- what is not known ------------------------------------------------------------------------ */

/* Of those that were lost, or not recorded. */
static void put_hole_rows(const struct report *r, struct buf *b, bool lost)
{
	uint64_t shown = 0, more = 0, more_lost = 0, more_ns = 0;

	for (size_t i = 0; i < r->n_holes; i++) {
		const struct report_hole *h = &r->holes[i];

		if (!h->lost == lost)
			continue;
		if (shown++ >= HOLES_SHOWN) {
			more++;
			more_lost += h->lost;
			more_ns += h->to_ns - h->from_ns;
			continue;
		}
		buf_puts(b, "<tr>");
		if (h->from_ns)
			put_time_cell(b, h->from_ns, "");
		else
			buf_puts(b, "<td class=\"soft\">not known</td>");
		put_time_cell(b, h->to_ns, "");
		buf_puts(b, "<td class=\"n\">");
		if (lost)
			buf_put_grouped(b, h->lost);
		else
			span_put(b, h->to_ns - h->from_ns);
		buf_puts(b, "</td></tr>\n");
	}
	if (!more)
		return;
	put_rest_cell(b, more, lost ? " times" : " times, shorter than these", 2);
	buf_puts(b, "<td class=\"n\">");
	if (lost)
		buf_put_grouped(b, more_lost);
	else
		span_put(b, more_ns);
	buf_puts(b, "</td></tr>\n");
}

static void put_unknown(const struct report *r, struct buf *b)
{
	static const char *const gaps[] = { "From", "To", "Nothing is known for", NULL };
	static const char *const losses[] = { "From", "To", "Events lost", NULL };

	buf_puts(b, "<section id=\"unknown\"><h2>What is not known</h2>\n");
	if (!r->n_holes)
		buf_puts(b, "<p>The recorder ran all the time, and lost nothing.</p>\n");
	if (r->unknown_ns) {
		begin_table(b, gaps, "  n");
		put_hole_rows(r, b, false);
		end_table(b);
	}
	if (r->lost) {
		begin_table(b, losses, "  n");
		put_hole_rows(r, b, true);
		end_table(b);
	}
	if (r->holes_more)
		buf_puts(b,
			 "<p class=\"soft\">There were more of these than are kept: the sums above "
			 "have them.</p>\n");
	buf_puts(b, "</section>\n");
}

/* A sentence at the top, where something is missing. */
static void put_warning(const struct report *r, struct buf *b)
{
	uint64_t span = r->until_ns - r->since_ns;

	if (!r->unknown_ns && !r->lost)
		return;
	buf_puts(b, "<p class=\"note\">");
	if (r->unknown_ns) {
		buf_puts(b, "For ");
		span_put(b, r->unknown_ns);
		buf_puts(b, " of ");
		span_put(b, span);
		buf_puts(b, " nothing was recorded. ");
	}
	if (r->lost) {
		buf_put_grouped(b, r->lost);
		buf_puts(b, r->lost == 1 ? " event was lost. " : " events were lost. ");
	}
	buf_puts(b, "What there was then is <a href=\"#unknown\">not known</a>.</p>\n");
}

/* --- the page --------------------------------------------------------------------------------- */

static void put_tile(struct buf *b, const char *class, uint64_t n, bool bytes, const char *about)
{
	buf_putf(b, "<div%s><b>", n ? class : "");
	if (bytes)
		bytes_put(b, n);
	else
		buf_put_grouped(b, n);
	buf_putf(b, "</b><span>%s</span></div>\n", about);
}

static void put_tiles(const struct report *r, struct buf *b)
{
	buf_puts(b, "<div class=\"tiles\">\n");
	put_tile(b, "", r->connections, false, "connections ended");
	put_tile(b, "", r->going, false, "go on, or end not seen");
	put_tile(b, " class=\"bad\"", r->failed, false, "failed or cut off");
	put_tile(b, "", r->sent, true, "sent");
	put_tile(b, "", r->received, true, "received");
	put_tile(b, "", r->listeners.n, false, "listened");
	buf_puts(b, "</div>\n");
}

static void put_moment(struct buf *b, uint64_t ns)
{
	local_put(b, ns, LOCAL_WEEKDAY);
	buf_putc(b, ' ');
	local_put(b, ns, LOCAL_CLOCK);
}

static void put_head(const struct report_page *page, struct buf *b)
{
	const struct report *r = page->report;

	buf_puts(b,
		 "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\"><head>"
		 "<meta charset=\"utf-8\"/>\n"
		 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		 "style-src 'unsafe-inline'; img-src data:\"/>\n"
		 "<meta name=\"viewport\" content=\"width=device-width\"/>"
		 "<meta name=\"referrer\" content=\"no-referrer\"/>"
		 "<link rel=\"icon\" href=\"data:,\"/>\n<title>Connections of ");
	escape_html(b, page->host, strlen(page->host), 0);
	buf_puts(b, "</title>\n<style>\n");
	buf_puts(b, report_style);
	buf_puts(b, "</style></head>\n<body>\n<h1>Connections of ");
	escape_html(b, page->host, strlen(page->host), 0);
	buf_puts(b, "</h1>\n<p>From ");
	put_moment(b, r->since_ns);
	buf_puts(b, " to ");
	put_moment(b, r->until_ns);
	buf_puts(b, " (");
	local_put(b, r->until_ns, LOCAL_ZONE);
	buf_puts(b, ")</p>\n<p class=\"soft\"><code>");
	escape_html(b, page->asked, strlen(page->asked), ASKED_MOST);
	buf_puts(b, "</code></p>\n");
}

static void put_timeline(const struct report *r, struct buf *b)
{
	buf_puts(b, "<section id=\"timeline\"><h2>When</h2>\n<figure>\n");
	report_put_timeline(r, b);
	buf_puts(b, "<figcaption>Connections by when they ended, each column ");
	span_put(b, r->step_ns);
	buf_puts(b,
		 ": <i class=\"key\"></i>in an orderly way <i class=\"key bad\"></i>failed or cut "
		 "off <i class=\"key gap\"></i>nothing was recorded <i class=\"key lost\"></i>"
		 "events were lost</figcaption></figure></section>\n");
}

static void put_foot(const struct report_page *page, struct buf *b)
{
	buf_puts(b,
		 "<footer><p>Bytes are those of whole connections, also of one that began before. "
		 "The port is the one that was served. Times are local.</p><p>Made by "
		 "sockwatch " SOCKWATCH_VERSION ", ");
	local_put(b, page->made_ns, LOCAL_DATED);
	buf_puts(b, "</p></footer>\n</body></html>\n");
}

void report_put_page(const struct report_page *page, struct buf *b)
{
	const struct report *r = page->report;

	put_head(page, b);
	put_warning(r, b);
	put_tiles(r, b);
	put_timeline(r, b);
	put_talk(r, b);
	put_failed(r, b);
	put_listeners(r, b);
	buf_puts(b, "<section id=\"spans\"><h2>How long</h2>\n<figure>\n");
	report_put_spans(r, b);
	buf_puts(b, "</figure></section>\n");
	put_unknown(r, b);
	put_foot(page, b);
}
