// SPDX-License-Identifier: GPL-2.0-only
#include "store/chain.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "store/files.h"

#define LINES_MAX 8192 /* of the file: then those of what is gone are let go */
#define LINE_MAX_ 256

static const char *const acts[CHAIN_ACTS] = { "begin", "seal", "removed" };

/* --- reading ---------------------------------------------------------------------------------- */

static bool is_digest(const char *text)
{
	return strlen(text) == CHAIN_HEX - 1 && strspn(text, "0123456789abcdef") == CHAIN_HEX - 1;
}

static bool parse(const char *text, struct chain_line *ret)
{
	char act[8], name[STORE_NAME_MAX], size[21], digest[CHAIN_HEX], *end;
	struct store_file f;

	if (sscanf(text, "%7s %63s %20s %64s", act, name, size, digest) != 4 || !is_digest(digest))
		return false;
	for (ret->act = 0; ret->act < CHAIN_ACTS; ret->act++)
		if (!strcmp(acts[ret->act], act))
			break;
	if (ret->act == CHAIN_ACTS || (ret->act != CHAIN_BEGIN && !store_name_parse(name, &f)))
		return false;
	ret->size = strtoull(size, &end, 10);
	if (ret->act != CHAIN_BEGIN && (*end || end == size))
		return false;
	memcpy(ret->name, name, sizeof(ret->name));
	memcpy(ret->digest, digest, sizeof(ret->digest));
	return true;
}

static int take_lines(FILE *file, struct chain_lines *c)
{
	struct chain_line line = { 0 };
	char text[LINE_MAX_];

	while (fgets(text, sizeof(text), file)) {
		if (!strchr(text, '\n')) {
			c->torn = true;
			return feof(file) ? 0 : -EBADMSG;
		}
		if (!parse(text, &line) || (line.act == CHAIN_BEGIN && c->n))
			return -EBADMSG;
		if (ARRAY_ADD(c->lines, c->n, c->cap, &line))
			return -ENOMEM;
	}
	return ferror(file) ? -EIO : 0;
}

int chain_read(const char *dir, struct chain_lines *ret)
{
	struct chain_lines c = { 0 };
	char path[PATH_MAX];
	FILE *file;
	int err;

	if (!files_path(path, dir, CHAIN_FILE))
		return -ENAMETOOLONG;
	file = fopen(path, "re");
	if (!file && errno != ENOENT)
		return -errno;
	err = file ? take_lines(file, &c) : 0;
	if (file)
		fclose(file);
	if (err)
		chain_lines_free(&c);
	else
		*ret = c;
	return err;
}

void chain_lines_free(struct chain_lines *c)
{
	free(c->lines);
	*c = (struct chain_lines){ 0 };
}

/* --- digests ---------------------------------------------------------------------------------- */

static int add_file(SHA2_CTX *sha, int fd, uint64_t size)
{
	static const size_t at_once = 1 << 16;
	char *part = malloc(at_once);
	uint64_t seen = 0;
	ssize_t n = -1;

	errno = ENOMEM;
	while (part && (n = read(fd, part, at_once)) > 0) {
		SHA256Update(sha, (const uint8_t *)part, (size_t)n);
		seen += (uint64_t)n;
	}
	n = n < 0 ? -errno : 0;
	free(part);
	return n ? (int)n : seen == size ? 0 : -EMSGSIZE;
}

static int add_content(SHA2_CTX *sha, const char *dir, const struct chain_line *line)
{
	char path[PATH_MAX];
	int fd, err;

	if (!files_path(path, dir, line->name))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	err = add_file(sha, fd, line->size);
	close(fd);
	return err;
}

int chain_digest(const char *dir, const char *before, const struct chain_line *line,
		 char ret[static CHAIN_HEX])
{
	uint8_t digest[CHAIN_DIGEST];
	char text[LINE_MAX_];
	SHA2_CTX sha;
	int len, err = 0;

	SHA256Init(&sha);
	len = snprintf(text, sizeof(text), "%s%s %s %" PRIu64 "\n", before, acts[line->act],
		       line->name, line->size);
	SHA256Update(&sha, (const uint8_t *)text, (size_t)len);
	if (line->act == CHAIN_SEAL)
		err = add_content(&sha, dir, line);
	if (err)
		return err;
	SHA256Final(digest, &sha);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(ret + i * 2, 3, "%02x", digest[i]);
	return 0;
}

