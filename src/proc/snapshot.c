// SPDX-License-Identifier: GPL-2.0-only
/*
 * First the processes, then the tables: a socket that is made between the two is told by its
 * events, which are recorded since before both.
 */
#include "proc/snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/holders.h"
#include "core/row.h"
#include "filter.h"
#include "proc/descriptors.h"
#include "proc/dir.h"
#include "proc/net_tcp.h"
#include "proc/netns.h"

#define CHUNK 65536
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A table of sockets under PID/net. */
struct table_name {
	const char *path;
	int family;
	uint8_t proto;
};

/* The processes that are being gone through; all borrowed. */
struct taking {
	const struct proc_snapshot_opts *opts;
	struct proc_snapshot_gaps *gaps;
	struct holders *holders;
	struct netns_set *namespaces;
};

/* The tables that are being read. */
struct tables {
	const struct proc_snapshot_opts *opts; /* borrowed, as all but the last */
	struct proc_snapshot_gaps *gaps;
	struct snapshot *s;
	const struct holders *holders;
	const struct netns_set *namespaces;
	char *chunk; /* owned; CHUNK bytes: the part of a table that is not parsed yet */
};

/* One of them. */
struct table {
	struct tables *all; /* borrowed */
	uint32_t netns;
	int family;
	uint8_t proto;
	size_t len;    /* bytes of the chunk in use */
	bool overlong; /* inside a line longer than the chunk */
};

static int take_step(const struct proc_snapshot_opts *o)
{
	return o->step ? o->step(o->arg) : 0;
}

/* --- the processes --- */

static bool is_hidden(int err)
{
	return err == -EACCES || err == -EPERM;
}

/* Whether a fault is our own and not the process's; any other says that the process has ended. */
static bool is_ours(int err)
{
	return err == -ENOMEM || err == -EMFILE || err == -ENFILE;
}

static int take_process_dir(struct taking *t, int dir_fd, uint32_t pid)
{
	int err, fd_fault, ns_fault;
	uint32_t netns;

	ns_fault = netns_of_process(dir_fd, &netns);
	if (!ns_fault && netns_set_add(t->namespaces, netns, pid))
		return -ENOMEM;
	err = descriptors_add(t->holders, t->opts, dir_fd, pid, &fd_fault);
	if (err)
		return err;
	if (is_ours(ns_fault) || is_ours(fd_fault))
		return is_ours(ns_fault) ? ns_fault : fd_fault;
	if (is_hidden(fd_fault)) {
		t->gaps->hidden_processes++;
		t->gaps->hidden_pid = pid;
	}
	return 0;
}

static int take_process(struct taking *t, uint32_t pid)
{
	int err = 0, dir_fd = process_dir_open(t->opts->proc_fd, pid);

	if (is_ours(dir_fd))
		return dir_fd;
	if (is_hidden(dir_fd)) {
		t->gaps->hidden_processes++;
		t->gaps->hidden_pid = pid;
	}
	if (dir_fd >= 0) {
		err = take_process_dir(t, dir_fd, pid);
		close(dir_fd);
	}
	return err ? err : take_step(t->opts);
}

/* Our own namespace can be read even where no other process lets us see which one it lives in. */
static int take_own_netns(struct taking *t)
{
	int err, dir_fd = process_dir_open(t->opts->proc_fd, PROCESS_SELF);
	uint32_t netns;

	if (dir_fd < 0)
		return is_ours(dir_fd) ? dir_fd : 0;
	err = netns_of_process(dir_fd, &netns);
	close(dir_fd);
	return err ? 0 : netns_set_add(t->namespaces, netns, PROCESS_SELF);
}

static int take_processes(struct taking *t)
{
	const struct dirent *entry;
	DIR *dir;
	int err = dir_open(t->opts->proc_fd, ".", &dir);

	if (err)
		return err;
	err = take_own_netns(t);
	while (!err) {
		uint32_t pid;

		errno = 0; /* tells a fault from the end */
		entry = readdir(dir);
		if (!entry) {
			err = -errno;
			break;
		}
		pid = pid_of_name(entry->d_name);
		if (pid)
			err = take_process(t, pid);
	}
	closedir(dir);
	return err;
}

/* --- the tables --- */

static int table_add_line(struct table *table, const char *line, size_t len)
{
	struct tables *t = table->all;
	struct sw_row row;
	int err = table->overlong ? -EBADMSG : net_tcp_parse_line(line, len, table->family, &row);

	table->overlong = false;
	if (err == -EBADMSG)
		t->gaps->bad_lines++;
	if (err)
		return 0;
	row.sock.tuple.netns = table->netns;
	row.sock.proto = table->proto;
	if (table->proto != SW_PROTO_TCP || !t->opts->timers)
		row.sock.have &= ~(uint32_t)SW_HAVE_TIMER;
	if (table->proto == SW_PROTO_TCP)
		row.sock.have &= ~(uint32_t)SW_HAVE_DROPS;
	err = holders_attach(t->holders, &row, t->s);
	return err ? err : snapshot_add_row(t->s, &row);
}

/* Takes the complete lines of the chunk; what is left of it moves to the front. */
static int table_take_lines(struct table *table)
{
	char *chunk = table->all->chunk;
	const char *at = chunk, *end = chunk + table->len, *newline;
	int err;

	while ((newline = memchr(at, '\n', (size_t)(end - at)))) {
		err = table_add_line(table, at, (size_t)(newline - at));
		if (err)
			return err;
		at = newline + 1;
	}
	if (at == chunk && table->len == CHUNK) {
		table->overlong = true;
		at = end;
	}
	table->len = (size_t)(end - at);
	memmove(chunk, at, table->len);
	return 0;
}

