// SPDX-License-Identifier: GPL-2.0-only
/* Before something is done: what is asked, and what there is nothing to ask about. */
#include "view_scene.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/buf.h"
#include "top/ask.h"

#define START_NS 5000000000ull

static char why[200];

static int setup(void **state)
{
	(void)state;
	view_scene_begin();
	view.acts = true;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	view_scene_end();
	return 0;
}

static bool has(const char *text)
{
	return memmem(page.text.data, page.text.len, text, strlen(text));
}

/* The only row is this socket's. */
static struct board_entry *one(struct scene_sock sock)
{
	scene_page(&scene, &sock, 1);
	scene.board.all[0].sock.start_ns = sock.pid ? START_NS : 0;
	draw(80, 24);
	return &scene.board.all[0];
}

static const struct scene_sock curl = { .port = 1000, .pid = 100, .comm = "curl", .cookie = 9 };

static void refused(enum control_what what, const char *word)
{
	draw(80, 24);
	assert_int_equal(ask_begin(&view, what, why, sizeof(why)), -EINVAL);
	if (!strstr(why, word))
		fail_msg("no '%s' in: %s", word, why);
	assert_int_equal(view.pane, PANE_ROWS);
}

TEST_SETUP(ask__a_signal_for_the_owner)
{
	one(curl);
	assert_int_equal(ask_begin(&view, CONTROL_SIGNAL, why, sizeof(why)), 0);
	assert_int_equal(view.pane, PANE_ASK);
	assert_true(control_is_good(&view.ask.request));
	assert_int_equal(view.ask.request.pid, 100);
	assert_int_equal(view.ask.request.start_ns, START_NS);
	assert_int_equal(view.ask.request.signal, SIGTERM);
	for (int width = 20; width <= 200; width += 60) {
		draw(width, 24);
		assert_int_equal(page.n, 24);
	}
	assert_true(has("100/curl") && has("10.0.0.1:1000 - 10.0.0.2:80") && has("[TERM]"));
	ask_step(&view, 1);
	assert_int_equal(view.ask.request.signal, SIGKILL);
	ask_step(&view, -1);
	ask_step(&view, -1);
	assert_true(control_is_good(&view.ask.request)); /* the last of them */
	ask_end(&view);
	assert_int_equal(view.pane, PANE_ROWS);
}

TEST_SETUP(ask__a_process_of_the_view_of_processes)
{
	one(curl);
	view_show(&view, TOP_PROCESSES);
	draw(80, 24);
	assert_int_equal(ask_begin(&view, CONTROL_SIGNAL, why, sizeof(why)), 0);
	assert_int_equal(view.ask.request.pid, 100);
	draw(80, 24);
	assert_false(has("10.0.0.1:1000"));
	ask_end(&view);
	refused(CONTROL_CLOSE, "no socket");
	view_show(&view, TOP_REMOTES);
	refused(CONTROL_SIGNAL, "many processes");
}

TEST_SETUP(ask__nothing_of_whom_it_is_not_known)
{
	struct board_entry *e;

	refused(CONTROL_SIGNAL, "no row");
	e = one((struct scene_sock){ .port = 1000 });
	refused(CONTROL_SIGNAL, "not known");
	refused(CONTROL_CLOSE, "cookie is not known");
	e->sock.owner_source = SW_OWNER_KERNEL;
	refused(CONTROL_SIGNAL, "the kernel");
	e->sock.owner_source = SW_OWNER_CONNECT;
	e->sock.pid = 100;
	refused(CONTROL_SIGNAL, "another process");
	e->sock.cookie = 9;
	e->elsewhere = true;
	refused(CONTROL_CLOSE, "another network namespace");
}

TEST_SETUP(ask__a_socket_is_closed_while_it_is_there)
{
	struct scene_sock other = curl;

	one(curl);
	assert_int_equal(ask_begin(&view, CONTROL_CLOSE, why, sizeof(why)), 0);
	assert_true(control_is_good(&view.ask.request));
	assert_int_equal(view.ask.request.cookie, 9);
	draw(80, 24);
	assert_true(has("CLOSE THIS SOCKET") && has("ESTABLISHED"));
	ask_end(&view);
	scene_conn(&scene, &other, 0);
	refused(CONTROL_CLOSE, "it has ended");
}

TEST_SETUP(ask__says_what_became_of_it)
{
	static const struct {
		enum control_what what;
		int err;
		const char *want;
	} cases[] = {
		{ CONTROL_SIGNAL, 0, "SIGTERM was sent to 100/curl" },
		{ CONTROL_SIGNAL, -ESRCH, "100/curl: it has ended already" },
		{ CONTROL_SIGNAL, -ESTALE, "that one got nothing" },
		{ CONTROL_SIGNAL, -EPERM, "CAP_KILL" },
		{ CONTROL_CLOSE, 0, "closed: tcp 10.0.0.1:1000 - 10.0.0.2:80" },
		{ CONTROL_CLOSE, -ENOENT, "gone already" },
		{ CONTROL_CLOSE, -EOPNOTSUPP, "CONFIG_INET_DIAG_DESTROY" },
		{ CONTROL_CLOSE, -EPERM, "CAP_NET_ADMIN" },
		{ CONTROL_CLOSE, -EXDEV, "another network namespace" },
	};

	one(curl);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf b = { 0 };

		unit_case("%s", cases[i].want);
		assert_int_equal(ask_begin(&view, cases[i].what, why, sizeof(why)), 0);
		ask_put_answer(&b, &view.ask, cases[i].err);
		assert_non_null(memmem(b.data, b.len, cases[i].want, strlen(cases[i].want)));
		buf_free(&b);
	}
}
