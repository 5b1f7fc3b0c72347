// SPDX-License-Identifier: GPL-2.0-only
#include "words/export_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "metrics/meter.h"
#include "store/dir.h"
#include "words/fleet_cursor.h"

#define NS 1000000000ull
#define WAL "-wal" /* behind the name of the segment that is written: SQLite's */

int export_store_open(const char *dir)
{
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool is_written(const char *name)
{
	char live[STORE_NAME_MAX];
	size_t len = strlen(name), end = sizeof(WAL) - 1;
	struct store_file file;

	if (len > end && len - end < sizeof(live) && !strcmp(name + len - end, WAL))
		len -= end;
	else if (len >= sizeof(live))
		return false;
	memcpy(live, name, len);
	live[len] = '\0';
	return store_name_parse(live, &file) && !file.sealed;
}

static void add(const char *name, const struct stat *st, struct meter_store *sum)
{
	uint64_t time_ns = (uint64_t)st->st_mtim.tv_sec * NS + (uint64_t)st->st_mtim.tv_nsec;
	struct store_file file;

	if (!S_ISREG(st->st_mode))
		return;
	sum->bytes += (uint64_t)st->st_size;
	if (is_written(name) && time_ns > sum->written_ns)
		sum->written_ns = time_ns;
	if (!strcmp(name, FLEET_CURSOR))
		sum->sent_ns = time_ns;
	if (!store_name_parse(name, &file))
		return;
	sum->segments++;
	if (!sum->oldest_ns || file.begun_ns < sum->oldest_ns)
		sum->oldest_ns = file.begun_ns;
}

void export_store_look(int dir_fd, struct meter_store *ret)
{
	struct meter_store sum = { 0 };
	int fd = dir_fd < 0 ? -1 : fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	struct stat st;

	*ret = sum;
	if (!d && fd >= 0)
		close(fd);
	if (!d)
		return;
	rewinddir(d); /* the place is that of dir_fd, too */
	while ((entry = readdir(d)))
		if (!fstatat(dir_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			add(entry->d_name, &st, &sum);
	closedir(d);
	if (sum.segments)
		*ret = sum;
}
