// SPDX-License-Identifier: GPL-2.0-only
/* Names of containers in their cache: the test is the helper, at the other end of the socket. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "names/label.h"
#include "names/labels.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct fixture {
	struct labels *labels;
	int helper;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fds[2];

	*state = f;
	if (!f || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return -1;
	f->helper = fds[1];
	f->labels = labels_new(fds[0]);
	return f->labels ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	labels_free(f->labels);
	if (f->helper >= 0)
		close(f->helper);
	free(f);
	return 0;
}

static struct label_question question(unsigned int uid)
{
	return (struct label_question){ .id = ID, .engine = LABEL_DOCKER, .uid = uid };
}

/* Before it is asked: the order does not matter to a socket. */
static void answer(const struct fixture *f, unsigned int uid, const char *name)
{
	struct label_answer a = { .question = question(uid) };

	strcpy(a.label.name, name);
	assert_int_equal(send(f->helper, &a, sizeof(a), 0), sizeof(a));
}

/* How many questions have come. */
static int asked(const struct fixture *f)
{
	struct label_question q;
	int n = 0;

	while (recv(f->helper, &q, sizeof(q), MSG_DONTWAIT) == sizeof(q))
		n++;
	return n;
}

TEST_SETUP(labels__are_asked_for_once)
{
	struct fixture *f = *state;
	struct label_question q = question(1);
	struct label_texts t;

	labels_get(f->labels, &q, false, &t); /* we may not ask */
	assert_null(t.name);
	assert_int_equal(asked(f), 0);
	answer(f, 2, "of nobody that was asked for");
	q = question(3);
	close(f->helper);
	f->helper = -1;
	labels_get(f->labels, &q, true, &t); /* nobody is there: nobody is waited for */
	assert_null(t.name);
}

/* An answer that takes long: a line waits for so long, and then no other does. */
TEST_SETUP(labels__patience_has_an_end)
{
	struct fixture *f = *state;
	uint64_t begin_ns = clock_now(), first_ns;
	struct label_question q = question(1);
	struct label_texts t;

	labels_get(f->labels, &q, true, &t);
	first_ns = clock_now() - begin_ns;
	assert_null(t.name);
	assert_in_range(first_ns, 1000000000u, 30000000000u);
	begin_ns = clock_now();
	for (unsigned int uid = 2; uid < 20; uid++) {
		q = question(uid);
		labels_get(f->labels, &q, true, &t);
	}
	assert_true(clock_now() - begin_ns < first_ns);
	assert_int_equal(asked(f), 19);
	answer(f, 1, "web");
	q = question(1);
	labels_get(f->labels, &q, true, &t); /* what came late is there for the next */
	assert_string_equal(t.name, "web");
	assert_null(t.image);
	assert_int_equal(asked(f), 0);
}
