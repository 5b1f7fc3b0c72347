// SPDX-License-Identifier: GPL-2.0-only
#include "names/label.h"

#include <stddef.h>
#include <string.h>

#include "names/container.h"

#define ID_LEN 64

static bool is_whole(const char *id)
{
	return strspn(id, "0123456789abcdef") == ID_LEN && !id[ID_LEN];
}

bool label_question_make(struct label_question *ret, const struct container *c)
{
	static const struct {
		const char *runtime;
		enum label_engine engine;
	} engines[] = { { "docker", LABEL_DOCKER },
			{ "podman", LABEL_PODMAN },
			{ "cri-o", LABEL_CRIO },
			{ "containerd", LABEL_CONTAINERD } };

	memset(ret, 0, sizeof(*ret));
	if (!is_whole(c->id) || c->all[0])
		return false;
	memcpy(ret->id, c->id, ID_LEN);
	if (c->of == CONTAINER_OF_USER) {
		ret->of_user = 1;
		ret->uid = c->uid;
	}
	if (!c->runtime)
		return c->of == CONTAINER_OF_SYSTEM; /* else nothing says that it is one */
	for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++)
		if (!strcmp(c->runtime, engines[i].runtime))
			ret->engine = engines[i].engine;
	return ret->engine != LABEL_ANY;
}
