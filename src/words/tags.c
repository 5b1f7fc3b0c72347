// SPDX-License-Identifier: GPL-2.0-only
#include "words/tags.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/buf.h"
#include "base/log.h"
#include "core/opts.h"
#include "proc/boot.h"
#include "render/json_put.h"

#define SCHEMA "1" /* of our keys: keys are only ever added in it */

static struct buf members; /* until the end: lines have them */

static void put(const char *key, size_t len, const char *text)
{
	json_next(&members);
	json_put_word(&members, key, len);
	buf_putc(&members, ':');
	json_put_text(&members, text, strlen(text));
}

/* What records do not have themselves. */
static void put_known(const struct print_opts *opts, const char *key)
{
	struct utsname machine;
	char id[BOOT_ID_SIZE];

	if (!strcmp(key, "schema"))
		put(key, strlen(key), SCHEMA);
	else if (opts->machines)
		return;
	else if (!strcmp(key, "boot") && boot_id(id))
		put(key, strlen(key), id);
	else if (!strcmp(key, "host") && !uname(&machine) && *machine.nodename)
		put(key, strlen(key), machine.nodename);
}

int tags_prepare(const struct print_opts *opts)
{
	for (size_t i = 0; i < opts->n_tags; i++) {
		const char *tag = opts->tags[i];
		size_t len = strcspn(tag, "=");

		if (tag[len])
			put(tag, len, tag + len + 1);
		else
			put_known(opts, tag);
	}
	if (buf_failed(&members)) {
		log_error("out of memory");
		return -ENOMEM;
	}
	json_set_tags(members.data, members.len);
	return 0;
}
