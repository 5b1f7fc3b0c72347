// SPDX-License-Identifier: GPL-2.0-only
#include "netlink/encap.h"

#include <arpa/inet.h>
#include <endian.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/lwtunnel.h>
#include <linux/mpls_iptunnel.h>
#include <linux/seg6_iptunnel.h>
#include <linux/seg6_local.h>

#include "base/buf.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NAME_OF(names, i) ((i) < COUNT(names) ? (names)[i] : NULL)
#define ENCAP_RPL 8	    /* LWTUNNEL_ENCAP_RPL: Linux 5.7 */
#define ENCAP_IOAM6 9	    /* LWTUNNEL_ENCAP_IOAM6: 5.15 */
#define ENCAP_XFRM 10	    /* LWTUNNEL_ENCAP_XFRM: Linux 6.1 */
#define XFRM_IF_ID 1	    /* LWT_XFRM_IF_ID */
#define MPLS_LABEL_SHIFT 12 /* above traffic class, end of stack and TTL */
#define MPLS_LAST (1u << 8) /* the label at the bottom of the stack */
#define TUNNEL_CSUM 1
#define TUNNEL_KEY 4
#define TUNNEL_SEQ 8
#define SRH_LAST_ENTRY 4 /* the offset of the number of the last segment */
#define SRH_SEGMENTS 8	 /* where they begin */

/* An attribute of an encapsulation, and how it is told. */
struct part {
	uint16_t type;
	const char *label;
	enum { PART_U8, PART_U32, PART_BE64, PART_IPV4, PART_IPV6 } form;
};

static const struct nlattr *find(const struct nlattr *nest, uint16_t type)
{
	struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		if (mnl_attr_get_type(attr) == type)
			return attr;
	}
	return NULL;
}

static void put_label(struct buf *b, const char *label)
{
	buf_putc(b, ' ');
	buf_puts(b, label);
	buf_putc(b, ' ');
}

static void put_addr(struct buf *b, int family, const void *addr)
{
	char text[INET6_ADDRSTRLEN];

	buf_puts(b, inet_ntop(family, addr, text, sizeof(text)));
}

static void put_part(struct buf *b, const struct part *part, const struct nlattr *attr)
{
	static const size_t sizes[] = {
		[PART_U8] = 1, [PART_U32] = 4, [PART_BE64] = 8, [PART_IPV4] = 4, [PART_IPV6] = 16
	};
	const void *data = mnl_attr_get_payload(attr);
	uint64_t big;

	if (mnl_attr_get_payload_len(attr) < sizes[part->form])
		return;
	put_label(b, part->label);
	switch (part->form) {
	case PART_U8:
		buf_put_u64(b, *(const uint8_t *)data);
		break;
	case PART_U32:
		buf_put_u64(b, mnl_attr_get_u32(attr));
		break;
	case PART_BE64:
		memcpy(&big, data, sizeof(big));
		buf_put_u64(b, be64toh(big));
		break;
	case PART_IPV4:
		put_addr(b, AF_INET, data);
		break;
	case PART_IPV6:
		put_addr(b, AF_INET6, data);
		break;
	}
}

static void put_parts(struct buf *b, const struct nlattr *nest, const struct part *parts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct nlattr *attr = find(nest, parts[i].type);

		if (attr)
			put_part(b, &parts[i], attr);
	}
}

/* A stack of labels, 4 bytes each, of which the upper 20 bits are the label. */
static void put_mpls(struct buf *b, const struct nlattr *nest)
{
	static const struct part parts[] = { { MPLS_IPTUNNEL_TTL, "ttl", PART_U8 } };
	const struct nlattr *labels = find(nest, MPLS_IPTUNNEL_DST);
	size_t n = labels ? mnl_attr_get_payload_len(labels) / sizeof(uint32_t) : 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t entry;

		memcpy(&entry, (const char *)mnl_attr_get_payload(labels) + i * sizeof(entry),
		       sizeof(entry));
		entry = ntohl(entry);
		buf_putc(b, i ? '/' : ' ');
		buf_put_u64(b, entry >> MPLS_LABEL_SHIFT);
		if (entry & MPLS_LAST)
			break;
	}
	put_parts(b, nest, parts, COUNT(parts));
}

