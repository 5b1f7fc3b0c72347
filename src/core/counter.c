// SPDX-License-Identifier: GPL-2.0-only
#include "core/counter.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define ROUND_32 ((uint64_t)1 << 32)
#define SHORT_WAY                                                                      \
	((uint64_t)1 << 28) /* more than a machine of 32 bits counts between two looks \
			     */

int counters_add(struct counters *c, const struct counter *counter)
{
	return ARRAY_ADD(c->all, c->n, c->cap, counter);
}

static bool is_named(const struct counter *c, const char *section, const char *name)
{
	return !strcmp(c->name, name) && !strcmp(c->section, section);
}

const struct counter *counters_find(const struct counters *c, const char *section, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (is_named(&c->all[i], section, name))
			return &c->all[i];
	return NULL;
}

uint64_t counters_value(const struct counters *c, const char *section, const char *name)
{
	const struct counter *found = counters_find(c, section, name);

	return found && !found->negative ? found->value : 0;
}

/* Counts the events between two values of which the second is not the larger. */
static uint64_t count_from_less(uint64_t old, uint64_t now, bool *ret_reset)
{
	*ret_reset = !(old < ROUND_32 && ROUND_32 - old + now < SHORT_WAY);
	return *ret_reset ? now : ROUND_32 - old + now;
}

bool counter_changed(const struct counters *before, const struct counter *now, bool gauge,
		     uint64_t ns, struct counter_step *ret)
{
	const struct counter *old = counters_find(before, now->section, now->name);
	struct counter_step step = { 0 };

	if (!before->has[now->table])
		return false;
	if (old) {
		step.old = old->value;
		step.old_negative = old->negative;
	}
	if (step.old == now->value && step.old_negative == now->negative)
		return false;
	if (!gauge && now->value >= step.old)
		step.delta = now->value - step.old;
	else if (!gauge)
		step.delta = count_from_less(step.old, now->value, &step.reset);
	step.rate = (double)step.delta * 1e9 / (double)ns;
	*ret = step;
	return true;
}

void counters_free(struct counters *c)
{
	free(c->all);
	*c = (struct counters){ 0 };
}
