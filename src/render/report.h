/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A report as one page of HTML: it runs no script and asks nobody for anything. It is XML, too.
 * What comes from outside is escaped; the page is bounded, and what it leaves out it sums up.
 */
#ifndef SOCKWATCH_RENDER_REPORT_H
#define SOCKWATCH_RENDER_REPORT_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct report;

/* All borrowed; report_end() was called. */
struct report_page {
	const struct report *report;
	const char *host;  /* where it is made */
	const char *asked; /* by which command */
	uint64_t made_ns;  /* since 1970 */
};

void report_put_page(const struct report_page *page, struct buf *b);

/* Its pictures (render/report_charts.c): when, who with whom, why. */
void report_put_timeline(const struct report *r, struct buf *b);
void report_put_services(const struct report *r, struct buf *b);
void report_put_reasons(const struct report *r, struct buf *b);
void report_put_spans(const struct report *r, struct buf *b);

/* Appends who it is, escaped; `most` as escape_html() has it. */
struct report_key;
void report_put_process(struct buf *b, const struct report_key *key, size_t most);

/* "tcp 443"; what is summed up is "and 12 more". */
void report_put_port(struct buf *b, const struct report_key *key);
void report_put_more(struct buf *b, size_t n, const char *of);

/* What each page looks like: CSS. */
extern const char report_style[];

#endif