static int table_read(struct table *table, int fd)
{
	struct tables *t = table->all;
	ssize_t n;
	int err;

	while ((n = read(fd, t->chunk + table->len, CHUNK - table->len)) > 0) {
		table->len += (size_t)n;
		err = table_take_lines(table);
		if (!err)
			err = take_step(t->opts);
		if (err)
			return err;
	}
	if (n < 0)
		t->gaps->bad_tables++;
	else if (table->len || table->overlong) /* no newline at the end */
		return table_add_line(table, t->chunk, table->len);
	return 0;
}

/* Kernels without UDP-Lite are no rarity, nor are those without sockets for ping. */
static bool is_expected(const struct tables *t, const struct table_name *name)
{
	return t->opts->named || (name->proto != SW_PROTO_UDPLITE && name->proto != SW_PROTO_ICMP);
}

static bool is_missed(const struct tables *t, const struct netns *netns)
{
	const struct sw_filter *f = t->opts->filter;

	return !f || !(f->on & SW_F_NETNS) || sw_u32_in(f->netns, f->n_netns, netns->inode);
}

static int take_table(struct tables *t, const struct netns *netns, const struct table_name *name)
{
	struct table table = {
		.all = t, .netns = netns->inode, .family = name->family, .proto = name->proto
	};
	int err, fd = netns_open_table(t->opts->proc_fd, netns, name->path);

	if (fd == -ENOTRECOVERABLE)
		return fd;
	if (fd < 0) {
		if (fd != -ENOENT)
			t->gaps->bad_tables += is_missed(t, netns);
		/* any other namespace may just have lost its last process */
		else if (netns_is_own(netns) && !t->gaps->missing_table && is_expected(t, name))
			t->gaps->missing_table = name->path;
		return 0;
	}
	err = table_read(&table, fd);
	close(fd);
	return err;
}

static bool is_asked_for(const struct proc_snapshot_opts *o, const struct table_name *name)
{
	const bool asked[] = { [SW_PROTO_TCP] = o->tcp,
			       [SW_PROTO_UDP] = o->udp,
			       [SW_PROTO_UDPLITE] = o->udplite,
			       [SW_PROTO_ICMP] = o->icmp,
			       [SW_PROTO_RAW] = o->raw };

	return asked[name->proto] && (name->family == SW_AF_INET ? o->ipv4 : o->ipv6);
}

static int take_tables(struct tables *t)
{
	static const struct table_name names[] = {
		{ "net/tcp", SW_AF_INET, SW_PROTO_TCP },
		{ "net/tcp6", SW_AF_INET6, SW_PROTO_TCP },
		{ "net/udp", SW_AF_INET, SW_PROTO_UDP },
		{ "net/udp6", SW_AF_INET6, SW_PROTO_UDP },
		{ "net/raw", SW_AF_INET, SW_PROTO_RAW },
		{ "net/raw6", SW_AF_INET6, SW_PROTO_RAW },
		{ "net/udplite", SW_AF_INET, SW_PROTO_UDPLITE },
		{ "net/udplite6", SW_AF_INET6, SW_PROTO_UDPLITE },
		{ "net/icmp", SW_AF_INET, SW_PROTO_ICMP },
		{ "net/icmp6", SW_AF_INET6, SW_PROTO_ICMP },
	};
	size_t n = t->namespaces->n * COUNT(names);
	int err = 0;

	t->chunk = malloc(CHUNK);
	if (!t->chunk)
		return -ENOMEM;
	for (size_t i = 0; i < n && !err; i++) {
		const struct table_name *name = &names[i % COUNT(names)];

		if (is_asked_for(t->opts, name))
			err = take_table(t, &t->namespaces->all[i / COUNT(names)], name);
	}
	return err;
}

/* Every PID namespace has a process 1. */
bool proc_hides_others(int proc_fd)
{
	struct stat st;

	return fstatat(proc_fd, "1", &st, 0) && errno == ENOENT;
}

int proc_processes(const struct proc_snapshot_opts *opts, struct holders *holders,
		   struct netns_set *set, struct proc_snapshot_gaps *ret_gaps)
{
	struct taking t = { .opts = opts, .gaps = ret_gaps, .holders = holders, .namespaces = set };

	*ret_gaps = (struct proc_snapshot_gaps){ .hides_others = proc_hides_others(opts->proc_fd) };
	return take_processes(&t);
}

int proc_tables(const struct proc_snapshot_opts *opts, const struct holders *holders,
		const struct netns_set *set, struct snapshot *s, struct proc_snapshot_gaps *gaps)
{
	struct tables t = {
		.opts = opts, .gaps = gaps, .s = s, .holders = holders, .namespaces = set
	};
	int err = take_tables(&t);

	free(t.chunk);
	return err;
}

int proc_snapshot(const struct proc_snapshot_opts *opts, struct snapshot *s,
		  struct proc_snapshot_gaps *ret_gaps)
{
	struct netns_set namespaces = { 0 };
	struct holders holders = { 0 };
	int err = proc_processes(opts, &holders, &namespaces, ret_gaps);

	if (!err)
		err = proc_tables(opts, &holders, &namespaces, s, ret_gaps);
	netns_set_free(&namespaces);
	holders_free(&holders);
	return err;
}
