// SPDX-License-Identifier: GPL-2.0-only
/* Questions to a store: the order of the answer, and what it says that it does not know. */
#include "store_scene.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "filter.h"
#include "store/ask.h"
#include "store/chain.h"
#include "store/files.h"

static struct store_scene scene;
static struct buf got;

static int setup(void **state)
{
	(void)state;
	got = (struct buf){ 0 };
	return store_scene_make(&scene);
}

static int teardown(void **state)
{
	(void)state;
	buf_free(&got);
	return store_scene_remove(&scene);
}

/* "10 curl", "20 start", "30 lost 7 since 28", "40 gap since 30", each with a comma. */
static int note(void *arg, const struct record *rec)
{
	static const char *const acts[] = { "?",   "start",   "alive",	 "stop",
					    "gap", "removed", "missing", "unreadable" };
	char text[96];
	int n = snprintf(text, sizeof(text), "%llu ", (unsigned long long)(rec->wall_ns / SEC));

	(void)arg;
	if (rec->ev->kind == SW_EV_CONN)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s", rec->ev->sock.comm);
	else if (rec->ev->kind == SW_EV_LOST)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "lost %llu",
			      (unsigned long long)rec->lost);
	else
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s", acts[rec->recorder]);
	if (rec->lost_since_ns)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " since %llu",
			      (unsigned long long)(rec->lost_since_ns / SEC));
	buf_put(&got, text, (size_t)n);
	buf_puts(&got, ", ");
	return 0;
}

static void asks(uint64_t since, uint64_t until, uint64_t now, bool newest_first, const char *want)
{
	struct store_question q = { .dir = scene.tree.path,
				    .since_ns = since * SEC,
				    .until_ns = until ? until * SEC : UINT64_MAX,
				    .now_ns = now * SEC,
				    .newest_first = newest_first };

	got.len = 0;
	assert_int_equal(store_ask(&q, note, NULL), 0);
	buf_putc(&got, '\0');
	assert_string_equal(got.data, want);
}

TEST_SETUP(ask__no_store_is_told)
{
	struct store_question q = { .dir = scene.tree.path, .until_ns = UINT64_MAX };

	assert_int_equal(store_ask(&q, note, NULL), -ENOENT);
	q.dir = "/nowhere/at/all";
	assert_int_equal(store_ask(&q, note, NULL), -ENOENT);
}

TEST_SETUP(ask__in_order_and_the_other_way_round)
{
	store_scene_act(&scene, 100, RECORDER_START);
	store_scene_conn(&scene, 110, "a", 80);
	store_scene_conn(&scene, 120, "b", 80);
	store_scene_close(&scene);
	asks(0, 0, 125, false, "100 start, 110 a, 120 b, ");
	asks(0, 0, 125, true, "120 b, 110 a, 100 start, ");
	asks(110, 120, 125, false, "110 a, ");
	asks(120, 0, 125, false, "120 b, ");
}

TEST_SETUP(ask__a_recorder_that_stopped_leaves_a_gap)
{
	store_scene_act(&scene, 100, RECORDER_START);
	store_scene_conn(&scene, 110, "a", 80);
	store_scene_act(&scene, 120, RECORDER_STOP);
	store_scene_act(&scene, 200, RECORDER_START);
	store_scene_conn(&scene, 210, "b", 80);
	store_scene_close(&scene);
	asks(0, 0, 215, false, "100 start, 110 a, 120 stop, 200 gap since 120, 200 start, 210 b, ");
	asks(0, 0, 215, true, "210 b, 200 start, 200 gap since 120, 120 stop, 110 a, 100 start, ");
}

/* Killed: its last record is the end of what is known. */
TEST_SETUP(ask__a_recorder_that_was_killed_leaves_one_too)
{
	store_scene_act(&scene, 100, RECORDER_START);
	store_scene_conn(&scene, 110, "a", 80);
	store_scene_act(&scene, 160, RECORDER_ALIVE);
	store_scene_act(&scene, 200, RECORDER_START);
	store_scene_close(&scene);
	asks(0, 0, 215, false, "100 start, 110 a, 160 alive, 200 gap since 160, 200 start, ");
}