/* Of both IP tunnels, which number them alike. */
static void put_tunnel_flags(struct buf *b, const struct nlattr *nest)
{
	const struct nlattr *attr = find(nest, LWTUNNEL_IP_FLAGS);
	uint16_t flags = 0;

	if (attr && mnl_attr_get_payload_len(attr) >= sizeof(flags))
		flags = ntohs(mnl_attr_get_u16(attr));
	if (flags & TUNNEL_KEY)
		buf_puts(b, " key");
	if (flags & TUNNEL_CSUM)
		buf_puts(b, " csum");
	if (flags & TUNNEL_SEQ)
		buf_puts(b, " seq");
}

static void put_ip(struct buf *b, const struct nlattr *nest)
{
	static const struct part parts[] = { { LWTUNNEL_IP_ID, "id", PART_BE64 },
					     { LWTUNNEL_IP_SRC, "src", PART_IPV4 },
					     { LWTUNNEL_IP_DST, "dst", PART_IPV4 },
					     { LWTUNNEL_IP_TTL, "ttl", PART_U8 },
					     { LWTUNNEL_IP_TOS, "tos", PART_U8 } };

	put_parts(b, nest, parts, COUNT(parts));
	put_tunnel_flags(b, nest);
}

static void put_ip6(struct buf *b, const struct nlattr *nest)
{
	static const struct part parts[] = { { LWTUNNEL_IP6_ID, "id", PART_BE64 },
					     { LWTUNNEL_IP6_SRC, "src", PART_IPV6 },
					     { LWTUNNEL_IP6_DST, "dst", PART_IPV6 },
					     { LWTUNNEL_IP6_HOPLIMIT, "hoplimit", PART_U8 },
					     { LWTUNNEL_IP6_TC, "tc", PART_U8 } };

	put_parts(b, nest, parts, COUNT(parts));
	put_tunnel_flags(b, nest);
}

/* A segment routing header of len bytes, whose list is in reverse: the last segment first. */
static void put_segments(struct buf *b, const char *srh, size_t len)
{
	size_t n = len < SRH_SEGMENTS ? 0 : (size_t)(uint8_t)srh[SRH_LAST_ENTRY] + 1;

	if (n * 16 > len - (n ? SRH_SEGMENTS : 0))
		return;
	put_label(b, "segs");
	buf_put_u64(b, n);
	buf_puts(b, " [ ");
	for (size_t i = n; i-- > 0;) {
		put_addr(b, AF_INET6, srh + SRH_SEGMENTS + i * 16);
		buf_putc(b, ' ');
	}
	buf_putc(b, ']');
}

/* struct seg6_iptunnel_encap: the mode, and the header. */
static void put_seg6(struct buf *b, const struct nlattr *nest)
{
	static const char *const modes[] = { [SEG6_IPTUN_MODE_INLINE] = "inline",
					     [SEG6_IPTUN_MODE_ENCAP] = "encap",
					     [SEG6_IPTUN_MODE_L2ENCAP] = "l2encap",
					     [SEG6_IPTUN_MODE_ENCAP_RED] = "encap.red",
					     [SEG6_IPTUN_MODE_L2ENCAP_RED] = "l2encap.red" };
	const struct nlattr *attr = find(nest, SEG6_IPTUNNEL_SRH);
	size_t len = attr ? mnl_attr_get_payload_len(attr) : 0;
	uint32_t mode;

	if (len < sizeof(mode))
		return;
	mode = mnl_attr_get_u32(attr);
	put_label(b, "mode");
	if (NAME_OF(modes, mode))
		buf_puts(b, modes[mode]);
	else
		buf_put_u64(b, mode);
	put_segments(b, (const char *)mnl_attr_get_payload(attr) + sizeof(mode),
		     len - sizeof(mode));
}

