/* SPDX-License-Identifier: GPL-2.0-only */
/* What an engine calls a container, by the files that it keeps: no daemon is asked. */
#ifndef SOCKWATCH_NAMES_LABEL_H
#define SOCKWATCH_NAMES_LABEL_H

#include <stdbool.h>
#include <stdint.h>

struct container;

#define LABEL_ID_MAX 72	   /* of an id in full, with its NUL */
#define LABEL_NAME_MAX 256 /* with its NUL; what is longer is none */
#define LABEL_IMAGE_MAX 512
#define LABEL_LABELS_MAX 4096

enum label_engine {
	LABEL_ANY, /* not known: each is asked */
	LABEL_DOCKER,
	LABEL_PODMAN,
	LABEL_CRIO,
	LABEL_CONTAINERD,
};

/* Starts as all zero: it is compared and hashed as bytes. One message to the helper. */
struct label_question {
	char id[LABEL_ID_MAX];
	uint32_t engine;  /* enum label_engine */
	uint32_t of_user; /* 1: of an engine that the next one runs, in his home */
	uint32_t uid;
	uint32_t pad;
};

/* Texts as the files have them, any byte may occur; "": there is none. */
struct label {
	char name[LABEL_NAME_MAX];
	char image[LABEL_IMAGE_MAX];
	char pod_name[LABEL_NAME_MAX];
	char pod_namespace[LABEL_NAME_MAX];
	char labels[LABEL_LABELS_MAX]; /* a JSON object, of ASCII alone: our own text */
};

struct label_answer {
	struct label_question question;
	struct label label;
};

/*
 * What to ask for a container (names/container.h). False: the engine is none whose files are known,
 * the id is not whole, or the container is within another, of which the files of this machine tell
 * nothing.
 */
bool label_question_make(struct label_question *ret, const struct container *c);

#endif
