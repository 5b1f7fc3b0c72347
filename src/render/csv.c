// SPDX-License-Identifier: GPL-2.0-only
/* Records as CSV: the fields of JSON, an empty cell where there is no value. */
#include "render/render.h"

#include "render/fields.h"
#include "render/schema.h"

static void csv_record(struct render *r, struct buf *b, const struct record *rec)
{
	const struct field_times times = { r->time, &r->stamp, &r->start_stamp };

	schema_put_csv(&record_schema, b, rec, &times);
}

static void csv_header(struct render *r, struct buf *b)
{
	(void)r;
	schema_put_csv_header(&record_schema, b);
}

const struct formatter render_csv = { .name = "csv", .header = csv_header, .record = csv_record };
