// SPDX-License-Identifier: GPL-2.0-only
#include "scene.h"

#include <string.h>

#include "core/addr.h"
#include "fuzz.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define THINGS_MAX 64 /* events, rows and holders, each */

enum thing { OF_SETTINGS, OF_EVENT, OF_ROW, OF_HOLDER };
enum value { NUMBER, BYTES, ADDRESS };

struct key {
	const char *name;
	enum thing thing;
	enum value value;
	size_t offset;
	size_t size;
};

#define KEY(thing, type, name, member, value)                                           \
	{                                                                               \
		name, thing, value, offsetof(type, member), sizeof(((type *)0)->member) \
	}
#define SETTING(member, value) KEY(OF_SETTINGS, struct scene_settings, #member, member, value)
#define EVENT(member, value) KEY(OF_EVENT, struct sw_event, #member, member, value)
#define EVENT_SOCK(member, value) KEY(OF_EVENT, struct sw_event, #member, sock.member, value)
#define ROW(member, value) KEY(OF_ROW, struct sw_row, #member, member, value)
#define ROW_SOCK(member, value) KEY(OF_ROW, struct sw_row, #member, sock.member, value)
#define HOLDER(member, value) KEY(OF_HOLDER, struct holder, #member, member, value)

/* What is not listed is reached by "at" and by "raw". */
static const struct key keys[] = {
	SETTING(wall_offset, NUMBER),
	SETTING(lost, NUMBER),
	SETTING(style, NUMBER),
	SETTING(extended, NUMBER),
	SETTING(exe, BYTES),
	SETTING(cmdline, BYTES),
	EVENT(time_ns, NUMBER),
	EVENT_SOCK(cookie, NUMBER),
	EVENT_SOCK(inode, NUMBER),
	EVENT_SOCK(cgroup_id, NUMBER),
	EVENT_SOCK(owner_cgroup, NUMBER),
	EVENT_SOCK(in_cgroups, NUMBER),
	EVENT(age_ns, NUMBER),
	EVENT(state_ns, NUMBER),
	EVENT_SOCK(bytes_sent, NUMBER),
	EVENT_SOCK(bytes_received, NUMBER),
	EVENT(datagrams_sent, NUMBER),
	EVENT(datagrams_received, NUMBER),
	EVENT_SOCK(start_ns, NUMBER),
	EVENT(parent_inode, NUMBER),
	EVENT(ns_pid, NUMBER),
	EVENT(mptcp_token, NUMBER),
	EVENT_SOCK(tuple.local, ADDRESS),
	EVENT_SOCK(tuple.remote, ADDRESS),
	EVENT_SOCK(tuple.local_port, NUMBER),
	EVENT_SOCK(tuple.remote_port, NUMBER),
	EVENT_SOCK(tuple.family, NUMBER),
	EVENT_SOCK(tuple.netns, NUMBER),
	EVENT_SOCK(pid, NUMBER),
	EVENT(actor_pid, NUMBER),
	EVENT(actor_tid, NUMBER),
	EVENT_SOCK(uid, NUMBER),
	EVENT_SOCK(retransmits, NUMBER),
	EVENT_SOCK(srtt_us, NUMBER),
	EVENT(error, NUMBER),
	EVENT_SOCK(have, NUMBER),
	EVENT(kind, NUMBER),
	EVENT_SOCK(proto, NUMBER),
	EVENT(old_state, NUMBER),
	EVENT_SOCK(state, NUMBER),
	EVENT_SOCK(owner_source, NUMBER),
	EVENT(reason, NUMBER),
	EVENT(first_state, NUMBER),
	EVENT_SOCK(comm, BYTES),
	EVENT(actor_comm, BYTES),
	ROW_SOCK(tuple.local, ADDRESS),
	ROW_SOCK(tuple.remote, ADDRESS),
	ROW_SOCK(tuple.local_port, NUMBER),
	ROW_SOCK(tuple.remote_port, NUMBER),
	ROW_SOCK(tuple.family, NUMBER),
	ROW_SOCK(tuple.netns, NUMBER),
	ROW_SOCK(inode, NUMBER),
	ROW_SOCK(uid, NUMBER),
	ROW(recv_q, NUMBER),
	ROW(send_q, NUMBER),
	ROW_SOCK(state, NUMBER),
	ROW_SOCK(proto, NUMBER),
	ROW_SOCK(have, NUMBER),
	HOLDER(pid, NUMBER),
	HOLDER(fd, NUMBER),
	HOLDER(comm, BYTES),
};

/* A scene in the making; what was begun last is the last one of its kind. */
struct reading {
	struct scene *scene;
	enum thing thing;
};

static char *thing_bytes(const struct reading *r, enum thing thing, size_t *ret_size)
{
	struct scene *s = r->scene;

	switch (thing) {
	case OF_EVENT:
		*ret_size = sizeof(struct sw_event);
		return s->n_events ? (char *)&s->events[s->n_events - 1] : NULL;
	case OF_ROW:
		*ret_size = offsetof(struct sw_row, first_holder); /* what follows are indexes */
		return s->snap.n_rows ? (char *)&s->snap.rows[s->snap.n_rows - 1] : NULL;
	case OF_HOLDER:
		*ret_size = offsetof(struct holder,
				     in_cgroups); /* of a bool not every byte is one */
		return s->snap.n_holders ? (char *)&s->snap.holders[s->snap.n_holders - 1] : NULL;
	case OF_SETTINGS:
		break;
	}
	*ret_size = sizeof(s->settings);
	return (char *)&s->settings;
}

