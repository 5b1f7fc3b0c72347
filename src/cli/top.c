// SPDX-License-Identifier: GPL-2.0-only
#include "cli/top.h"

#include <stdbool.h>

#include "base/refuse.h"
#include "cli/options.h"

int top_check(const struct options *o, char *why, size_t size)
{
	if (o->print.schema != JSON_OURS)
		return refuse(why, size,
			      "--json of a schema is for records: frames have keys of their "
			      "own: -j");
	if (o->n_sorts && !o->top.sort)
		return refuse(why, size,
			      "--sort: top sorts by a column, as rate, down, rtt, age, owner, "
			      "remote or state");
	if (o->past.dir && o->top.batch)
		return refuse(why, size,
			      "--dir is where the past is, which is for the screen: log --at TIME "
			      "--dir DIR prints it");
	if (o->past.at && o->top.batch)
		return refuse(why, size, "--at is for the screen: log --at TIME prints that table");
	if (o->past.at && (o->select.filter.on & SW_F_STATE))
		return refuse(why, size,
			      "--at: the states that connections were in then are not known: leave "
			      "state out");
	if (o->past.at && o->top.allow_kill)
		return refuse(why, size,
			      "--allow-kill: what is past cannot be ended: leave --at out");
	if (o->top.batch && o->top.allow_kill)
		return refuse(why, size, "--allow-kill is for keys: --batch has none");
	if (o->top.batch)
		return 0;
	if (o->print.format == OUTPUT_JSON)
		return refuse(why, size, "--json is for frames that are printed: top --batch -j");
	if (o->page.count)
		return refuse(why, size,
			      "--count says how many frames are printed: top --batch --count 3");
	if (o->out_path)
		return refuse(why, size, "--output is for frames that are printed: top --batch");
	return 0;
}
