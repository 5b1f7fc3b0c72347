/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of engines say of a container. The only place that knows jansson. A file is text
 * of anybody: what is not as it should be says nothing.
 */
#ifndef SOCKWATCH_NAMES_ENGINE_JSON_H
#define SOCKWATCH_NAMES_ENGINE_JSON_H

#include <stdbool.h>
#include <stddef.h>

struct engine_file; /* opaque: one that was read */
struct label;

/* NULL: it is no JSON, or there is no memory. */
struct engine_file *engine_file_parse(const char *text, size_t len);

/* A string at the top of it, borrowed; NULL: it is not there. */
const char *engine_file_text(const struct engine_file *f, const char *key);

/* Each fills in what it finds, and leaves the rest of *ret as it is. True: it is that container. */

/* Docker's config.v2.json. */
bool engine_docker(const struct engine_file *f, const char *id, struct label *ret);

/* config.json of a bundle, with annotations of CRI, of CRI-O and of nerdctl. */
bool engine_bundle(const struct engine_file *f, struct label *ret);

/* containers.json of containers/storage, which Podman and CRI-O keep: all containers. */
bool engine_storage(const struct engine_file *f, const char *id, struct label *ret);

/* NULL is fine. */
void engine_file_free(struct engine_file *f);

#endif
