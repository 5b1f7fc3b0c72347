// SPDX-License-Identifier: GPL-2.0-only
#include "names/container_part.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ID_LEN 64     /* in full, as every runtime writes it */
#define ID_LEN_MIN 12 /* behind a prefix that says enough */
#define BUILD_ID_LEN 25
#define UID_LEN 36
#define STATIC_UID_LEN 32 /* of a pod from a file: no marks in it */

enum id_kind {
	ID_HEX,
	ID_NAME,
};

/*
 * PREFIX<id>, PREFIX<id>.scope or PREFIX<id>.service; only PREFIX<id>SUFFIX where there is one. The
 * first that fits is taken.
 */
static const struct {
	const char *prefix;
	const char *suffix;  /* NULL: it may end as it likes */
	const char *runtime; /* NULL: is no container, whatever follows */
	enum id_kind kind;
} prefixes[] = {
	{ "libpod-conmon-", NULL, NULL, ID_NAME },
	{ "crio-conmon-", NULL, NULL, ID_NAME },
	{ "lxc.monitor.", NULL, NULL, ID_NAME },
	{ "docker-", NULL, "docker", ID_HEX },
	{ "cri-containerd-", NULL, "containerd", ID_HEX },
	{ "cri-containerd:", NULL, "containerd", ID_HEX },
	{ "nerdctl-", NULL, "containerd", ID_HEX },
	{ "libpod-payload-", NULL, "podman", ID_HEX },
	{ "libpod-", NULL, "podman", ID_HEX },
	{ "crio-", NULL, "cri-o", ID_HEX },
	{ "lxc.payload.", NULL, "lxc", ID_NAME },
	{ "machine-qemu\\x2d", ".scope", "libvirt", ID_NAME },
	{ "machine-lxc\\x2d", ".scope", "libvirt", ID_NAME },
	{ "machine-", ".scope", "nspawn", ID_NAME },
	{ "systemd-nspawn@", ".service", "nspawn", ID_NAME },
};

bool part_starts_with(struct part p, const char *prefix)
{
	size_t len = strlen(prefix);

	return p.len >= len && !memcmp(p.s, prefix, len);
}

bool part_ends_with(struct part p, const char *suffix)
{
	size_t len = strlen(suffix);

	return p.len > len && !memcmp(p.s + p.len - len, suffix, len);
}

bool part_is(struct part p, const char *name)
{
	return p.len == strlen(name) && part_starts_with(p, name);
}

struct part part_without_suffix(struct part p, const char *suffix)
{
	if (part_ends_with(p, suffix))
		p.len -= strlen(suffix);
	return p;
}

static bool is_hex(struct part p)
{
	for (size_t i = 0; i < p.len; i++)
		if (!isxdigit((unsigned char)p.s[i]))
			return false;
	return true;
}

void part_copy(struct part p, char *ret, size_t size)
{
	size_t len = p.len < size ? p.len : size - 1;

	memcpy(ret, p.s, len);
	ret[len] = '\0';
}

/* systemd writes what a unit's name may not hold as \xNN. */
void part_copy_unescaped(struct part p, char *ret, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (size_t i = 0; i < p.len && n + 1 < size; i++) {
		const char *high, *low;

		ret[n++] = p.s[i];
		if (p.len - i < 4 || p.s[i] != '\\' || p.s[i + 1] != 'x')
			continue;
		high = memchr(digits, p.s[i + 2], 16);
		low = memchr(digits, p.s[i + 3], 16);
		if (!high || !low || (high == digits && low == digits))
			continue;
		ret[n - 1] = (char)((high - digits) * 16 + (low - digits));
		i += 3;
	}
	ret[n] = '\0';
}

size_t part_split(const char *path, struct part *parts, size_t max)
{
	size_t n = 0;

	while (n < max) {
		path += strspn(path, "/");
		if (!*path)
			break;
		parts[n].s = path;
		parts[n].len = strcspn(path, "/");
		path += parts[n++].len;
	}
	return n;
}

enum part_prefix part_find_prefix(struct part p, const char **ret_runtime, struct part *ret_id)
{
	struct part whole = p;

	p = part_without_suffix(part_without_suffix(p, ".scope"), ".service");
	for (size_t i = 0; i < COUNT(prefixes); i++) {
		size_t skip = strlen(prefixes[i].prefix);
		struct part id = { p.s + skip, p.len - skip };

		if (!part_starts_with(p, prefixes[i].prefix) ||
		    (prefixes[i].suffix && !part_ends_with(whole, prefixes[i].suffix)))
			continue;
		if (!prefixes[i].runtime)
			return PREFIX_HELPER;
		if (!id.len || (prefixes[i].kind == ID_HEX && (id.len < ID_LEN_MIN || !is_hex(id))))
			continue;
		*ret_runtime = prefixes[i].runtime;
		*ret_id = id;
		return prefixes[i].kind == ID_HEX ? PREFIX_HEX : PREFIX_NAME;
	}
	return PREFIX_NONE;
}

bool part_is_id(struct part p)
{
	return p.len == ID_LEN && is_hex(p);
}

bool part_is_build_id(struct part p)
{
	for (size_t i = 0; i < p.len; i++)
		if (!islower((unsigned char)p.s[i]) && !isdigit((unsigned char)p.s[i]))
			return false;
	return p.len == BUILD_ID_LEN;
}

bool part_begins_with_uuid(struct part p)
{
	for (size_t i = 0; i < UID_LEN && i < p.len; i++) {
		bool mark = i == 8 || i == 13 || i == 18 || i == 23;

		if (mark ? p.s[i] != '-' : !isxdigit((unsigned char)p.s[i]))
			return false;
	}
	return p.len >= UID_LEN;
}

/* "pod<uid>" with a uid of this length, at the end of a name that may begin with slices. */
static bool find_uid(struct part p, size_t len, size_t want_marks, char *pod)
{
	const char *uid = p.s + p.len - len;
	size_t marks = 0;

	if (p.len < len + 3 || memcmp(uid - 3, "pod", 3) || (p.len > len + 3 && uid[-4] != '-'))
		return false;
	for (size_t i = 0; i < len; i++) {
		bool mark = uid[i] == '_' || uid[i] == '-';

		if (!mark && !isxdigit((unsigned char)uid[i]))
			return false;
		marks += mark;
	}
	if (marks != want_marks)
		return false;
	for (size_t i = 0; i < len; i++)
		pod[i] = uid[i] == '_' ? '-' : uid[i];
	pod[len] = '\0';
	return true;
}

bool part_find_pod(struct part p, char *pod)
{
	const char *colon = memchr(p.s, ':', p.len);

	if (colon)
		p.len = (size_t)(colon - p.s);
	p = part_without_suffix(p, ".slice");
	return p.len >= STATIC_UID_LEN && ((p.len >= UID_LEN && find_uid(p, UID_LEN, 4, pod)) ||
					   find_uid(p, STATIC_UID_LEN, 0, pod));
}

bool part_find_podman_pod(struct part p, char *pod)
{
	static const char *const pods[] = { "machine-libpod_pod_", "user-libpod_pod_" };

	p = part_without_suffix(p, ".slice");
	for (size_t i = 0; i < COUNT(pods); i++) {
		size_t skip = strlen(pods[i]);
		struct part id = { p.s + skip, p.len - skip };

		if (!part_starts_with(p, pods[i]) || !part_is_id(id))
			continue;
		part_copy(id, pod, ID_LEN + 1);
		return true;
	}
	return false;
}
