// SPDX-License-Identifier: GPL-2.0-only
/* In the place of engine_json.c where libjansson is not: no file says anything. */
#ifndef HAVE_JANSSON

#include "names/engine_json.h"

#include <stddef.h>

struct engine_file *engine_file_parse(const char *text, size_t len)
{
	(void)text;
	(void)len;
	return NULL;
}

const char *engine_file_text(const struct engine_file *f, const char *key)
{
	(void)f;
	(void)key;
	return NULL;
}

bool engine_docker(const struct engine_file *f, const char *id, struct label *ret)
{
	(void)f;
	(void)id;
	(void)ret;
	return false;
}

bool engine_bundle(const struct engine_file *f, struct label *ret)
{
	(void)f;
	(void)ret;
	return false;
}

bool engine_storage(const struct engine_file *f, const char *id, struct label *ret)
{
	(void)f;
	(void)id;
	(void)ret;
	return false;
}

void engine_file_free(struct engine_file *f)
{
	(void)f;
}

#endif
