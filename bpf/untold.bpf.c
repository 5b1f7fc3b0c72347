// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The sweep at the end: sockets that are gone without their last transitions having been seen, and
 * whose address nobody has had since. While they were traced, whoever got it next counted them.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "facts.h"

/*
 * Read without the lock, of memory that may be another's by now. The tracepoint comes before the
 * state is stored: so the state is read here first, and the facts of one that is closing now say
 * so.
 */
static __always_inline __u32 steps_untold(const struct facts *facts, struct sock *sk)
{
	__u8 state = READ(sk, __sk_common.skc_state);
	bool gone = is_other(facts, sk) || !READ(sk, __sk_common.skc_refcnt.refs.counter);

	if (!facts_are_open(facts) || (!gone && state != SW_TCP_CLOSE))
		return 0;
	return !gone && !tells_conns && READ(sk, sk_err) ? 1
							 : steps_lost(facts->state, SW_TCP_CLOSE);
}

static long count_element(void *map, const __u64 *key, struct facts *facts, void *ctx)
{
	__u32 untold;

	if (!facts_are_open(facts))
		return 0;
	untold = steps_untold(facts, (struct sock *)*key);
	if (untold) {
		count_lost_many(untold);
		facts->touched = 0; /* until the detach others may find them yet */
	}
	return 0;
}

/*
 * All is done at the first task: any iterator would do, as its descriptor outlives our rights. (The
 * one over the elements of a map is not to be had everywhere.)
 */
SEC("iter/task")
int count_untold(struct bpf_iter__task *ctx)
{
	if (!ctx->meta->seq_num && ctx->task)
		bpf_for_each_map_elem(&facts_by_address, count_element, 0, 0);
	return 0;
}
