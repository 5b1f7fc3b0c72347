// SPDX-License-Identifier: GPL-2.0-only
#include "live/cookies.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "live/iterate.h"
#include "cookies.lskel.h"

struct cookies {
	struct sockwatch_cookies *skel; /* owned */
	int held, tcp, udp;		/* owned: links; -1: none */
};

/* 0 or -errno. */
static int open_link(int prog_fd, int *ret)
{
	*ret = iterate_link(prog_fd);
	return *ret < 0 ? *ret : 0;
}

static int open_links(struct cookies *c)
{
	int err = open_link(c->skel->progs.cookies_of_held.prog_fd, &c->held);

	if (!err && c->skel->rodata->want_tcp)
		err = open_link(c->skel->progs.cookies_of_tcp.prog_fd, &c->tcp);
	if (!err && c->skel->rodata->want_udp)
		err = open_link(c->skel->progs.cookies_of_udp.prog_fd, &c->udp);
	return err;
}

int cookies_open(bool tcp, bool udp, struct cookies **ret)
{
	struct cookies *c = calloc(1, sizeof(*c));
	int err = -ENOMEM;

	if (c) {
		c->held = c->tcp = c->udp = -1;
		c->skel = sockwatch_cookies__open();
	}
	if (c && c->skel) {
		c->skel->rodata->want_tcp = tcp;
		c->skel->rodata->want_udp = udp;
		err = sockwatch_cookies__load(c->skel);
		err = err ? err : open_links(c);
	}
	if (err)
		cookies_free(c);
	else
		*ret = c;
	return err;
}

int cookies_make_held(struct cookies *c)
{
	return iterate(c->held, NULL, NULL);
}

int cookies_make_here(struct cookies *c)
{
	int err = 0;

	if (c->skel->rodata->want_tcp)
		err = iterate(c->tcp, NULL, NULL);
	if (!err && c->skel->rodata->want_udp)
		err = iterate(c->udp, NULL, NULL);
	return err;
}

void cookies_free(struct cookies *c)
{
	if (!c)
		return;
	if (c->held >= 0)
		close(c->held);
	if (c->tcp >= 0)
		close(c->tcp);
	if (c->udp >= 0)
		close(c->udp);
	if (c->skel)
		sockwatch_cookies__destroy(c->skel);
	free(c);
}
