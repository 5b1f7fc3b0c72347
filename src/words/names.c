// SPDX-License-Identifier: GPL-2.0-only
#include "words/names.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/log.h"
#include "names/labels.h"
#include "names/resolver.h"
#include "netlink/nat.h"
#include "proc/tracking.h"

struct resolver *names_start(void)
{
	struct resolver *resolver = NULL;
	int err = resolver_open(&resolver);

	if (err)
		log_note("no names of hosts and users, but numbers: no process can be started to "
			 "look them up: %s",
			 strerror(-err));
	return resolver;
}

struct labels *labels_start(bool wanted)
{
	struct labels *labels = NULL;
	int err = wanted ? labels_open(&labels) : 0;

	if (err)
		log_verbose("no names of containers: %s",
			    err == -ENOSYS ? "built without libjansson" : strerror(-err));
	return labels;
}

#define NAT_PAGE_NS 3000000000u	 /* all answers of a page are waited for so long */
#define NAT_STREAM_NS 250000000u /* likewise at first, while the ring fills */

struct nats *nats_start(bool wanted, bool of_page)
{
	struct nats *nats = NULL;
	int err = wanted ? nats_open(of_page ? NAT_PAGE_NS : NAT_STREAM_NS, &nats) : 0;

	if (err)
		log_note("--nat: conntrack is not asked: %s",
			 err == -ENOSYS ? "built without libmnl" : strerror(-err));
	else if (wanted && !tracking_is_there())
		log_note("--nat: the kernel tracks no connections here so far (nf_conntrack)");
	return nats;
}
