// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/unix_socket.h"
#include "proc/net_unix.h"
#include "proc/netns.h"

#define LINE_MAX_LEN 512
#define NETNS 7
#define START "ffff8880c1834704: 00000002 00000000 00010000 0001 01 "
#define OTHER "0000000000000000: 000000FF 00000000 00000000 0001 03 "

/* --- a line ------------------------------------------------------------------------------------
 */

/* Parses a copy of exactly its length, so that a sanitizer sees any read beyond it. */
static int parse_bytes(const char *line, size_t len, struct unix_socket *s)
{
	char *copy = malloc(len ? len : 1);
	int err;

	assert_non_null(copy);
	memcpy(copy, line, len);
	err = net_unix_parse_line(copy, len, s);
	free(copy);
	return err;
}

static int parse(const char *line, struct unix_socket *s)
{
	return parse_bytes(line, strlen(line), s);
}

TEST(net_unix__line_gives_every_field)
{
	struct unix_socket s;

	assert_int_equal(parse(START "21345 /run/x y", &s), 0);
	assert_int_equal(s.refcnt, 2);
	assert_int_equal(s.type, SOCK_STREAM);
	assert_int_equal(s.state, UNIX_LISTENING);
	assert_int_equal(s.inode, 21345);
	assert_string_equal(s.path, "/run/x y");
	assert_int_equal(s.path_len, 8);
	free(s.path);
	assert_int_equal(parse("c1834704: 00000003 00000000 00000000 0005 01     7 @a@b", &s), 0);
	assert_int_equal(s.type, SOCK_SEQPACKET);
	assert_int_equal(s.state, UNIX_UNCONNECTED);
	assert_int_equal(s.path_len, 4);
	assert_memory_equal(s.path, "\0a@b", 4);
	free(s.path);
}

TEST(net_unix__socket_without_a_name_has_no_path)
{
	struct unix_socket s;

	assert_int_equal(parse("(____ptrval____): 00000003 00000000 00000000 0002 03  1117", &s),
			 0);
	assert_int_equal(s.type, SOCK_DGRAM);
	assert_int_equal(s.state, UNIX_CONNECTED);
	assert_null(s.path);
	assert_int_equal(parse(OTHER "    0", &s), 0);
	assert_int_equal(s.inode, 0);
	assert_int_equal(s.refcnt, 255);
}

TEST(net_unix__states_are_the_kernels)
{
	static const uint8_t expected[] = {
		UNIX_UNCONNECTED, UNIX_UNCONNECTED,   UNIX_CONNECTING,
		UNIX_CONNECTED,	  UNIX_DISCONNECTING, UNIX_UNCONNECTED
	};
	struct unix_socket s;
	char line[128];

	for (unsigned int i = 0; i < COUNT(expected); i++) {
		snprintf(line, sizeof(line),
			 "0000000000000000: 00000002 00000000 00000000 0001 %02X     1", i);
		assert_int_equal(parse(line, &s), 0);
		assert_int_equal(s.state, expected[i]);
	}
}

TEST(net_unix__path_of_any_bytes_is_kept)
{
	static const char path[] = "\x1b[2J \xff\t\\ \r ";
	struct unix_socket s;
	char line[LINE_MAX_LEN];

	snprintf(line, sizeof(line), START "5 %s", path);
	assert_int_equal(parse(line, &s), 0);
	assert_int_equal(s.path_len, sizeof(path) - 1);
	assert_memory_equal(s.path, path, sizeof(path));
	free(s.path);
	assert_int_equal(parse(START "5  x", &s), 0);
	assert_string_equal(s.path, " x");
	free(s.path);
	memset(line, 'x', sizeof(line));
	memcpy(line, START "5 ", strlen(START "5 "));
	assert_int_equal(parse_bytes(line, sizeof(line), &s), 0);
	assert_int_equal(s.path_len, sizeof(line) - strlen(START "5 "));
	free(s.path);
}

