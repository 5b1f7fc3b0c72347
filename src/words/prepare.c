// SPDX-License-Identifier: GPL-2.0-only
#include "words/words.h"

#include <errno.h>
#include <inttypes.h>

#include "base/files.h"
#include "base/log.h"
#include "cli/options.h"
#include "proc/time_ns.h"
#include "render/escape.h"
#include "words/tags.h"

/* All programs and maps of the stream with UDP take about 70 descriptors. */
#define FILES_NEEDED 128

int words_prepare(const struct options *options)
{
	uint64_t files = files_allow(FILES_NEEDED);

	if (files < FILES_NEEDED) {
		log_error("only %" PRIu64
			  " files may be open here, and %d are needed: raise the limit ("
			  "ulimit -n, LimitNOFILE= of a unit)",
			  files, FILES_NEEDED);
		return -EMFILE;
	}
	if (tags_prepare(&options->print))
		return -ENOMEM;
	escape_csv_guard(options->print.csv_safe);
	time_ns_learn();
	return 0;
}