/* What the next recorder took before it told its start is no end of the one before. */
TEST_SETUP(ask__a_gap_is_not_ended_by_the_next_recorders_own_records)
{
	store_scene_act(&scene, 100, RECORDER_START);
	store_scene_conn(&scene, 110, "a", 80);
	store_scene_act(&scene, 120, RECORDER_STOP);
	store_scene_act(&scene, 200, RECORDER_START);
	store_scene_conn(&scene, 199, "b", 80);
	store_scene_close(&scene);
	asks(195, 0, 215, false, "200 gap since 195, 200 start, 199 b, ");
	asks(130, 180, 215, false, "180 gap since 130, ");
}

/* A record of UDP is kept a while after its time: the recorder lived until then. */
TEST_SETUP(ask__a_late_record_does_not_begin_a_gap_earlier)
{
	store_scene_act(&scene, 100, RECORDER_START);
	store_scene_conn(&scene, 160, "a", 80);
	store_scene_conn(&scene, 120, "late", 53);
	store_scene_act(&scene, 200, RECORDER_START);
	store_scene_close(&scene);
	asks(170, 0, 215, false, "200 gap since 170, 200 start, ");
	asks(0, 0, 215, false, "100 start, 160 a, 120 late, 200 gap since 160, 200 start, ");
}

TEST_SETUP(ask__gaps_are_cut_to_the_time_that_is_asked_for)
{
	store_scene_act(&scene, 100, RECORDER_START);
	store_scene_act(&scene, 120, RECORDER_STOP);
	store_scene_act(&scene, 200, RECORDER_START);
	store_scene_close(&scene);
	asks(150, 0, 215, false, "200 gap since 150, 200 start, ");
	asks(150, 180, 215, false, "180 gap since 150, ");
	asks(110, 180, 215, false, "120 stop, 180 gap since 120, ");
	asks(110, 180, 215, true, "180 gap since 120, 120 stop, ");
	asks(50, 70, 215, false, "70 gap since 50, ");
	asks(50, 110, 215, false, "100 gap since 50, 100 start, ");
	asks(50, 110, 215, true, "100 start, 100 gap since 50, ");
}

/* Without an end that is told: it may be alive, or dead for long. */
TEST_SETUP(ask__the_end_of_what_is_known)
{
	store_scene_act(&scene, 100, RECORDER_START);
	store_scene_conn(&scene, 110, "a", 80);
	store_scene_close(&scene);
	asks(0, 0, 170, false, "100 start, 110 a, ");
	asks(0, 0, 500, false, "100 start, 110 a, 500 gap since 110, ");
	asks(0, 0, 500, true, "500 gap since 110, 110 a, 100 start, ");
	asks(0, 300, 500, false, "100 start, 110 a, 300 gap since 110, ");
	asks(200, 300, 500, false, "300 gap since 200, ");
}

/* One that ran on has told something behind the asked time. */
TEST_SETUP(ask__no_gap_while_it_ran)
{
	store_scene_act(&scene, 100, RECORDER_START);
	store_scene_act(&scene, 160, RECORDER_ALIVE);
	store_scene_act(&scene, 220, RECORDER_ALIVE);
	store_scene_close(&scene);
	asks(170, 200, 230, false, "");
	asks(170, 200, 9999, false, "");
	asks(110, 200, 230, false, "160 alive, ");
}

TEST_SETUP(ask__losses_are_in_their_place_whatever_is_filtered)
{
	struct sw_filter filter = { .on = SW_F_COMM, .n_comms = 1 };
	struct store_question q = { .dir = scene.tree.path,
				    .until_ns = UINT64_MAX,
				    .now_ns = 135 * SEC,
				    .filter = &filter };

	strcpy(filter.comms[0].name, "nobody");
	filter.comms[0].len = sizeof("nobody");
	store_scene_act(&scene, 100, RECORDER_START);
	store_scene_close(&scene);
	store_scene_conn(&scene, 110, "a", 80);
	store_scene_lost(&scene, 112, 120, 41);
	store_scene_conn(&scene, 130, "b", 80);
	store_scene_close(&scene);
	asks(0, 0, 135, false, "100 start, 110 a, 120 lost 41 since 112, 130 b, ");
	got.len = 0;
	assert_int_equal(store_ask(&q, note, NULL), 0);
	buf_putc(&got, '\0');
	assert_non_null(strstr(got.data, "100 start, "));
	assert_non_null(strstr(got.data, "120 lost 41 since 112, "));
}