TEST(net_unix__what_is_no_line_is_refused)
{
	static const char *const lines[] = {
		"",
		" ",
		"x",
		":",
		"0:",
		"0: 00000002 00000000 00010000 0001 01 5",		 /* a short address */
		"ffff8880c1834704 00000002 00000000 00010000 0001 01 5", /* no colon */
		"ffff8880c1834704: 2 0 10000 1 1 5",			 /* short numbers */
		"ffff8880c1834704: 0000000x 00000000 00010000 0001 01 5",
		"ffff8880c1834704: 00000002  00000000 00010000 0001 01 5", /* two blanks */
		"ffff8880c1834704: 00000002 00000000 00010000 0101 01 5",  /* no such type */
		"ffff8880c1834704: -0000002 00000000 00010000 0001 01 5",
		" ffff8880c1834704: 00000002 00000000 00010000 0001 01 5",
		START,
		START "x",
		START "-1",
		START "12x /a",
		START "12\t/a",
		START "18446744073709551616 /a",
		"rest of a path",
		"/etc/passwd",
		"Num",
	};
	struct unix_socket s, before;

	memset(&s, 0xa5, sizeof(s));
	memset(&before, 0xa5, sizeof(before));
	for (size_t i = 0; i < COUNT(lines); i++)
		assert_int_equal(parse(lines[i], &s), -EBADMSG);
	assert_int_equal(parse("Num       RefCount Protocol Flags    Type St Inode Path", &s),
			 -ENODATA);
	assert_memory_equal(&s, &before, sizeof(s));
}

static uint64_t random_next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* What must hold for any input at all. */
static void check_any(const char *line, size_t len)
{
	struct unix_socket s, before;
	int err;

	memset(&s, 0xa5, sizeof(s));
	memset(&before, 0xa5, sizeof(before));
	err = parse_bytes(line, len, &s);
	if (err) {
		assert_true(err == -EBADMSG || err == -ENODATA);
		assert_memory_equal(&s, &before, sizeof(s));
		return;
	}
	assert_in_range(s.state, UNIX_UNCONNECTED, UNIX_DISCONNECTING);
	assert_int_equal(s.netns | s.n_holders, 0);
	assert_true(s.path ? s.path_len < len : !s.path_len);
	free(s.path);
}

TEST(net_unix__mutated_lines_do_no_harm)
{
	static const char good[] = START "21345 @/tmp/.X11-unix/X0";
	static const char likely[] = " :0123456789abcdefABCDEFgx@/-\n\0\x80\xff";
	uint64_t seed = 0x5eed;
	char line[LINE_MAX_LEN];

	for (int i = 0; i < 100000; i++) {
		size_t len = sizeof(good) - 1;

		memcpy(line, good, len);
		for (uint64_t n = random_next(&seed) % 4 + 1; n; n--)
			line[random_next(&seed) % len] =
				likely[random_next(&seed) % (sizeof(likely) - 1)];
		check_any(line, i % 4 ? len : random_next(&seed) % len);
	}
}

/* --- a table -----------------------------------------------------------------------------------
 */

/* A /proc in which process 1 has this table. */
struct fixture {
	struct tree tree;
	struct netns netns;
	struct unix_list l;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (!f || tree_make(&f->tree))
		return -1;
	f->netns = (struct netns){ .inode = NETNS, .pids = { 1 }, .n_pids = 1 };
	tree_put_dir(&f->tree, "1/net");
	tree_put_link(&f->tree, "1/ns/net", "net:[7]");
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int err = tree_remove(&f->tree);

	unix_list_free(&f->l);
	free(f);
	return err;
}

static int read_table(struct fixture *f, const char *text, bool add)
{
	tree_put_text(&f->tree, "1/net/unix", text);
	return net_unix_read(f->tree.fd, &f->netns, add, &f->l);
}

