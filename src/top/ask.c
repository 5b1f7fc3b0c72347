// SPDX-License-Identifier: GPL-2.0-only
#include "top/ask.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/refuse.h"
#include "core/names.h"
#include "core/record.h"
#include "render/holders.h"
#include "top/board.h"
#include "top/parts.h"

#define LABEL_WIDTH 13

/* --- what is asked ---------------------------------------------------------------------------- */

/* The process of a row, as the owner of a socket; NULL: its row is that of many. */
static const struct sw_sock *sock_of(const struct view *v, const struct top_row *row)
{
	if (row->entry)
		return &row->entry->sock;
	if (row->failure)
		return &row->failure->sock;
	return group_kind(v->kind, row) == TOP_PROCESSES ? &row->group->any->sock : NULL;
}

static int ask_signal(struct view *v, const struct top_row *row, char *why, size_t size)
{
	const struct sw_sock *s = sock_of(v, row);
	struct view_ask *a = &v->ask;

	if (!s)
		return refuse(why, size,
			      "k: that row is of many processes: Enter tells of them, "
			      "2 has each");
	if (s->owner_source == SW_OWNER_KERNEL)
		return refuse(why, size, "k: the kernel has it, and no process");
	if (!sock_has_process(s) || !s->pid)
		return refuse(why, size, "k: its owner is not known here");
	if (!s->start_ns)
		return refuse(why, size,
			      "k: when %u began is not known: another process could "
			      "have its PID by now",
			      s->pid);
	a->sock = *s;
	if (row->group)
		a->sock.proto = 0;
	if (row->entry && row->entry->n_holders > 1)
		a->more = row->entry->n_holders - 1;
	a->request = (struct control_request){ .what = CONTROL_SIGNAL,
					       .pid = s->pid,
					       .start_ns = s->start_ns,
					       .signal = (uint32_t)control_signal(0)->number };
	return 0;
}

static int ask_close(struct view *v, const struct top_row *row, char *why, size_t size)
{
	const struct board_entry *e = row->entry;
	struct view_ask *a = &v->ask;

	if (!e)
		return refuse(why, size, "K: that row is no socket: 1 and 4 have those");
	if (e->end_ns)
		return refuse(why, size, "K: it has ended");
	if (e->elsewhere)
		return refuse(why, size,
			      "K: it is in another network namespace: only a sockwatch "
			      "in there (nsenter -n, ip netns exec) closes it");
	a->sock = e->sock;
	a->more = e->n_holders > 1 ? e->n_holders - 1 : 0;
	a->request = (struct control_request){ .what = CONTROL_CLOSE,
					       .tuple = e->sock.tuple,
					       .cookie = e->sock.cookie,
					       .proto = e->sock.proto };
	if (!e->sock.cookie)
		return refuse(why, size,
			      "K: its cookie is not known: another socket could have "
			      "its addresses by now");
	if (!control_is_good(&a->request))
		return refuse(why, size, "K: only sockets of TCP and UDP can be closed");
	return 0;
}

int ask_begin(struct view *v, enum control_what what, char *why, size_t size)
{
	const struct top_row *row = view_row(v);
	int err;

	v->ask = (struct view_ask){ 0 };
	if (!row)
		return refuse(why, size, "there is no row");
	err = what == CONTROL_SIGNAL ? ask_signal(v, row, why, size) : ask_close(v, row, why, size);
	if (err)
		return err;
	v->pane = PANE_ASK;
	v->scrolled = 0;
	return 0;
}

void ask_step(struct view *v, int by)
{
	struct view_ask *a = &v->ask;
	size_t n = 0;

	if (a->request.what != CONTROL_SIGNAL)
		return;
	while (control_signal(n))
		n++;
	a->signal = (a->signal + n + (size_t)by) % n;
	a->request.signal = (uint32_t)control_signal(a->signal)->number;
}

void ask_end(struct view *v)
{
	v->pane = PANE_ROWS;
}

/* --- as text ---------------------------------------------------------------------------------- */

static void put_process(struct buf *b, const struct sw_sock *s)
{
	char name[SW_COMM_LEN + 1] = "";

	memcpy(name, s->comm, SW_COMM_LEN);
	process_put_text(b, s->pid, name);
}

static void put_socket(struct buf *b, const struct sw_sock *s)
{
	const struct sw_event ev = { .sock = *s };

	buf_puts(b, proto_name(&ev));
	buf_putc(b, ' ');
	part_put_ends(b, s);
}

