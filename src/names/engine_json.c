// SPDX-License-Identifier: GPL-2.0-only
#include "names/engine_json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "names/label.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct engine_file {
	json_t *root; /* owned */
};

struct engine_file *engine_file_parse(const char *text, size_t len)
{
	struct engine_file *f = malloc(sizeof(*f));
	json_t *root = json_loadb(text, len, 0, NULL);

	if (f && root) {
		f->root = root;
		return f;
	}
	json_decref(root);
	free(f);
	return NULL;
}

void engine_file_free(struct engine_file *f)
{
	if (!f)
		return;
	json_decref(f->root);
	free(f);
}

static const char *text_at(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

const char *engine_file_text(const struct engine_file *f, const char *key)
{
	return text_at(f->root, key);
}

/* The first of them counts; what is too long is none. */
static void take(char *ret, size_t size, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (len && len < size && !ret[0])
		memcpy(ret, text, len + 1);
}

#define TAKE(ret, text) take(ret, sizeof(ret), text)

/* By which keys annotations and labels of containers tell; the first that is there counts. */
static void take_keys(const json_t *from, struct label *ret)
{
	static const char *const names[] = { "io.kubernetes.cri.container-name",
					     "io.kubernetes.container.name", "nerdctl/name" };
	static const char *const images[] = { "io.kubernetes.cri.image-name",
					      "io.kubernetes.cri-o.ImageName" };
	static const char *const pods[] = { "io.kubernetes.cri.sandbox-name",
					    "io.kubernetes.pod.name" };
	static const char *const namespaces[] = { "io.kubernetes.cri.sandbox-namespace",
						  "io.kubernetes.pod.namespace" };

	for (size_t i = 0; i < COUNT(names); i++)
		TAKE(ret->name, text_at(from, names[i]));
	for (size_t i = 0; i < COUNT(images); i++)
		TAKE(ret->image, text_at(from, images[i]));
	for (size_t i = 0; i < COUNT(pods); i++)
		TAKE(ret->pod_name, text_at(from, pods[i]));
	for (size_t i = 0; i < COUNT(namespaces); i++)
		TAKE(ret->pod_namespace, text_at(from, namespaces[i]));
}

/* All of them, as an object; too many are none. */
static void take_labels(const json_t *labels, struct label *ret)
{
	char *text = json_object_size(labels)
			     ? json_dumps(labels, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENSURE_ASCII)
			     : NULL;

	if (text)
		TAKE(ret->labels, text);
	free(text);
}

bool engine_docker(const struct engine_file *f, const char *id, struct label *ret)
{
	const json_t *root = f->root, *config = json_object_get(root, "Config");
	const char *own = text_at(root, "ID"), *name = text_at(root, "Name");

	if (!own || strcmp(own, id))
		return false;
	TAKE(ret->name, name && name[0] == '/' ? name + 1 : name);
	TAKE(ret->image, text_at(config, "Image"));
	take_keys(json_object_get(config, "Labels"), ret);
	take_labels(json_object_get(config, "Labels"), ret);
	return true;
}

bool engine_bundle(const struct engine_file *f, struct label *ret)
{
	const json_t *annotations = json_object_get(f->root, "annotations");

	take_keys(annotations, ret);
	return json_is_object(f->root);
}

/* What the engine has in it is a text that is an object again. */
static void take_metadata(const char *text, struct label *ret)
{
	json_t *metadata = text ? json_loads(text, 0, NULL) : NULL;

	TAKE(ret->name, text_at(metadata, "name"));
	TAKE(ret->image, text_at(metadata, "image-name"));
	json_decref(metadata);
}

bool engine_storage(const struct engine_file *f, const char *id, struct label *ret)
{
	const json_t *all = f->root;

	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *c = json_array_get(all, i);
		const char *own = text_at(c, "id");

		if (!own || strcmp(own, id))
			continue;
		TAKE(ret->name, json_string_value(json_array_get(json_object_get(c, "names"), 0)));
		take_metadata(text_at(c, "metadata"), ret);
		return true;
	}
	return false;
}