static int stop_at_once(void *arg, const struct record *rec)
{
	(void)rec;
	++*(int *)arg;
	return 77;
}

TEST_SETUP(ask__who_has_enough_says_so)
{
	struct store_question q = { .dir = scene.tree.path, .until_ns = UINT64_MAX };
	int calls = 0;

	store_scene_conn(&scene, 110, "a", 80);
	store_scene_conn(&scene, 120, "b", 80);
	store_scene_close(&scene);
	assert_int_equal(store_ask(&q, stop_at_once, &calls), 77);
	assert_int_equal(calls, 1);
}

TEST_SETUP(ask__a_damaged_segment_is_passed_over)
{
	store_scene_conn(&scene, 110, "a", 80);
	store_scene_close(&scene);
	tree_put_text(&scene.tree, "00000000-1.live", "no database at all");
	asks(0, 105, 115, false, "105 unreadable since 0, ");
	asks(109, 115, 115, true, "110 a, 115 unreadable since 109, ");
}

/* --- what was recorded and is not there ------------------------------------------------------- */

/* Of three boots, sealed, and what is written: at 100, 200, 300 and 400, each to 420 and the like.
 */
static void make_segments(char names[3][STORE_NAME_MAX])
{
	struct writer_opts opts = { .dir = scene.tree.path, .segment_size = 64 << 20 };
	static const char *const boots[] = { "1", "2", "3", "4" };
	struct store_files files;

	for (uint64_t i = 0; i < COUNT(boots); i++) {
		opts.boot = boots[i];
		assert_int_equal(writer_open(&opts, &scene.writer), 0);
		if (!i)
			store_scene_act(&scene, 100, RECORDER_START);
		store_scene_conn(&scene, 110 + i * 100, "a", 80);
		store_scene_conn(&scene, 190 + i * 100, "b", 80);
		writer_settle(scene.writer);
		store_scene_close(&scene);
	}
	assert_int_equal(store_list(scene.tree.path, &files), 0);
	assert_int_equal(files.n, 4);
	for (size_t i = 0; i < 3; i++)
		strcpy(names[i], strrchr(files.files[i].path, '/') + 1);
	store_files_free(&files);
}

static void remove_file(const char *name)
{
	char path[PATH_MAX];

	assert_true(files_path(path, scene.tree.path, name));
	assert_int_equal(unlink(path), 0);
}

TEST_SETUP(ask__a_segment_that_is_gone_is_missing)
{
	char names[3][STORE_NAME_MAX];

	make_segments(names);
	asks(250, 270, 499, false, "");
	remove_file(names[1]);
	asks(250, 270, 499, false, "270 missing since 250, ");
	asks(150, 320, 499, false, "190 b, 310 missing since 190, 310 a, ");
	asks(150, 320, 499, true, "310 a, 310 missing since 190, 190 b, ");
	remove_file("seals"); /* its neighbours tell it, too */
	asks(250, 270, 499, false, "270 missing since 250, ");
	remove_file(names[0]);
	asks(150, 170, 499, false, "170 missing since 150, ");
}

TEST_SETUP(ask__a_segment_that_is_damaged_is_not_known)
{
	char names[3][STORE_NAME_MAX];

	make_segments(names);
	tree_put_text(&scene.tree, names[1], "");
	asks(250, 270, 499, false, "270 unreadable since 250, ");
	asks(150, 320, 499, false, "190 b, 310 unreadable since 190, 310 a, ");
}

