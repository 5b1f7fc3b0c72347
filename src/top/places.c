// SPDX-License-Identifier: GPL-2.0-only
#include "top/places.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/hash.h"
#include "core/record.h"

#define NOWHERE UINT32_MAX
#define BUCKETS 4096
#define DATA_MAX 8192 /* bytes of all its texts; what is more is left out */

struct draft {
	char data[DATA_MAX];
	struct place place;
};

static void put(struct draft *d, enum place_text which, const char *text)
{
	size_t len = text ? strlen(text) + 1 : 0;

	if (len < 2 || d->place.len + len > DATA_MAX)
		return;
	memcpy(d->data + d->place.len, text, len);
	d->place.at[which] = (uint16_t)(d->place.len + 1);
	d->place.len += len;
}

static void put_names(struct draft *d, const struct record_names *names)
{
	if (!names)
		return;
	put(d, PLACE_USER, names->user);
	put(d, PLACE_LOCAL_HOST, names->local_host);
	put(d, PLACE_LOCAL_SERVICE, names->local_service);
	put(d, PLACE_REMOTE_HOST, names->remote_host);
	put(d, PLACE_REMOTE_SERVICE, names->remote_service);
}

static void draft(struct draft *d, const struct record *rec)
{
	d->place = (struct place){ .ppid = rec->ppid };
	put(d, PLACE_UNIT, rec->unit);
	put(d, PLACE_CONTAINER, rec->container);
	put(d, PLACE_POD, rec->pod);
	put(d, PLACE_CGROUP, rec->cgroup);
	put(d, PLACE_EXE, rec->exe);
	put(d, PLACE_PARENT, rec->parent_comm);
	put(d, PLACE_NETNS, rec->netns_name);
	put(d, PLACE_DEVICE, rec->device);
	put_names(d, rec->names);
	put(d, PLACE_CMDLINE, rec->cmdline);
	d->place.hash = hash_bytes(HASH_EMPTY, d->data, d->place.len);
	d->place.hash = hash_bytes(d->place.hash, d->place.at, sizeof(d->place.at));
	d->place.hash = hash_bytes(d->place.hash, &d->place.ppid, sizeof(d->place.ppid));
}

static uint32_t *bucket_of(const struct places *p, uint64_t hash)
{
	return &p->buckets[hash & (p->n_buckets - 1)];
}

static bool is_same(const struct place *a, const struct draft *d)
{
	return a->hash == d->place.hash && a->len == d->place.len && a->ppid == d->place.ppid &&
	       !memcmp(a->at, d->place.at, sizeof(a->at)) && !memcmp(a->data, d->data, a->len);
}

static bool begin(struct places *p)
{
	if (p->buckets)
		return true;
	p->buckets = malloc(BUCKETS * sizeof(*p->buckets));
	if (!p->buckets)
		return false;
	p->n_buckets = BUCKETS;
	memset(p->buckets, 0xff, BUCKETS * sizeof(*p->buckets));
	p->free_list = NOWHERE;
	return true;
}

/* A free place; NOWHERE: no memory. */
static uint32_t take_free(struct places *p)
{
	uint32_t i = p->free_list;

	if (i != NOWHERE) {
		p->free_list = p->all[i].next;
		return i;
	}
	if (ARRAY_RESERVE(p->all, p->n, p->cap))
		return NOWHERE;
	return (uint32_t)p->n++;
}

static uint32_t add(struct places *p, const struct draft *d)
{
	char *data = malloc(d->place.len ? d->place.len : 1);
	uint32_t i = data ? take_free(p) : NOWHERE;
	uint32_t *bucket;

	if (i == NOWHERE) {
		free(data);
		return i;
	}
	memcpy(data, d->data, d->place.len);
	bucket = bucket_of(p, d->place.hash);
	p->all[i] = d->place;
	p->all[i].data = data;
	p->all[i].uses = 1;
	p->all[i].next = *bucket;
	*bucket = i;
	return i;
}

uint32_t places_of(struct places *p, const struct record *rec)
{
	struct draft d;

	draft(&d, rec);
	if ((!d.place.len && !d.place.ppid) || !begin(p))
		return NOWHERE;
	for (uint32_t i = *bucket_of(p, d.place.hash); i != NOWHERE; i = p->all[i].next)
		if (is_same(&p->all[i], &d)) {
			p->all[i].uses++;
			return i;
		}
	return add(p, &d);
}

uint32_t places_share(struct places *p, uint32_t place)
{
	if (place != NOWHERE)
		p->all[place].uses++;
	return place;
}

void places_leave(struct places *p, uint32_t place)
{
	uint32_t *at;

	if (place == NOWHERE || --p->all[place].uses)
		return;
	for (at = bucket_of(p, p->all[place].hash); *at != place; at = &p->all[*at].next)
		;
	*at = p->all[place].next;
	free(p->all[place].data);
	p->all[place] = (struct place){ .next = p->free_list };
	p->free_list = place;
}

const char *places_text(const struct places *p, uint32_t place, enum place_text which)
{
	if (place == NOWHERE || !p->all[place].at[which])
		return NULL;
	return p->all[place].data + p->all[place].at[which] - 1;
}

uint32_t places_ppid(const struct places *p, uint32_t place)
{
	return place == NOWHERE ? 0 : p->all[place].ppid;
}

void places_free(struct places *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->all[i].data);
	free(p->all);
	free(p->buckets);
	*p = (struct places){ 0 };
}
