// SPDX-License-Identifier: GPL-2.0-only
#include "render/features.h"

#include <string.h>

#include "base/buf.h"
#include "core/feature.h"
#include "render/escape.h"
#include "render/schema.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NAME_WIDTH 40

/* --- text ------------------------------------------------------------------------------------- */

static void put_feature(struct buf *b, const struct feature_row *row)
{
	const struct feature *f = row->feature;

	buf_puts(b, row->has ? "yes  " : "no   ");
	buf_puts(b, f->name);
	buf_pad(b, NAME_WIDTH - (int)strlen(f->name));
	buf_putc(b, ' ');
	buf_puts(b, f->use);
	if (!row->has) {
		buf_puts(b, "; instead: ");
		buf_puts(b, f->instead ? f->instead : "nothing, sockwatch cannot work here");
	}
	buf_putc(b, '\n');
}

void render_features_text(struct buf *b, const struct feature_page *page)
{
	buf_puts(b, "Linux ");
	escape_text(b, page->kernel, strlen(page->kernel));
	buf_puts(b, "\n\n     FEATURE");
	buf_pad(b, NAME_WIDTH - 7);
	buf_puts(b, " USED FOR\n");
	for (size_t i = 0; i < page->n; i++)
		put_feature(b, &page->rows[i]);
	buf_puts(b, "\nPrivileges: ");
	buf_puts(b, page->missing[0] ? page->missing : "none");
	buf_puts(b, " missing\n");
}

/* --- JSON ------------------------------------------------------------------------------------- */

static bool get_instead(const void *row, struct field_value *v)
{
	return !((const struct feature_row *)row)->has && field_text(row, v);
}

#define IN(member) FIELD_IN(struct feature, member)

static const struct field fields[] = {
	{ KEY("key", FOREIGN, field_text, "Its short name"), IN(key) },
	{ KEY("available", BOOL, field_member, "Whether this kernel has it"),
	  FIELD_AT(struct feature_row, has) },
	{ KEY("name", FOREIGN, field_text, "What it is"), IN(name) },
	{ KEY("use", FOREIGN, field_text, "What it is used for"), IN(use) },
	{ KEY("instead", FOREIGN, get_instead, "What takes the place of one that is missing"),
	  IN(instead) },
};

const struct schema feature_schema = { "Keys of features", fields, COUNT(fields) };

static void put_rows(struct buf *b, const void *object, const struct field_value *v)
{
	const struct feature_page *page = object;

	(void)v;
	for (size_t i = 0; i < page->n; i++) {
		json_next(b);
		schema_put_object(&feature_schema, b, &page->rows[i], NULL);
	}
}

static bool get_features(const void *page, struct field_value *v)
{
	(void)page;
	v->put_elements = put_rows;
	return true;
}

#define AT(member) FIELD_AT(struct feature_page, member)

static const struct field page_fields[] = {
	{ KEY("kernel", FOREIGN, field_text, "Its release"), AT(kernel) },
	{ KEY("features", LIST, get_features, "The features, each with the keys below"),
	  JSON_ONLY },
	{ KEY("missing_privileges", FOREIGN, field_text, "The capabilities that are missing"),
	  AT(missing) },
};

const struct schema features_schema = { "Keys of the kernel", page_fields, COUNT(page_fields) };

void render_features_json(struct buf *b, const struct feature_page *page)
{
	schema_put_json(&features_schema, b, page, NULL);
}
