// SPDX-License-Identifier: GPL-2.0-only
#include "proc/lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int lines_read(int fd, line_fn *take, void *arg)
{
	FILE *file = fdopen(fd, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int err = 0;

	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	while (!err && (len = getline(&line, &size, file)) >= 0)
		err = take(arg, line, (size_t)len - (len && line[len - 1] == '\n'));
	if (!err && ferror(file))
		err = -EIO;
	free(line);
	fclose(file);
	return err;
}
