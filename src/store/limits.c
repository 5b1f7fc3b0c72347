// SPDX-License-Identifier: GPL-2.0-only
#include "store/limits.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <syslog.h>

#include "base/log.h"
#include "store/chain.h"
#include "store/dir.h"
#include "store/files.h"
#include "store/writer.h"

static const char *name_of(const struct store_file *f)
{
	return strrchr(f->path, '/') + 1;
}

/* The chain first: after a crash in between the file goes at the next start. */
static int remove_segment(const char *dir, const struct store_file *f)
{
	char digest[CHAIN_HEX];
	int err = chain_add(dir, CHAIN_REMOVED, name_of(f), f->size, digest);

	if (!err)
		syslog(LOG_NOTICE, "removed %s, to stay within the limits, digest %s", f->path,
		       digest);
	/* without room for the line there is more need for what the file gives back */
	if (err && err != -ENOSPC && err != -EDQUOT && err != -EBADMSG)
		return err;
	log_verbose("%s goes, to stay within the limits", f->path);
	return files_remove(f->path);
}

static bool is_too_little_free(const struct writer_opts *opts)
{
	struct statvfs fs;

	return opts->keep_free && !statvfs(opts->dir, &fs) &&
	       fs.f_bavail < (fs.f_blocks + 99) / 100 * opts->keep_free;
}

static bool is_too_old(const struct writer_opts *opts, const struct store_file *f, uint64_t now)
{
	return opts->max_age_ns && f->sealed && f->last_ns < now &&
	       now - f->last_ns > opts->max_age_ns;
}

static int remove_oldest(const struct writer_opts *opts, const struct store_files *files,
			 uint64_t now, uint64_t give_back)
{
	uint64_t total = 0;

	for (size_t i = 0; i < files->n; i++)
		total += files->files[i].size;
	for (size_t i = 0; i + 1 < files->n; i++) {
		const struct store_file *f = &files->files[i];
		bool too_much = opts->max_size && total + opts->segment_size > opts->max_size;
		int err;

		if (!too_much && !give_back && !is_too_old(opts, f, now))
			break;
		err = remove_segment(opts->dir, f);
		if (err)
			return err;
		total -= f->size;
		give_back -= give_back < f->size ? give_back : f->size;
	}
	return 0;
}

int limits_keep(const struct writer_opts *opts, uint64_t now, bool begun)
{
	struct store_files files;
	uint64_t give_back = 0;
	int err = store_list(opts->dir, &files);

	if (!err) {
		if (begun && files.n > 1 && is_too_little_free(opts))
			give_back = files.files[files.n - 2].size;
		err = remove_oldest(opts, &files, now, give_back);
		store_files_free(&files);
	}
	if (err)
		log_error("cannot remove old segments of %s: %s", opts->dir, strerror(-err));
	return err;
}