/* --- adding ----------------------------------------------------------------------------------- */

static int put_line(FILE *file, const struct chain_line *l)
{
	int n = l->act == CHAIN_BEGIN ? fprintf(file, "begin - - %s\n", l->digest)
				      : fprintf(file, "%s %s %" PRIu64 " %s\n", acts[l->act],
						l->name, l->size, l->digest);

	return n < 0 ? -errno : 0;
}

static int put_all(const char *path, const struct chain_lines *c, const char *dir)
{
	int err = 0, fd = files_make(path, dir);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file)
		return fd < 0 ? fd : -ENOMEM;
	for (size_t i = 0; i < c->n && !err; i++)
		err = put_line(file, &c->lines[i]);
	if (!err && (fflush(file) || fdatasync(fd)))
		err = -errno;
	if (fclose(file) && !err)
		err = -errno;
	return err;
}

/* Anew in another file that takes the place of this one. */
static int write_anew(const char *dir, const struct chain_lines *c)
{
	char path[PATH_MAX], tmp[PATH_MAX];
	int err;

	if (!files_path(path, dir, CHAIN_FILE) || !files_path(tmp, dir, CHAIN_FILE ".tmp"))
		return -ENAMETOOLONG;
	unlink(tmp);
	err = put_all(tmp, c, dir);
	if (!err && rename(tmp, path))
		err = -errno;
	if (err)
		unlink(tmp);
	return err ? err : files_sync_dir(dir);
}

static int append(const char *dir, const struct chain_line *line)
{
	char path[PATH_MAX], text[LINE_MAX_];
	int fd, len, err = 0;

	if (!files_path(path, dir, CHAIN_FILE))
		return -ENAMETOOLONG;
	len = snprintf(text, sizeof(text), "%s %s %" PRIu64 " %s\n", acts[line->act], line->name,
		       line->size, line->digest);
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	/* a part of it is a torn line: the next one writes all anew */
	if (write(fd, text, (size_t)len) != len)
		err = errno ? -errno : -ENOSPC;
	if (!err && fdatasync(fd))
		err = -errno;
	close(fd);
	return err;
}

static bool is_removed(const struct chain_lines *c, size_t i)
{
	for (size_t k = i + 1; k < c->n; k++)
		if (c->lines[k].act == CHAIN_REMOVED && !strcmp(c->lines[k].name, c->lines[i].name))
			return true;
	return false;
}

/* The first lines, up to the first of a file that is there, become one. */
static void let_go(struct chain_lines *c)
{
	size_t n = 0;

	while (n + 1 < c->n && (c->lines[n].act != CHAIN_SEAL || is_removed(c, n)))
		n++;
	if (n < 2)
		return;
	c->lines[0] = (struct chain_line){ .act = CHAIN_BEGIN };
	memcpy(c->lines[0].digest, c->lines[n - 1].digest, CHAIN_HEX);
	memmove(c->lines + 1, c->lines + n, (c->n - n) * sizeof(*c->lines));
	c->n -= n - 1;
}

static int add(const char *dir, struct chain_lines *c, struct chain_line *line)
{
	const char *before = c->n ? c->lines[c->n - 1].digest : "";
	int err = chain_digest(dir, before, line, line->digest);

	if (err)
		return err;
	if (c->n && !c->torn && c->n < LINES_MAX)
		return append(dir, line);
	if (ARRAY_ADD(c->lines, c->n, c->cap, line))
		return -ENOMEM;
	if (c->n > LINES_MAX)
		let_go(c);
	return write_anew(dir, c);
}

int chain_add(const char *dir, enum chain_act act, const char *name, uint64_t size,
	      char ret_digest[static CHAIN_HEX])
{
	struct chain_line line = { .act = act, .size = size };
	struct chain_lines c;
	int err;

	snprintf(line.name, sizeof(line.name), "%s", name);
	err = chain_read(dir, &c);
	if (err)
		return err;
	err = add(dir, &c, &line);
	chain_lines_free(&c);
	if (!err)
		memcpy(ret_digest, line.digest, CHAIN_HEX);
	return err;
}