TEST_SETUP(ask__what_the_limits_removed_was_recorded)
{
	char names[3][STORE_NAME_MAX];
	char digest[CHAIN_HEX];

	make_segments(names);
	assert_int_equal(chain_add(scene.tree.path, CHAIN_REMOVED, names[0], 1, digest), 0);
	remove_file(names[0]);
	asks(50, 220, 499, false, "100 gap since 50, 210 removed since 100, 210 a, ");
	asks(0, 220, 499, false, "210 a, ");
	assert_int_equal(chain_add(scene.tree.path, CHAIN_REMOVED, names[1], 1, digest), 0);
	remove_file(names[1]);
	asks(250, 270, 499, false, "270 removed since 250, ");
	asks(150, 320, 499, true, "310 a, 310 removed since 150, ");
}

/* A segment without a record leaves a number, and nothing that is missing. */
TEST_SETUP(ask__an_empty_segment_is_not_missing)
{
	struct writer_opts opts = { .dir = scene.tree.path, .segment_size = 64 << 20, .boot = "1" };

	assert_int_equal(writer_open(&opts, &scene.writer), 0);
	store_scene_conn(&scene, 110, "a", 80);
	store_scene_close(&scene);
	opts.boot = "2";
	assert_int_equal(writer_open(&opts, &scene.writer), 0);
	store_scene_close(&scene);
	opts.boot = "3";
	assert_int_equal(writer_open(&opts, &scene.writer), 0);
	store_scene_conn(&scene, 120, "b", 80);
	writer_settle(scene.writer);
	store_scene_close(&scene);
	asks(110, 0, 125, false, "110 a, 120 b, ");
}

TEST_SETUP(ask__span)
{
	uint64_t first = 0, last = 0;

	assert_int_equal(store_span(scene.tree.path, &first, &last), -ENOENT);
	store_scene_act(&scene, 100, RECORDER_START);
	store_scene_conn(&scene, 110, "a", 80);
	store_scene_close(&scene);
	assert_int_equal(store_span(scene.tree.path, &first, &last), 0);
	assert_int_equal(first, 100 * SEC);
	assert_int_equal(last, 110 * SEC);
}

/* --- going on --------------------------------------------------------------------------------- */

static void follows(struct store_follow *f, const char *want)
{
	got.len = 0;
	assert_int_equal(store_follow_more(f, note, NULL), 0);
	buf_putc(&got, '\0');
	assert_string_equal(got.data, want);
}

TEST_SETUP(follow__goes_on_where_the_past_ends)
{
	struct store_follow *f = NULL;
	struct store_question q = { .dir = scene.tree.path, .until_ns = UINT64_MAX };

	store_scene_conn(&scene, 110, "a", 80);
	store_scene_commit(&scene);
	assert_int_equal(store_follow_new(scene.tree.path, false, &f), 0);
	store_scene_conn(&scene, 120, "b", 80); /* between both questions */
	store_scene_commit(&scene);
	q.up_to = f;
	q.no_gaps = true;
	assert_int_equal(store_ask(&q, note, NULL), 0);
	buf_putc(&got, '\0');
	assert_string_equal(got.data, "110 a, ");
	follows(f, "120 b, ");
	follows(f, "");
	store_scene_conn(&scene, 130, "c", 80);
	store_scene_commit(&scene);
	follows(f, "130 c, ");
	store_follow_free(f);
}

/* Another recorder: what the one before wrote last, and then all of the new one's. */
TEST_SETUP(follow__a_segment_that_is_begun_later)
{
	struct store_follow *f = NULL;

	store_scene_conn(&scene, 110, "a", 80);
	store_scene_commit(&scene);
	assert_int_equal(store_follow_new(scene.tree.path, false, &f), 0);
	store_scene_conn(&scene, 120, "b", 80);
	store_scene_close(&scene);
	store_scene_conn(&scene, 130, "c", 80);
	store_scene_commit(&scene);
	follows(f, "120 b, 130 c, ");
	follows(f, "");
	store_follow_free(f);
}

TEST_SETUP(follow__no_store_is_told)
{
	struct store_follow *f = NULL;

	assert_int_equal(store_follow_new(scene.tree.path, false, &f), -ENOENT);
	assert_null(f);
}
