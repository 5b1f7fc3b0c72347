# SPDX-License-Identifier: GPL-2.0-only
#
#   make run      install what is missing, build, start the stream   (as root)
#   make check    install what the tests need, run them all          (as root)
#   make help     the rest

VERSION := 0.1.0

BUILD ?= build
PREFIX ?= /usr/local
LIBEXEC ?= $(PREFIX)/libexec/sockwatch
CC ?= cc
CLANG ?= clang
BPFTOOL ?= bpftool
PYTHON ?= python3
ARGS ?=

# All CPUs, unless something is to be done in order; sub-makes share the top one's job slots.
ifeq ($(MAKELEVEL)$(filter clean,$(MAKECMDGOALS)),0)
MAKEFLAGS += -j$(shell nproc)
endif

# bpftool lives in /usr/sbin on Debian
export PATH := $(PATH):/usr/sbin:/sbin

ifeq ($(V),1)
Q :=
say := @:
else
Q := @
say = @printf '  %-7s %s\n'
endif

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wcast-qual \
	    -Wpointer-arith -Wundef -Wwrite-strings -Wvla
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif

# CPPFLAGS, CFLAGS and LDFLAGS stay the user's; what the code needs is in variables of our own.
CFLAGS ?= -O2 -g
OUR_CPPFLAGS = -D_GNU_SOURCE -DSOCKWATCH_VERSION='"$(VERSION)"' -DLIBEXEC='"$(LIBEXEC)"' -Isrc -Iinclude
OUR_CFLAGS := -std=gnu11 $(WARNINGS) -fPIE -fstack-protector-strong
OUR_LDFLAGS := -pie -Wl,-z,relro,-z,now
LDLIBS := -lbpf -lelf -lz

# a filter of system calls, where libseccomp is there; SECCOMP=0 leaves it out
SECCOMP ?= $(if $(wildcard /usr/include/seccomp.h),1,0)
ifeq ($(SECCOMP),1)
OUR_CPPFLAGS += -DHAVE_SECCOMP
LDLIBS += -lseccomp
endif

