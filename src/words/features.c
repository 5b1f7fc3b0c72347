// SPDX-License-Identifier: GPL-2.0-only
/* Composes --features: what src/live finds, as src/render tells it. Nothing is loaded. */
#include "words/features.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/log.h"
#include "base/output.h"
#include "cli/options.h"
#include "live/features.h"
#include "proc/cgroup_root.h"
#include "render/features.h"

int inspect_run(const struct options *options)
{
	struct output out = { .fd = STDOUT_FILENO };
	bool json = options->format == OUTPUT_JSON;
	struct features features;
	struct utsname kernel;
	char missing[64];
	int err, cgroup_fd = cgroup_root_open();

	features_probe(cgroup_fd, &features);
	if (cgroup_fd >= 0)
		close(cgroup_fd);
	privilege_missing(options->udp, missing, sizeof(missing));
	uname(&kernel);
	render_features_head(&out.buf, json, kernel.release);
	for (int id = 0; id < FEATURES; id++)
		render_feature(&out.buf, json, feature_get((enum feature_id)id), features.has[id],
			       id == 0);
	render_features_tail(&out.buf, json, missing);
	output_flush(&out);
	err = out.err;
	if (err && err != -EPIPE)
		log_error("cannot write the output: %s", strerror(-err));
	output_free(&out);
	return err;
}