static void take_value(const struct key *k, char *field, char *text)
{
	uint64_t number = strtoull(text, NULL, 0); /* little or big endian: any bytes will do */
	struct sw_cidr cidr;
	size_t len;

	switch (k->value) {
	case NUMBER:
		memcpy(field, &number, k->size);
		break;
	case BYTES:
		len = input_unescape(text);
		memset(field, 0, k->size);
		memcpy(field, text, len < k->size ? len : k->size);
		break;
	case ADDRESS:
		if (!cidr_parse(text, &cidr))
			memcpy(field, &cidr.net, k->size);
		break;
	}
}

static void take_key(const struct reading *r, const char *name, char *text)
{
	for (size_t i = 0; i < COUNT(keys); i++) {
		const struct key *k = &keys[i];
		size_t size;
		char *bytes;

		if ((k->thing != OF_SETTINGS && k->thing != r->thing) || strcmp(k->name, name))
			continue;
		bytes = thing_bytes(r, k->thing, &size);
		if (bytes)
			take_value(k, bytes + k->offset, text);
		return;
	}
}

static void take_byte(const struct reading *r, char *text)
{
	uint64_t offset = strtoull(input_word(&text), NULL, 0);
	size_t size;
	char *bytes = thing_bytes(r, r->thing, &size);

	if (bytes && r->thing != OF_SETTINGS)
		bytes[offset % size] = (char)strtoull(text, NULL, 0);
}

static void begin_event(struct reading *r)
{
	struct scene *s = r->scene;

	if (s->n_events == THINGS_MAX)
		return;
	s->events = reallocarray(s->events, s->n_events + 1, sizeof(*s->events));
	FUZZ_CHECK(s->events);
	s->events[s->n_events++] = (struct sw_event){ 0 };
	r->thing = OF_EVENT;
}

static void begin_raw(struct reading *r, struct input *in)
{
	size_t left = (size_t)(in->end - in->at), size;
	size_t before = r->scene->n_events;

	begin_event(r);
	if (before == r->scene->n_events)
		return;
	size = left < sizeof(struct sw_event) ? left : sizeof(struct sw_event);
	memcpy(&r->scene->events[before], in->at, size);
	in->at += size;
}

static void begin_row(struct reading *r)
{
	struct sw_row row = { .first_holder = (uint32_t)r->scene->snap.n_holders };

	if (r->scene->snap.n_rows == THINGS_MAX)
		return;
	FUZZ_CHECK(!snapshot_add_row(&r->scene->snap, &row));
	r->thing = OF_ROW;
}

static void begin_holder(struct reading *r)
{
	struct snapshot *s = &r->scene->snap;
	struct holder holder = { 0 };

	if (!s->n_rows || s->n_holders == THINGS_MAX)
		return;
	FUZZ_CHECK(!snapshot_add_holder(s, &holder));
	s->rows[s->n_rows - 1].n_holders++;
	r->thing = OF_HOLDER;
}

static void take_word(struct scene *s, const char *text)
{
	if (s->n_words == SCENE_WORDS)
		return;
	s->words[s->n_words] = strdup(text);
	FUZZ_CHECK(s->words[s->n_words]);
	s->n_words++;
}

static void take_line(struct reading *r, char *line, struct input *in)
{
	const char *key = input_word(&line);

	if (!strcmp(key, "event"))
		begin_event(r);
	else if (!strcmp(key, "raw"))
		begin_raw(r, in);
	else if (!strcmp(key, "row"))
		begin_row(r);
	else if (!strcmp(key, "holder"))
		begin_holder(r);
	else if (!strcmp(key, "word"))
		take_word(r->scene, line);
	else if (!strcmp(key, "at"))
		take_byte(r, line);
	else
		take_key(r, key, line);
}

/* Arrays that grow in steps hide a read behind their end from the sanitizer. */
static void snapshot_shrink(struct snapshot *s)
{
	if (s->n_rows)
		s->rows = reallocarray(s->rows, s->n_rows, sizeof(*s->rows));
	if (s->n_holders)
		s->holders = reallocarray(s->holders, s->n_holders, sizeof(*s->holders));
	s->cap_rows = s->n_rows;
	s->cap_holders = s->n_holders;
	FUZZ_CHECK((s->rows || !s->n_rows) && (s->holders || !s->n_holders));
}

void scene_read(const uint8_t *data, size_t size, struct scene *ret)
{
	struct reading r = { .scene = ret };
	struct input in = input_of(data, size);
	char *line;
	size_t len;

	*ret = (struct scene){ 0 };
	while ((line = input_line(&in, &len))) {
		take_line(&r, line, &in);
		free(line);
	}
	snapshot_shrink(&ret->snap);
	ret->settings.exe[sizeof(ret->settings.exe) - 1] = '\0';
	ret->settings.cmdline[sizeof(ret->settings.cmdline) - 1] = '\0';
}

void scene_free(struct scene *s)
{
	for (int i = 0; i < s->n_words; i++)
		free(s->words[i]);
	snapshot_free(&s->snap);
	free(s->events);
}