# netlink: a static build has it where the distribution has a static libmnl
MNL ?= $(if $(filter 1,$(STATIC)),$(if $(wildcard /usr/lib/libmnl.a /usr/lib/*/libmnl.a),1,0),1)
NETLINK := $(addprefix src/netlink/,rtnl.c route.c encap.c rule.c link.c diag.c unix_diag.c family_diag.c inet_diag.c)
ifeq ($(MNL),1)
OUR_CPPFLAGS += -DHAVE_MNL
LDLIBS += -lmnl
endif

# sockwatch-store, which keeps records and answers of them: where SQLite and libmd (SHA-256) are there
STORE ?= $(if $(filter 1,$(STATIC)),0,$(if $(and $(wildcard /usr/include/sqlite3.h),$(wildcard /usr/include/sha2.h)),1,0))
STORE_LIBS := -lsqlite3 -lmd -lpthread
IN_STORE := $(wildcard src/store/*.c src/sink/store*.c src/words/store_*.c)

# STATIC=1: one file that runs on any distribution; names of users and services still come through
# the C library's, of which the linker warns
ifeq ($(STATIC),1)
LDLIBS += $(if $(wildcard /usr/lib/libzstd.a /usr/lib/*/libzstd.a),-lzstd) # libelf's, where it was built with it
OUR_LDFLAGS := -static-pie -Wl,-z,relro,-z,now
endif

# SAN=1: the same with sanitizers, in a directory of its own
# FUZZ=1: likewise, by clang, whose coverage leads libFuzzer
ifeq ($(FUZZ),1)
override CC := $(CLANG)
OUT := $(BUILD)/fuzz
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
OUR_CFLAGS += $(SANITIZE) -fsanitize=fuzzer-no-link
OUR_LDFLAGS += $(SANITIZE)
else ifeq ($(SAN),1)
OUT := $(BUILD)/san
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
OUR_CFLAGS += $(SANITIZE)
OUR_LDFLAGS += $(SANITIZE)
else
OUT := $(BUILD)$(if $(filter 1,$(STATIC)),/static)
OUR_CPPFLAGS += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
COMPILE = $(CC) $(OUR_CPPFLAGS) $(CPPFLAGS) $(OUR_CFLAGS) $(CFLAGS)
LINK = $(CC) $(OUR_CFLAGS) $(CFLAGS) $(OUR_LDFLAGS) $(LDFLAGS)

BPF_CFLAGS := -g -O2 -Wall -Wextra -Wno-unused-parameter -target bpf -Iinclude -Ivmlinux
ifeq ($(WERROR),1)
BPF_CFLAGS += -Werror
endif

SRC := $(filter-out $(IN_STORE) $(if $(filter 0,$(MNL)),$(NETLINK)),$(wildcard src/*.c src/*/*.c))
OBJ := $(SRC:%.c=$(OUT)/%.o)
# all but main(), as a library: a test links what it uses of it
LIBRARY := $(OUT)/sockwatch.a
STORE_OBJ := $(IN_STORE:%.c=$(OUT)/%.o)
# likewise, but for its words, of what sockwatch-store has besides
STORE_LIBRARY := $(OUT)/store.a
STORE_WORDS := $(filter $(OUT)/src/words/%,$(STORE_OBJ))
PROGRAMS := $(OUT)/sockwatch $(if $(filter 1,$(STORE)),$(OUT)/sockwatch-store)
BPF_OBJ := $(BUILD)/bpf/sockwatch.o $(BUILD)/bpf/walk.o
SKELETON := $(BUILD)/gen/sockwatch.skel.h
WALK := $(BUILD)/gen/walk.lskel.h
UNIT := $(patsubst tests/unit/%.c,$(OUT)/tests/unit/%,$(filter-out $(if $(filter 0,$(STORE)),tests/unit/test_store%),$(wildcard tests/unit/test_*.c)))
# all but the test programs, as a library
UNIT_HELP := $(patsubst %.c,$(OUT)/%.o,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)))
FUZZERS := $(patsubst tests/fuzz/%.c,$(OUT)/tests/fuzz/%,$(filter-out $(if $(filter 0,$(STORE)),tests/fuzz/fuzz_columns.c),$(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_HELP := $(patsubst %.c,$(OUT)/%.o,$(filter-out tests/fuzz/fuzz_%,$(wildcard tests/fuzz/*.c)))
FUZZ_SECONDS ?= 60
LIVE := $(patsubst tests/live/%.c,$(OUT)/tests/live/%,$(wildcard tests/live/*.c))
BENCH_BPF := $(BUILD)/tests/bench/floor.bpf.o
BENCH := $(patsubst tests/bench/%.c,$(OUT)/tests/bench/%,$(filter-out %.bpf.c $(if $(filter 0,$(STORE)),tests/bench/store.c),$(wildcard tests/bench/*.c)))
BENCH_ARGS ?=
C_FILES := $(wildcard src/*.[ch] src/*/*.[ch] bpf/*.[ch] include/*.h vmlinux/*.h tests/*/*.[ch])

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all without-store tools FORCE setup run check check-unit check-vm check-live check-fuzz fuzzers tests static bench bench-programs lint format install uninstall clean help

all: $(PROGRAMS) $(if $(filter 0,$(STORE)),without-store)

# A clear line for each thing that is missing, before any compiler speaks. (Order-only: rebuilds nothing.)
tools:
	@CC='$(CC)' CLANG='$(CLANG)' BPFTOOL='$(BPFTOOL)' scripts/setup.sh --check build

# Changes when another compiler or other flags are asked for, and what they built with it.
FLAGS := $(CC) $(CPPFLAGS) $(OUR_CFLAGS) $(CFLAGS) $(LDFLAGS) $(CLANG) $(VERSION)
$(OUT)/.flags: FORCE | tools
	@mkdir -p $(@D); echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' > $@
FORCE:

$(OUT)/sockwatch: $(OUT)/src/main.o $(LIBRARY)
	$(say) LINK $@
	$(Q)$(LINK) $^ $(LDLIBS) -o $@

without-store:
	@echo 'without sockwatch-store (record, log): it needs libsqlite3 and libmd, and is not for STATIC=1'

$(OUT)/sockwatch-store: $(OUT)/src/main.o $(STORE_WORDS) $(STORE_LIBRARY) $(LIBRARY)
	$(say) LINK $@
	$(Q)$(LINK) $^ -Wl,--as-needed $(LDLIBS) $(STORE_LIBS) -o $@

$(STORE_LIBRARY): $(filter-out $(STORE_WORDS),$(STORE_OBJ))
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(LIBRARY): $(filter-out $(OUT)/src/main.o,$(OBJ))
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(OUT)/%.o: %.c $(OUT)/.flags | tools
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -MMD -MP -c $< -o $@

# only src/live knows the kernel side
$(OUT)/src/live/%.o: OUR_CPPFLAGS += -isystem $(BUILD)/gen
$(OUT)/src/live/loader.o $(OUT)/src/live/choice.o: $(SKELETON)
$(OUT)/src/live/walk.o: $(WALK)

$(BUILD)/bpf/%.o: bpf/%.bpf.c | tools
	$(say) BPF $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@

# for kernels that take it anyway
$(BUILD)/bpf/walk.o: BPF_CFLAGS += -mcpu=v3

$(BUILD)/%.bpf.o: $(BUILD)/bpf/%.o
	$(say) BPFLINK $@
	$(Q)$(BPFTOOL) gen object $@ $^

$(SKELETON): $(BUILD)/sockwatch.bpf.o
	$(say) SKEL $@
	$(Q)mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name sockwatch_bpf > $@

# light: loaded by a program in the kernel, which takes a fraction of libbpf's time
$(WALK): $(BUILD)/walk.bpf.o
	$(say) SKEL $@
	$(Q)mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton -L $< name sockwatch_walk > $@ 2>$@.err || { cat $@.err; false; }

$(OUT)/tests/unit.a: $(UNIT_HELP)
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(OUT)/tests/unit/%: $(OUT)/tests/unit/%.o $(OUT)/tests/unit.a $(LIBRARY)
	$(say) LINK $@
	$(Q)$(LINK) $^ -lcmocka -Wl,--as-needed $(LDLIBS) -o $@

# the tests of the store, by their names
$(OUT)/tests/unit/test_store%: $(OUT)/tests/unit/test_store%.o $(OUT)/tests/unit.a $(STORE_LIBRARY) $(LIBRARY)
	$(say) LINK $@
	$(Q)$(LINK) $^ -lcmocka -Wl,--as-needed $(LDLIBS) $(STORE_LIBS) -o $@

$(OUT)/tests/live/%: $(OUT)/tests/live/%.o
	$(say) LINK $@
	$(Q)$(LINK) $^ -pthread -o $@

$(OUT)/tests/bench/%: $(OUT)/tests/bench/%.o $(LIBRARY)
	$(say) LINK $@
	$(Q)$(LINK) $^ -Wl,--as-needed $(LDLIBS) -o $@

# with the records that the unit tests make
$(OUT)/tests/bench/store: $(OUT)/tests/bench/store.o $(OUT)/tests/unit/stored_gen.o $(STORE_LIBRARY) $(LIBRARY)
	$(say) LINK $@
	$(Q)$(LINK) $^ -Wl,--as-needed $(LDLIBS) $(STORE_LIBS) -o $@
$(OUT)/tests/bench/store.o: OUR_CPPFLAGS += -Itests/unit

$(BENCH_BPF): tests/bench/floor.bpf.c | tools
	$(say) BPF $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@

$(OUT)/tests/fuzz/%: $(OUT)/tests/fuzz/%.o $(FUZZ_HELP) $(LIBRARY)
	$(say) LINK $@
	$(Q)$(LINK) -fsanitize=fuzzer $^ $(FUZZ_LIBS) -Wl,--as-needed $(LDLIBS) -o $@
$(OUT)/tests/fuzz/fuzz_record: FUZZ_LIBS := -ljansson
$(OUT)/tests/fuzz/fuzz_columns: $(STORE_LIBRARY)
$(OUT)/tests/fuzz/fuzz_columns: FUZZ_LIBS := $(STORE_LIBRARY) $(LIBRARY)

static:
	@$(MAKE) --no-print-directory all STATIC=1

tests: $(UNIT) $(LIVE)

bench-programs: $(BENCH) $(BENCH_BPF) $(LIVE)

# only with FUZZ=1
fuzzers: $(FUZZERS)

setup:
	@scripts/setup.sh build

run:
	@scripts/setup.sh build
	@$(MAKE) --no-print-directory all
	@exec $(OUT)/sockwatch $(ARGS)

check:
	@scripts/setup.sh build test
	@$(MAKE) --no-print-directory all tests
	@$(MAKE) --no-print-directory all tests SAN=1
	@PYTHON=$(PYTHON) scripts/check.sh $(BUILD) $(BUILD)/san

check-unit: $(UNIT)
	@PYTHON=$(PYTHON) scripts/check.sh --unit $(OUT)

check-vm:
	@scripts/setup.sh build vm
	@$(MAKE) --no-print-directory all tests
	@PYTHON=$(PYTHON) SOCKWATCH_BINARY=$(OUT)/sockwatch SOCKWATCH_PROGRAMS=$(OUT)/tests/live scripts/vm.sh $(KERNELS)

check-live: all $(LIVE)
	@PYTHON=$(PYTHON) scripts/check.sh --live $(OUT)

check-fuzz:
	@scripts/setup.sh build test
	@$(MAKE) --no-print-directory fuzzers FUZZ=1
	@scripts/fuzz.sh $(BUILD)/fuzz $(FUZZ_SECONDS)

bench:
	@scripts/setup.sh build bench
	@$(MAKE) --no-print-directory all tests bench-programs
	@$(PYTHON) scripts/bench.py --build $(OUT) $(BENCH_ARGS)

lint:
	@clang-format --dry-run -Werror $(C_FILES)
	@scripts/layers.sh
	@$(PYTHON) scripts/lengths.py
	@for f in scripts/*.sh .ci/run; do bash -n $$f || exit 1; done
	@[ ! -e docs/sockwatch.8 ] || mandoc -T lint -W warning docs/sockwatch.8

format:
	@clang-format -i $(C_FILES)

SHARE = $(DESTDIR)$(PREFIX)/share
COMPLETIONS := bash-completion/completions/sockwatch zsh/site-functions/_sockwatch fish/vendor_completions.d/sockwatch.fish

install: all
	install -D -m 755 $(OUT)/sockwatch $(DESTDIR)$(PREFIX)/sbin/sockwatch
	[ ! -e $(OUT)/sockwatch-store ] || install -D -m 755 $(OUT)/sockwatch-store $(DESTDIR)$(LIBEXEC)/sockwatch-store
	install -D -m 644 docs/sockwatch.8 $(DESTDIR)$(PREFIX)/share/man/man8/sockwatch.8
	install -d $(addprefix $(SHARE)/,$(dir $(COMPLETIONS)))
	for file in $(COMPLETIONS); do \
		$(OUT)/sockwatch --completion=$$(echo $$file | grep -oE '^(bash|zsh|fish)') > $(SHARE)/$$file || exit 1; done

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/sbin/sockwatch $(DESTDIR)$(LIBEXEC)/sockwatch-store $(SHARE)/man/man8/sockwatch.8 $(addprefix $(SHARE)/,$(COMPLETIONS))

clean:
	rm -rf $(BUILD)

help:
	@printf '%s\n' \
	'make              build $(BUILD)/sockwatch' \
	'make setup        install what the build needs' \
	'make run          setup, build, start the stream; ARGS="-P 443" are its options' \
	'make check        install what the tests need; unit, golden and live tests, also sanitized' \
	'make check-unit   the tests that need no root' \
	'make check-vm     the live tests on older and newer kernels, in QEMU; KERNELS="5.10 newest"' \
	'make check-live   the tests that trace real connections' \
	'make check-fuzz   what takes foreign input, under libFuzzer; FUZZ_SECONDS=$(FUZZ_SECONDS) for each' \
	'make bench        what sockwatch costs, beside ss, lsof, tcpstates, ...; BENCH_ARGS="--short" (--help)' \
	'make lint         format, layers, lengths, shell and manual page' \
	'make format       clang-format over the tree' \
	'make static       build $(BUILD)/static/sockwatch, which needs no libraries' \
	'make install      to PREFIX=$(PREFIX) (DESTDIR for packages); uninstall' \
	'make clean        remove $(BUILD)' \
	'V=1 shows commands, WERROR=1 stops at warnings, SAN=1 builds with sanitizers.'

-include $(OBJ:.o=.d) $(STORE_OBJ:.o=.d) $(BPF_OBJ:.o=.d) $(UNIT:=.d) $(UNIT_HELP:.o=.d) $(LIVE:=.d) $(BENCH:=.d) $(FUZZERS:=.d) $(FUZZ_HELP:.o=.d)
