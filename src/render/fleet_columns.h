/* SPDX-License-Identifier: GPL-2.0-only */
/* The columns of a fleet's table, for who writes rows and who reads them. */
#ifndef SOCKWATCH_RENDER_FLEET_COLUMNS_H
#define SOCKWATCH_RENDER_FLEET_COLUMNS_H

#include <stddef.h>

#include "render/json_put.h"

/* name: of the column; key: of our JSON, whose value it has; type: as ClickHouse calls it. */
struct fleet_column {
	struct json_key json;
	const char *name, *key, *type;
};

/* All but those of the key (host, boot, recorder, seq), the time and the owners. */
extern const struct fleet_column *const fleet_columns;
extern const size_t n_fleet_columns;

#endif
