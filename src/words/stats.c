// SPDX-License-Identifier: GPL-2.0-only
/* The protocols' counters: their words, what changed, what looks wrong. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/options.h"
#include "core/counter.h"
#include "counters/faults.h"
#include "counters/meanings.h"
#include "proc/counters.h"
#include "proc/dir.h"
#include "render/stats.h"
#include "sink/print.h"
#include "words/page.h"
#include "words/words.h"

struct stats {
	const struct options *options;		 /* borrowed */
	const struct stats_formatter *formatter; /* static */
	struct stats_render render;
	struct counters now;	    /* owned, as the next */
	struct counters before;	    /* of the page before */
	bool noted[COUNTER_TABLES]; /* a table that cannot be read is told of once */
	int proc_fd;		    /* owned */
};

static bool wants_section(const struct options *o, const char *section)
{
	switch (counter_group_of(section)) {
	case GROUP_TCP:
		return o->select.tcp;
	case GROUP_UDP:
		return o->select.udp;
	case GROUP_IP:
		return o->select.raw;
	case GROUP_OTHER:
		break;
	}
	return o->every_protocol;
}

/* A table that holds nothing that was asked for is not missed either. */
static bool wants_table(const struct options *o, enum counter_table table)
{
	switch (table) {
	case COUNTERS_NETSTAT:
		return o->select.tcp || o->select.raw;
	case COUNTERS_SNMP6:
		return o->select.udp || o->select.raw;
	case COUNTERS_SCTP:
		return o->every_protocol;
	default:
		return true;
	}
}

/* What is lost without a table. */
static const char *holds(enum counter_table table)
{
	static const char *const what[] = { [COUNTERS_SNMP] = "IP, ICMP, TCP and UDP",
					    [COUNTERS_NETSTAT] = "Linux's own counters",
					    [COUNTERS_SNMP6] = "IPv6",
					    [COUNTERS_SCTP] = "SCTP" };

	return what[table];
}

static void note_missing(struct stats *s, enum counter_table table, int err)
{
	bool not_in_use = table == COUNTERS_SCTP && err == -ENOENT;

	if (s->noted[table] || not_in_use)
		return;
	log_note("cannot read /proc/%s (%s): %s left out", counters_file(table), strerror(-err),
		 holds(table));
	s->noted[table] = true;
}

static void note_bad(struct stats *s, enum counter_table table, uint32_t bad)
{
	if (!bad || s->noted[table])
		return;
	log_note("%u entries of /proc/%s that are no counters are left out", bad,
		 counters_file(table));
	s->noted[table] = true;
}

/* 0, or -errno after a message when nothing at all can be read. */
static int read_tables(struct stats *s)
{
	int err, first_err = 0;
	uint32_t bad;

	s->now.time_ns = clock_now();
	for (enum counter_table table = 0; table < COUNTER_TABLES; table++) {
		if (!wants_table(s->options, table))
			continue;
		bad = 0;
		err = counters_read(s->proc_fd, table, &s->now, &bad);
		if (err == -ENOMEM) {
			log_error("out of memory");
			return err;
		}
		if (err)
			note_missing(s, table, err);
		else
			note_bad(s, table, bad);
		first_err = first_err ? first_err : err;
	}
	if (s->now.n)
		return 0;
	log_error("no counters of the protocols can be read below /proc/net: is /proc mounted, and "
		  "the whole of it?");
	return first_err ? first_err : -ENODATA;
}

static void put_totals(struct stats *s, struct buf *b)
{
	for (size_t i = 0; i < s->now.n; i++) {
		const struct counter *c = &s->now.all[i];
		struct counter_record rec = { .now = c,
					      .word = counter_meaning_find(c->section, c->name) };

		if (wants_section(s->options, c->section))
			s->formatter->counter(&s->render, b, &rec);
	}
}

static void put_faults(struct stats *s, struct buf *b)
{
	struct counter_fault faults[FAULTS_MAX];
	size_t n = faults_find(&s->now, faults), wanted = 0;

	for (size_t i = 0; i < n; i++)
		if (wants_section(s->options, faults[i].section))
			faults[wanted++] = faults[i];
	if (s->formatter->faults)
		s->formatter->faults(&s->render, b, faults, wanted);
}

/* The changes that mean trouble, or the others. Returns how many. */
static size_t put_changes(struct stats *s, struct buf *b, bool trouble)
{
	uint64_t ns = s->now.time_ns - s->before.time_ns;
	size_t n = 0;

	for (size_t i = 0; i < s->now.n; i++) {
		const struct counter *c = &s->now.all[i];
		const struct counter_meaning *word = counter_meaning_find(c->section, c->name);
		uint8_t flags = word ? word->flags : 0;
		struct counter_step change;
		struct counter_record rec = { .now = c, .word = word, .change = &change };

		if (!wants_section(s->options, c->section) ||
		    !!(flags & COUNTER_TROUBLE) != trouble ||
		    !counter_changed(&s->before, c, flags & COUNTER_GAUGE, ns ? ns : 1, &change))
			continue;
		s->formatter->counter(&s->render, b, &rec);
		n++;
	}
	return n;
}

static void put_what_changed(struct stats *s, struct buf *b)
{
	size_t n;

	if (s->formatter->changes && !s->options->print.no_header) {
		buf_putc(b, '\n');
		s->formatter->changes(&s->render, b);
	}
	n = put_changes(s, b, true);
	n += put_changes(s, b, false);
	if (!n && s->formatter->unchanged)
		s->formatter->unchanged(&s->render, b);
}

static int put_page(void *arg, struct output *out, uint64_t n)
{
	struct stats *s = arg;
	int err;

	counters_free(&s->before);
	s->before = s->now;
	s->now = (struct counters){ 0 };
	err = read_tables(s);
	if (err)
		return err;
	s->render.wall_ns = s->now.time_ns + (uint64_t)clock_wall_offset();
	s->render.color = print_in_color(&s->options->print, out);
	if (n) {
		put_what_changed(s, &out->buf);
		return 0;
	}
	if (s->formatter->header && !s->options->print.no_header)
		s->formatter->header(&s->render, &out->buf);
	put_totals(s, &out->buf);
	if (!s->options->page.repeat_ms)
		put_faults(s, &out->buf);
	return 0;
}

static enum exit_status run(const struct options *o)
{
	static const struct stats_formatter *const formatters[] = {
		[OUTPUT_TEXT] = &render_stats_text,
		[OUTPUT_JSON] = &render_stats_json,
		[OUTPUT_CSV] = &render_stats_csv
	};
	struct stats s = { .options = o,
			   .formatter = formatters[o->print.format],
			   .render = { .time = print_stamp(&o->print), .all = o->all } };
	enum exit_status status = EXIT_FAULT;

	s.proc_fd = proc_open();
	if (s.proc_fd >= 0)
		status = page_run(&o->page, put_page, &s);
	counters_free(&s.now);
	counters_free(&s.before);
	if (s.proc_fd >= 0)
		close(s.proc_fd);
	return status;
}

const struct word word_stats = {
	.id = WORD_STATS,
	.name = "stats",
	.summary = "the protocols' counters (netstat -s)",
	.examples = "  sockwatch stats                 since the start of the machine\n"
		    "  sockwatch stats -ta             of TCP, those that are 0 too\n"
		    "  sockwatch stats -c 5            what changed, each five seconds\n",
	.run = run,
};
