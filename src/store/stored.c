// SPDX-License-Identifier: GPL-2.0-only
#include "store/stored.h"

#include <stddef.h>
#include <string.h>

_Static_assert(sizeof(struct stored) == 536, "each byte is somebody's: see store/layout.c");

/* Where a struct record has the texts, in the order of enum stored_text. */
static const size_t texts_at[STORED_TEXTS] = {
	[STORED_DEVICE] = offsetof(struct record, device),
	[STORED_NETNS_NAME] = offsetof(struct record, netns_name),
	[STORED_CGROUP] = offsetof(struct record, cgroup),
	[STORED_CONTAINER] = offsetof(struct record, container),
	[STORED_RUNTIME] = offsetof(struct record, runtime),
	[STORED_POD] = offsetof(struct record, pod),
	[STORED_UNIT] = offsetof(struct record, unit),
	[STORED_EXE] = offsetof(struct record, exe),
	[STORED_CMDLINE] = offsetof(struct record, cmdline),
	[STORED_PARENT_COMM] = offsetof(struct record, parent_comm),
	[STORED_SOCKET_CGROUP] = offsetof(struct record, socket_cgroup),
	[STORED_CONTAINERS] = offsetof(struct record, containers),
	[STORED_USER_UNIT] = offsetof(struct record, user_unit),
	[STORED_CONTAINER_NAME] = offsetof(struct record, container_name),
	[STORED_CONTAINER_IMAGE] = offsetof(struct record, container_image),
	[STORED_POD_NAME] = offsetof(struct record, pod_name),
	[STORED_POD_NAMESPACE] = offsetof(struct record, pod_namespace),
};

static const char *text_of(const struct record *rec, size_t i)
{
	const char *text;

	memcpy(&text, (const char *)rec + texts_at[i], sizeof(text));
	return text;
}

void stored_from_record(struct stored *ret, const struct record *rec, struct stored_texts *texts)
{
	memset(ret, 0, sizeof(*ret));
	if (rec->conn)
		memcpy(&ret->conn, rec->conn, sizeof(ret->conn));
	else
		memcpy(&ret->conn.e, rec->ev, sizeof(ret->conn.e));
	ret->wall_ns = rec->wall_ns;
	ret->start_wall_ns = rec->start_wall_ns;
	ret->lost = rec->lost;
	ret->lost_since_ns = rec->lost_since_ns;
	for (size_t i = 0; i < STORED_TEXTS; i++)
		ret->texts[i] = texts->number(texts, text_of(rec, i));
	ret->ppid = rec->ppid;
	ret->recorder = rec->recorder;
	ret->flags = rec->elsewhere ? STORED_ELSEWHERE : 0;
	if (rec->has_login_uid) {
		ret->login_uid = rec->login_uid;
		ret->flags |= STORED_LOGIN_UID;
	}
}

void stored_to_record(const struct stored *s, struct stored_texts *texts, struct record *ret)
{
	*ret = (struct record){ .ev = &s->conn.e,
				.wall_ns = s->wall_ns,
				.conn = s->conn.e.kind == SW_EV_CONN ? &s->conn : NULL,
				.ppid = s->ppid,
				.login_uid = s->login_uid,
				.has_login_uid = s->flags & STORED_LOGIN_UID,
				.elsewhere = s->flags & STORED_ELSEWHERE,
				.recorder = s->recorder,
				.start_wall_ns = s->start_wall_ns,
				.lost = s->lost,
				.lost_since_ns = s->lost_since_ns };
	for (size_t i = 0; i < STORED_TEXTS; i++) {
		const char *text = texts->text(texts, s->texts[i]);

		memcpy((char *)ret + texts_at[i], &text, sizeof(text));
	}
}