static void put_seg6local(struct buf *b, const struct nlattr *nest)
{
	static const char *const actions[] = {
		[SEG6_LOCAL_ACTION_END] = "End",
		[SEG6_LOCAL_ACTION_END_X] = "End.X",
		[SEG6_LOCAL_ACTION_END_T] = "End.T",
		[SEG6_LOCAL_ACTION_END_DX2] = "End.DX2",
		[SEG6_LOCAL_ACTION_END_DX6] = "End.DX6",
		[SEG6_LOCAL_ACTION_END_DX4] = "End.DX4",
		[SEG6_LOCAL_ACTION_END_DT6] = "End.DT6",
		[SEG6_LOCAL_ACTION_END_DT4] = "End.DT4",
		[SEG6_LOCAL_ACTION_END_B6] = "End.B6",
		[SEG6_LOCAL_ACTION_END_B6_ENCAP] = "End.B6.Encaps",
		[SEG6_LOCAL_ACTION_END_BM] = "End.BM",
		[SEG6_LOCAL_ACTION_END_S] = "End.S",
		[SEG6_LOCAL_ACTION_END_AS] = "End.AS",
		[SEG6_LOCAL_ACTION_END_AM] = "End.AM",
		[SEG6_LOCAL_ACTION_END_BPF] = "End.BPF",
		[SEG6_LOCAL_ACTION_END_DT46] = "End.DT46",
	};
	static const struct part parts[] = { { SEG6_LOCAL_TABLE, "table", PART_U32 },
					     { SEG6_LOCAL_VRFTABLE, "vrftable", PART_U32 },
					     { SEG6_LOCAL_NH4, "nh4", PART_IPV4 },
					     { SEG6_LOCAL_NH6, "nh6", PART_IPV6 } };
	const struct nlattr *attr = find(nest, SEG6_LOCAL_ACTION);
	uint32_t action = attr && mnl_attr_get_payload_len(attr) >= 4 ? mnl_attr_get_u32(attr) : 0;

	put_label(b, "action");
	if (NAME_OF(actions, action))
		buf_puts(b, actions[action]);
	else
		buf_put_u64(b, action);
	put_parts(b, nest, parts, COUNT(parts));
}

/* The names of the programs, which are from outside. */
static void put_bpf(struct buf *b, const struct nlattr *nest)
{
	static const char *const places[] = {
		[LWT_BPF_IN] = "in", [LWT_BPF_OUT] = "out", [LWT_BPF_XMIT] = "xmit"
	};
	static const struct part parts[] = { { LWT_BPF_XMIT_HEADROOM, "headroom", PART_U32 } };

	for (uint16_t i = LWT_BPF_IN; i <= LWT_BPF_XMIT; i++) {
		const struct nlattr *program = find(nest, i), *name;

		if (!program)
			continue;
		put_label(b, places[i]);
		name = find(program, LWT_BPF_PROG_NAME);
		if (name)
			buf_put(b, mnl_attr_get_payload(name),
				strnlen(mnl_attr_get_payload(name),
					mnl_attr_get_payload_len(name)));
	}
	put_parts(b, nest, parts, COUNT(parts));
}

static void put_xfrm(struct buf *b, const struct nlattr *nest)
{
	static const struct part parts[] = { { XFRM_IF_ID, "if_id", PART_U32 } };

	put_parts(b, nest, parts, COUNT(parts));
}

/* What is not understood of a kind is left out: those without a function are only named. */
static const struct kind {
	const char *name;
	void (*put)(struct buf *b, const struct nlattr *nest);
} kinds[] = { [LWTUNNEL_ENCAP_MPLS] = { "mpls", put_mpls },
	      [LWTUNNEL_ENCAP_IP] = { "ip", put_ip },
	      [LWTUNNEL_ENCAP_ILA] = { "ila", NULL },
	      [LWTUNNEL_ENCAP_IP6] = { "ip6", put_ip6 },
	      [LWTUNNEL_ENCAP_SEG6] = { "seg6", put_seg6 },
	      [LWTUNNEL_ENCAP_BPF] = { "bpf", put_bpf },
	      [LWTUNNEL_ENCAP_SEG6_LOCAL] = { "seg6local", put_seg6local },
	      [ENCAP_RPL] = { "rpl", NULL },
	      [ENCAP_IOAM6] = { "ioam6", NULL },
	      [ENCAP_XFRM] = { "xfrm", put_xfrm } };

char *encap_format(uint16_t type, const struct nlattr *nest)
{
	const struct kind *kind = type < COUNT(kinds) && kinds[type].name ? &kinds[type] : NULL;
	struct buf b = { 0 };

	if (kind)
		buf_puts(&b, kind->name);
	else
		buf_put_u64(&b, type);
	if (kind && kind->put)
		kind->put(&b, nest);
	buf_putc(&b, '\0');
	if (buf_failed(&b)) {
		buf_free(&b);
		return NULL;
	}
	return b.data;
}
