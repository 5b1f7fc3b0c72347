/* SPDX-License-Identifier: GPL-2.0-only */
/* Metrics in a file, for node_exporter's collector of text files. */
#ifndef SOCKWATCH_WORDS_EXPORT_FILE_H
#define SOCKWATCH_WORDS_EXPORT_FILE_H

#include <stdbool.h>

#include "base/privilege.h"
#include "base/replaced.h"

struct meter;

struct export_file {
	const char *path; /* borrowed */
	struct replaced file;
	bool failed; /* the last one could not be written, which was told */
};

/*
 * Opens the directory, and says which rights are needed for writing there: where the user that we
 * become may not, and we may, that directory is all there is from then on, and the right to write
 * there stays. While there are all. 0, or -errno after a message.
 */
int export_file_open(struct export_file *f, const char *path, struct privilege_opts *rights);

/* As metrics_sink.page: writes it; what cannot be is told once, and tried again. */
int export_file_page(void *arg, struct meter *m);

/* As metrics_sink.closed: removes it, as its numbers go on no more. */
void export_file_closed(void *arg);

#endif
