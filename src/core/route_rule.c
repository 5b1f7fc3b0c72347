// SPDX-License-Identifier: GPL-2.0-only
#include "core/route_rule.h"

#include <stdlib.h>
#include <string.h>

#include <linux/fib_rules.h>

#include "base/array.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int route_rule_list_add(struct route_rule_list *l, const struct route_rule *rule)
{
	return ARRAY_ADD(l->all, l->n, l->cap, rule);
}

bool route_rule_list_remove(struct route_rule_list *l, const struct route_rule *rule)
{
	for (size_t i = 0; i < l->n; i++) {
		if (memcmp(&l->all[i], rule, sizeof(*rule)))
			continue;
		memmove(&l->all[i], &l->all[i + 1], (l->n - i - 1) * sizeof(*rule));
		l->n--;
		return true;
	}
	return false;
}

void route_rule_list_free(struct route_rule_list *l)
{
	free(l->all);
	*l = (struct route_rule_list){ 0 };
}

const char *route_rule_action_name(uint8_t action)
{
	static const char *const names[] = { [FR_ACT_TO_TBL] = "lookup",
					     [FR_ACT_GOTO] = "goto",
					     [FR_ACT_NOP] = "nop",
					     [FR_ACT_BLACKHOLE] = "blackhole",
					     [FR_ACT_UNREACHABLE] = "unreachable",
					     [FR_ACT_PROHIBIT] = "prohibit" };

	return action < COUNT(names) ? names[action] : NULL;
}
