/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Community ID v1 (github.com/corelight/community-id-spec): a flow by its ends and protocol, the
 * same for both sides and in the tools that see its packets (Zeek, Suricata, Wireshark). Pure.
 */
#ifndef SOCKWATCH_CORE_COMMUNITY_H
#define SOCKWATCH_CORE_COMMUNITY_H

#include <stddef.h>

struct sw_sock;

#define COMMUNITY_ID_LEN 30 /* "1:" and 28 of base64 */

/*
 * With the seed 0, into ret, without a NUL. Returns the length, or 0: not of TCP, UDP or SCTP, or
 * an end is not known: a listener, a port that is not chosen yet, a datagram socket of all
 * addresses.
 */
size_t community_id(const struct sw_sock *s, char ret[COMMUNITY_ID_LEN]);

#endif
