// SPDX-License-Identifier: GPL-2.0-only
/* --features: what src/live finds, as src/render tells it. Nothing is loaded. */
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/options.h"
#include "live/features.h"
#include "proc/cgroup_root.h"
#include "render/features.h"
#include "words/out.h"
#include "words/words.h"

static enum exit_status run(const struct options *o)
{
	struct output out = out_stdout();
	struct feature_row rows[FEATURES];
	struct features features;
	struct utsname kernel;
	char missing[64];
	const struct feature_page page = { kernel.release, rows, FEATURES, missing };
	int cgroup_fd = cgroup_root_open();

	features_probe(cgroup_fd, &features);
	if (cgroup_fd >= 0)
		close(cgroup_fd);
	privilege_missing(o->select.udp, missing, sizeof(missing));
	uname(&kernel);
	for (int id = 0; id < FEATURES; id++)
		rows[id] = (struct feature_row){ feature_get((enum feature_id)id),
						 features.has[id] };
	if (o->print.format == OUTPUT_JSON)
		render_features_json(&out.buf, &page);
	else
		render_features_text(&out.buf, &page);
	output_flush(&out);
	return out_end(&out, 0);
}

const struct word word_features = { .id = WORD_FEATURES, .name = "features", .run = run };
