// SPDX-License-Identifier: GPL-2.0-only
#include "cli/top.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "cli/options.h"

__attribute__((format(printf, 3, 4))) static int fail(char *why, size_t size, const char *format,
						      ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, size, format, args);
	va_end(args);
	return -EINVAL;
}

int top_check(const struct options *o, char *why, size_t size)
{
	if (o->print.schema != JSON_OURS)
		return fail(why, size,
			    "--json of a schema is for records: frames have keys of their "
			    "own: -j");
	if (o->n_sorts && !o->top.sort)
		return fail(why, size,
			    "--sort: top sorts by a column, as rate, down, rtt, age, owner, "
			    "remote or state");
	if (o->past.dir && !o->past.at)
		return fail(why, size, "--dir is where the past is: top --at TIME --dir DIR");
	if (o->past.at && o->top.batch)
		return fail(why, size, "--at is for the screen: log --at TIME prints that table");
	if (o->past.at && o->top.allow_kill)
		return fail(why, size,
			    "--allow-kill: what is past cannot be ended: leave --at out");
	if (o->top.batch && o->top.allow_kill)
		return fail(why, size, "--allow-kill is for keys: --batch has none");
	if (o->top.batch)
		return 0;
	if (o->print.format == OUTPUT_JSON)
		return fail(why, size, "--json is for frames that are printed: top --batch -j");
	if (o->page.count)
		return fail(why, size,
			    "--count says how many frames are printed: top --batch --count 3");
	if (o->out_path)
		return fail(why, size, "--output is for frames that are printed: top --batch");
	return 0;
}