static size_t begin_line(const struct part *p, const char *label)
{
	struct buf *b = &p->page->text;
	size_t start = b->len;

	buf_puts(b, label);
	buf_pad(b, LABEL_WIDTH - (int)strlen(label));
	return start;
}

static void put_asked_process(const struct part *p, const struct view_ask *a)
{
	struct buf *b = &p->page->text;
	size_t start = begin_line(p, "process");

	if (sock_has_process(&a->sock))
		put_process(b, &a->sock);
	else
		buf_puts(b, a->sock.owner_source == SW_OWNER_KERNEL ? "the kernel" : "not known");
	if (a->more) {
		buf_puts(b, a->request.what == CONTROL_SIGNAL ? ", and nobody else of " : " and ");
		buf_put_u64(b, a->more);
		buf_puts(b, a->more == 1 ? " more that holds it" : " more that hold it");
	}
	part_end_line(p, start, STYLE_PLAIN);
}

static void put_asked_signal(const struct part *p, const struct view_ask *a)
{
	struct buf *b = &p->page->text;
	size_t start = begin_line(p, "signal");

	for (size_t i = 0; control_signal(i); i++) {
		buf_puts(b, i == a->signal ? "[" : " ");
		buf_puts(b, control_signal(i)->name);
		buf_puts(b, i == a->signal ? "]" : " ");
	}
	part_end_line(p, start, STYLE_PLAIN);
}

void part_ask(const struct part *p, size_t most)
{
	const struct view_ask *a = &p->v->ask;
	bool signals = a->request.what == CONTROL_SIGNAL;
	size_t start = p->page->text.len;

	if (most < 6) /* what is asked stands in the last line, too */
		return;
	part_end_line(p, start, STYLE_PLAIN);
	start = p->page->text.len;
	buf_puts(&p->page->text, signals ? "SEND A SIGNAL?" : "CLOSE THIS SOCKET, FOR BOTH SIDES?");
	part_end_line(p, start, STYLE_BAD);
	put_asked_process(p, a);
	if (a->sock.proto) {
		const struct sw_event ev = { .sock = a->sock };

		start = begin_line(p, "socket");
		put_socket(&p->page->text, &a->sock);
		buf_putc(&p->page->text, ' ');
		buf_puts(&p->page->text, event_state_name(&ev) ? event_state_name(&ev) : "");
		part_end_line(p, start, STYLE_PLAIN);
	}
	if (signals)
		put_asked_signal(p, a);
}

void ask_put_bar(struct buf *b, const struct view_ask *a)
{
	if (a->request.what == CONTROL_CLOSE) {
		buf_puts(b, "Enter y Close the socket  Esc n Leave it");
		return;
	}
	buf_puts(b, "Enter y Send SIG");
	buf_puts(b, control_signal(a->signal)->name);
	buf_puts(b, " to ");
	put_process(b, &a->sock);
	buf_puts(b, "  Esc n Do not  Up Down Another");
}

static const char *signal_failure(int err)
{
	switch (-err) {
	case ESRCH:
	case ENOENT:
		return "it has ended already";
	case ESTALE:
		return "it has ended, and another process has its PID: that one got nothing";
	case EPERM:
		return "not permitted: top needs to be its user, or CAP_KILL";
	default:
		return strerror(-err);
	}
}

static const char *close_failure(int err)
{
	switch (-err) {
	case ENOENT:
		return "that socket is gone already";
	case EXDEV:
		return "it is in another network namespace: only a sockwatch in there closes it";
	case EPERM:
		return "not permitted: it takes CAP_NET_ADMIN";
	case EOPNOTSUPP:
		return "this kernel does not close sockets (CONFIG_INET_DIAG_DESTROY)";
	default:
		return strerror(-err);
	}
}

void ask_put_answer(struct buf *b, const struct view_ask *a, int err)
{
	if (a->request.what == CONTROL_CLOSE) {
		buf_puts(b, err ? "not closed: " : "closed: ");
		if (err)
			buf_puts(b, close_failure(err));
		else
			put_socket(b, &a->sock);
		return;
	}
	if (!err) {
		buf_puts(b, "SIG");
		buf_puts(b, control_signal_name(a->request.signal));
		buf_puts(b, " was sent to ");
	}
	put_process(b, &a->sock);
	if (err) {
		buf_puts(b, ": ");
		buf_puts(b, signal_failure(err));
	}
}