/* As diagnosis tells it. */
static void know(struct fixture *f, uint64_t inode, uint32_t netns, const char *path, size_t len)
{
	struct unix_socket s = { .inode = inode, .netns = netns, .path_len = len };

	s.path = path ? malloc(len + 1) : NULL;
	assert_true(s.path || !path);
	if (path) {
		memcpy(s.path, path, len);
		s.path[len] = '\0';
	}
	assert_int_equal(unix_list_add(&f->l, &s), 0);
}

#define HEADER "Num       RefCount Protocol Flags    Type St Inode Path\n"

TEST_SETUP(net_unix_read__alone_it_tells_the_sockets)
{
	struct fixture *f = *state;

	assert_int_equal(read_table(f, HEADER START "5 /run/x\n" OTHER "6\n" START "8 @y", true),
			 0);
	assert_int_equal(f->l.n, 3);
	assert_int_equal(f->l.all[0].netns, NETNS);
	assert_string_equal(f->l.all[0].path, "/run/x");
	assert_null(f->l.all[1].path);
	assert_int_equal(f->l.all[2].path_len, 2);
}

TEST_SETUP(net_unix_read__newlines_belong_to_the_path)
{
	struct fixture *f = *state;

	assert_int_equal(read_table(f, HEADER START "5 /a\nb\n\nc\n" START "6 \nd\n" OTHER "7\n",
				    true),
			 0);
	assert_int_equal(f->l.n, 3);
	assert_string_equal(f->l.all[0].path, "/a\nb\n\nc");
	assert_int_equal(f->l.all[0].path_len, 7);
	assert_string_equal(f->l.all[1].path, "\nd");
	assert_null(f->l.all[2].path);
}

TEST_SETUP(net_unix_read__what_is_known_gets_its_count_and_no_more)
{
	struct fixture *f = *state;

	know(f, 5, NETNS, "/run/x", 6);
	know(f, 6, NETNS, NULL, 0);
	know(f, 8, NETNS, "\0a\0b", 4);
	know(f, 9, NETNS + 1, "/run/x", 6); /* of another namespace: not this table's */
	know(f, 10, NETNS, "/run/y", 6);    /* the inode of something else by now */
	assert_int_equal(read_table(f,
				    HEADER START "5 /run/x\n" OTHER "6\n" START "8 @a@b\n" OTHER
						 "9 /run/x\n" OTHER "10 /run/z\n" START
						 "4711 /new\n",
				    false),
			 0);
	assert_int_equal(f->l.n, 5);
	assert_int_equal(f->l.all[0].refcnt, 2);
	assert_int_equal(f->l.all[1].refcnt, 255);
	assert_int_equal(f->l.all[2].refcnt, 2);
	assert_int_equal(f->l.all[3].refcnt, 0);
	assert_int_equal(f->l.all[4].refcnt, 0);
}

TEST_SETUP(net_unix_read__path_cannot_forge_what_is_known)
{
	static const char evil[] = "/e\n" OTHER "5 /run/x";
	struct fixture *f = *state;

	know(f, 5, NETNS, "/run/x", 6);
	know(f, 6, NETNS, evil, sizeof(evil) - 1);
	know(f, 8, NETNS, "\n\n", 2);
	know(f, 9, NETNS, NULL, 0);
	assert_int_equal(read_table(f,
				    HEADER START "5 /run/x\n" START "6 /e\n" OTHER
						 "5 /run/x\n" START "8 \n\n\n" START "9\n",
				    false),
			 0);
	assert_int_equal(f->l.all[0].refcnt, 2);
	assert_int_equal(f->l.all[1].refcnt, 2);
	assert_int_equal(f->l.all[2].refcnt, 2);
	assert_int_equal(f->l.all[3].refcnt, 2);
}

TEST_SETUP(net_unix_read__no_table_is_told)
{
	struct fixture *f = *state;

	assert_int_equal(net_unix_read(f->tree.fd, &f->netns, true, &f->l), -ENOENT);
	f->netns.inode = NETNS + 1; /* the process lives in another one now */
	assert_int_equal(read_table(f, HEADER, true), -ENOENT);
	assert_int_equal(f->l.n, 0);
}
