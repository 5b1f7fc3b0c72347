// SPDX-License-Identifier: GPL-2.0-only
/* The input is a command line, a word on each line; every word is tried as each kind of value too.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/values.h"
#include "fuzz.h"
#include "words/words.h"

#define WORDS_MAX 64
#define VALUES_MAX 8 /* words tried as values: each costs copies of a filter */

/* Too large for a stack. */
static struct options options;
static struct sw_filter before, after;

static void check_cidrs(const struct sw_cidr_set *set, bool on)
{
	FUZZ_CHECK(set->n <= SW_FILTER_MAX && on == (set->n > 0));
	for (uint32_t i = 0; i < set->n; i++) {
		const struct sw_cidr *c = &set->cidr[i];

		FUZZ_CHECK((c->net.q[0] & c->mask.q[0]) == c->net.q[0]);
		FUZZ_CHECK((c->net.q[1] & c->mask.q[1]) == c->net.q[1]);
		FUZZ_CHECK(c->v4 <= 1);
	}
}

/* Port 0 is "not chosen yet" and no value. */
static void check_ports(const struct sw_port_set *set, bool on)
{
	uint64_t any = 0;

	for (size_t i = 0; i < sizeof(set->bits) / sizeof(set->bits[0]); i++)
		any |= set->bits[i];
	FUZZ_CHECK(on == (any != 0) && !(set->bits[0] & 1));
}

static void check_filter(const struct sw_filter *f)
{
	FUZZ_CHECK(f->n_pids <= SW_FILTER_MAX && !!(f->on & SW_F_PID) == (f->n_pids > 0));
	FUZZ_CHECK(f->n_uids <= SW_FILTER_MAX && !!(f->on & SW_F_UID) == (f->n_uids > 0));
	FUZZ_CHECK(f->n_comms <= SW_FILTER_MAX && !!(f->on & SW_F_COMM) == (f->n_comms > 0));
	FUZZ_CHECK(!!(f->on & SW_F_STATE) == (f->states != 0));
	FUZZ_CHECK(!(f->states & 1) && !(f->states >> SW_TCP_STATES));
	for (uint32_t i = 0; i < f->n_comms; i++)
		FUZZ_CHECK(f->comms[i].len <= SW_COMM_LEN && !f->comms[i].name[SW_COMM_LEN - 1]);
	check_cidrs(&f->any_addr, f->on & SW_F_ADDR);
	check_cidrs(&f->local_addr, f->on & SW_F_LOCAL_ADDR);
	check_cidrs(&f->remote_addr, f->on & SW_F_REMOTE_ADDR);
	check_ports(&f->any_port, f->on & SW_F_PORT);
	check_ports(&f->local_port, f->on & SW_F_LOCAL_PORT);
	check_ports(&f->remote_port, f->on & SW_F_REMOTE_PORT);
}

static void check_parse(int argc, char **argv)
{
	char why[512];
	int err;

	memset(why, 'x', sizeof(why));
	err = options_parse(&all_words, argc, argv, &options, why, sizeof(why));
	FUZZ_CHECK(err == 0 || err == -EINVAL);
	if (err)
		FUZZ_CHECK(why[0] && memchr(why, '\0', sizeof(why)));
	else if (options.word == WORD_WATCH)
		check_filter(&options.select.filter);
	if (!err)
		FUZZ_CHECK(options.watch.buffer_size &&
			   !(options.watch.buffer_size & (options.watch.buffer_size - 1)));
}

static void check_numbers(const char *text)
{
	size_t size = 1, page = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t number = 77;

	if (!value_number(text, 3, 1000, &number))
		FUZZ_CHECK(number >= 3 && number <= 1000);
	else
		FUZZ_CHECK(number == 77);
	number = 0;
	FUZZ_CHECK(!!value_duration(text, &number) == !number);
	FUZZ_CHECK(number <= 1000000000000);
	if (!value_buffer_size(text, &size))
		FUZZ_CHECK(size >= page && size <= (size_t)1 << 30 && !(size & (size - 1)));
	else
		FUZZ_CHECK(size == 1);
}

/* What was refused left the target as it was; *_after* then serves the next one. */
static void check_taken(int err)
{
	FUZZ_CHECK(err == 0 || err == -EINVAL || err == -E2BIG);
	FUZZ_CHECK(!memcmp(&before, &after, sizeof(before)) || !err);
	if (!err)
		after = before;
}

static void check_values(const char *text)
{
	check_numbers(text);
	check_taken(value_port(text, &after.any_port));
	check_taken(value_cidr(text, &after.any_addr));
	check_taken(value_pid(text, &after));
	check_taken(value_uid(text, &after));
	check_taken(value_comm(text, &after));
	check_taken(value_state(text, &after));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	char *words[WORDS_MAX + 1] = { strdup("sockwatch") };
	char *argv[WORDS_MAX + 1]; /* getopt changes the order */
	int argc = 1;
	size_t len;

	while (argc < WORDS_MAX && (words[argc] = input_line(&in, &len)))
		argc++;
	memcpy(argv, words, sizeof(argv));
	argv[argc] = NULL;
	check_parse(argc, argv);
	for (int i = 1; i < argc && i <= VALUES_MAX; i++)
		check_values(words[i]);
	for (int i = 0; i < argc; i++)
		free(words[i]);
	return 0;
}
