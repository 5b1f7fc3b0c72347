/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of record: those of the command line, and of the file that it names (--config). */
#ifndef SOCKWATCH_WORDS_RECORD_CONFIG_H
#define SOCKWATCH_WORDS_RECORD_CONFIG_H

#include <stdbool.h>

#include "cli/config.h"
#include "cli/options.h"

struct record_config {
	const struct options *given; /* borrowed: of the command line alone */
	struct config file;	     /* owned, as the next */
	struct config_args args;
	struct options options; /* of both; borrows from them */
};

/* 0; or -errno after a message: the file is not as it should be, or not there. */
int record_config_load(const struct options *given, struct record_config *ret);

/*
 * Reads the file again. True: its limits of the store are others now, in *ret. What cannot change
 * while it records is told, and stays as it was; as does all, after a message, where the file is
 * not as it should be.
 */
bool record_config_again(struct record_config *c, struct keep_opts *ret);

void record_config_free(struct record_config *c);

#endif
