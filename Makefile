# SPDX-License-Identifier: GPL-2.0-only
#
#   make run      install what is missing, build, start the stream   (as root)
#   make check    install what the tests need, run them all          (as root)
#   make help     the rest

VERSION := 0.1.0

BUILD ?= build
PREFIX ?= /usr/local
LIBEXEC ?= $(PREFIX)/libexec/sockwatch
SYSCONFDIR ?= /etc
# where systemd looks for units: /usr/local/lib/systemd/system, too
UNITDIR ?= $(PREFIX)/lib/systemd/system
APPARMORDIR ?= $(SYSCONFDIR)/apparmor.d
CC ?= cc
CLANG ?= clang
HOSTCC ?= cc
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

# What the compiler finds (1 or 0): for another processor these are the target's, not this machine's.
has_header = $(shell $(CC) $(CPPFLAGS) $(CFLAGS) -E -include $(1) -x c /dev/null >/dev/null 2>&1 && echo 1 || echo 0)
has_archive = $(if $(findstring /,$(shell $(CC) $(CFLAGS) -print-file-name=$(1).a 2>/dev/null)),1,0)

# a filter of system calls, where libseccomp is there; SECCOMP=0 leaves it out
SECCOMP := $(or $(SECCOMP),$(call has_header,seccomp.h))
ifeq ($(SECCOMP),1)
OUR_CPPFLAGS += -DHAVE_SECCOMP
LDLIBS += -lseccomp
endif

# netlink: a static build has it where the distribution has a static libmnl
MNL := $(or $(MNL),$(if $(filter 1,$(STATIC)),$(call has_archive,libmnl),1))
NETLINK := $(addprefix src/netlink/,rtnl.c route.c encap.c rule.c link.c diag.c unix_diag.c family_diag.c inet_diag.c conntrack.c)
ifeq ($(MNL),1)
OUR_CPPFLAGS += -DHAVE_MNL
LDLIBS += -lmnl
endif

# names of containers, by the files of their engines: where libjansson is there
JANSSON := $(or $(JANSSON),$(if $(filter 1,$(STATIC)),$(call has_archive,libjansson),$(call has_header,jansson.h)))
ENGINE_JSON := src/names/engine_json.c
ifeq ($(JANSSON),1)
OUR_CPPFLAGS += -DHAVE_JANSSON
LDLIBS += -ljansson
endif

# sockwatch-store, which keeps records and answers of them: where SQLite and libmd (SHA-256) are there
STORE := $(or $(STORE),$(if $(filter 11,$(if $(filter 1,$(STATIC)),$(call has_archive,libsqlite3)$(call has_archive,libmd),$(call has_header,sqlite3.h)$(call has_header,sha2.h))),1,0))
STORE_LIBS := -lsqlite3 -lmd -lpthread $(if $(filter 1,$(STATIC)),-lm)
# sockwatch-top, which draws the live table: where ncursesw is there
TOP := $(or $(TOP),$(if $(filter 1,$(STATIC)),$(call has_archive,libncursesw),$(call has_header,ncursesw/curses.h)))
TOP_LIBS := -lncursesw -ltinfo
# sockwatch-export, which gives metrics away: where libmicrohttpd is there
EXPORT := $(or $(EXPORT),$(if $(filter 1,$(STATIC)),0,$(call has_header,microhttpd.h)))
EXPORT_LIBS := -lmicrohttpd
# sockwatch-fleet, which sends what is kept to a server: where libcurl is there, and what the store needs
FLEET := $(or $(FLEET),$(if $(filter 0,$(STORE))$(filter 1,$(STATIC)),0,$(call has_header,curl/curl.h)))
FLEET_LIBS := -lcurl
IN_FLEET := $(wildcard src/remote/*.c src/words/fleet_*.c)
IN_EXPORT := $(wildcard src/http/*.c src/words/export_*.c)
IN_TOP := $(wildcard src/screen/*.c src/words/top_viewer*.c)
IN_STORE := $(wildcard $(filter-out src/store/dir.c,$(wildcard src/store/*.c)) src/sink/store*.c src/words/store_*.c)

# STATIC=1: one file that runs on any distribution; names of users and services still come through
# the C library's, of which the linker warns
ifeq ($(STATIC),1)
LDLIBS += $(if $(filter 1,$(call has_archive,libzstd)),-lzstd) # libelf's, where it was built with it
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

SRC := $(filter-out $(IN_STORE) $(IN_TOP) $(IN_EXPORT) $(IN_FLEET) $(if $(filter 0,$(MNL)),$(NETLINK)) $(if $(filter 0,$(JANSSON)),$(ENGINE_JSON)),$(wildcard src/*.c src/*/*.c))
OBJ := $(SRC:%.c=$(OUT)/%.o)
# all but main(), as a library: a test links what it uses of it
LIBRARY := $(OUT)/sockwatch.a
FLEET_OBJ := $(IN_FLEET:%.c=$(OUT)/%.o)
EXPORT_OBJ := $(IN_EXPORT:%.c=$(OUT)/%.o)
TOP_OBJ := $(IN_TOP:%.c=$(OUT)/%.o)
STORE_OBJ := $(IN_STORE:%.c=$(OUT)/%.o)
# likewise, but for its words, of what sockwatch-store has besides
STORE_LIBRARY := $(OUT)/store.a
STORE_WORDS := $(filter $(OUT)/src/words/%,$(STORE_OBJ))
PROGRAMS := $(OUT)/sockwatch $(if $(filter 1,$(STORE)),$(OUT)/sockwatch-store) $(if $(filter 1,$(TOP)),$(OUT)/sockwatch-top) $(if $(filter 1,$(EXPORT)),$(OUT)/sockwatch-export) $(if $(filter 1,$(FLEET)),$(OUT)/sockwatch-fleet)
# objects of their own, loaded by a program in the kernel
LIGHT := walk walk_full cookies
BPF_OBJ := $(patsubst %,$(BUILD)/bpf/%.o,sockwatch $(LIGHT))
SKELETON := $(BUILD)/gen/sockwatch.skel.h
LIGHT_SKELETONS := $(LIGHT:%=$(BUILD)/gen/%.lskel.h)
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
C_FILES := $(wildcard src/*.[ch] src/*/*.[ch] bpf/*.[ch] include/*.h vmlinux/*.h tests/*/*.[ch] scripts/*.c)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all without-store without-top without-export without-fleet tools FORCE setup run check check-unit check-vm check-live check-fuzz fuzzers tests static cross bench bench-programs lint format install install-tool install-record uninstall deb dist sbom clean help

all: $(PROGRAMS) $(if $(filter 0,$(STORE)),without-store) $(if $(filter 0,$(TOP)),without-top) $(if $(filter 0,$(EXPORT)),without-export) $(if $(filter 0,$(FLEET)),without-fleet)

# A clear line for each thing that is missing, before any compiler speaks. (Order-only: rebuilds nothing.)
tools:
	@CC='$(CC)' CLANG='$(CLANG)' BPFTOOL='$(BPFTOOL)' scripts/setup.sh --check build

# Changes when another compiler or other flags are asked for, and what they built with it.
FLAGS := $(CC) $(CPPFLAGS) $(OUR_CFLAGS) $(CFLAGS) $(LDFLAGS) $(CLANG) $(VERSION) $(LIBEXEC)
$(OUT)/.flags: FORCE | tools
	@mkdir -p $(@D); echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' > $@
FORCE:

$(OUT)/sockwatch: $(OUT)/src/main.o $(LIBRARY)
	$(say) LINK $@
	$(Q)$(LINK) $^ $(LDLIBS) -o $@

without-store:
	@echo 'without sockwatch-store (record, log): it needs libsqlite3 and libmd, and with STATIC=1 their archives'

without-top:
	@echo 'without sockwatch-top (top at a terminal): it needs ncursesw, and with STATIC=1 its archive'

without-export:
	@echo 'without sockwatch-export (metrics): it needs libmicrohttpd, and is not for STATIC=1'

without-fleet:
	@echo 'without sockwatch-fleet (export --to, log --from): it needs libcurl, libsqlite3 and libmd, and is not for STATIC=1'

$(OUT)/sockwatch-fleet: $(OUT)/src/main.o $(FLEET_OBJ) $(STORE_LIBRARY) $(LIBRARY)
	$(say) LINK $@
	$(Q)$(LINK) $^ -Wl,--as-needed $(LDLIBS) $(STORE_LIBS) $(FLEET_LIBS) -o $@

$(OUT)/sockwatch-export: $(OUT)/src/main.o $(EXPORT_OBJ) $(LIBRARY)
	$(say) LINK $@
	$(Q)$(LINK) $^ -Wl,--as-needed $(LDLIBS) $(EXPORT_LIBS) -o $@

$(OUT)/sockwatch-top: $(OUT)/src/main.o $(TOP_OBJ) $(LIBRARY)
	$(say) LINK $@
	$(Q)$(LINK) $^ -Wl,--as-needed $(LDLIBS) $(TOP_LIBS) -o $@

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
$(OUT)/src/live/walk_object.o $(OUT)/src/live/cookies.o: $(LIGHT_SKELETONS)

$(BUILD)/bpf/%.o: bpf/%.bpf.c | tools
	$(say) BPF $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@

# for kernels that take it anyway
$(LIGHT:%=$(BUILD)/bpf/%.o): BPF_CFLAGS += -mcpu=v3

$(BUILD)/slim: scripts/slim.c | tools
	$(say) HOSTCC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=gnu11 $(WARNINGS) -O2 $< -o $@

# SLIM=0: with the source lines, which a verifier's log then has
$(BUILD)/%.bpf.o: $(BUILD)/bpf/%.o $(if $(filter 0,$(SLIM)),,$(BUILD)/slim)
	$(say) BPFLINK $@
	$(Q)$(if $(filter 0,$(SLIM)),cp,$(BUILD)/slim) $< $<.slim
	$(Q)$(BPFTOOL) gen object $@ $<.slim

$(SKELETON): $(BUILD)/sockwatch.bpf.o
	$(say) SKEL $@
	$(Q)mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name sockwatch_bpf > $@

# light: loaded by a program in the kernel, which takes a fraction of libbpf's time
$(BUILD)/gen/%.lskel.h: $(BUILD)/%.bpf.o
	$(say) SKEL $@
	$(Q)mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton -L $< name sockwatch_$* > $@ 2>$@.err || { cat $@.err; false; }

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

# for the other processor of these two, with the libraries that Debian has for it
ARCH ?= $(if $(filter aarch64,$(shell uname -m)),amd64,arm64)
cross_arm64 := aarch64-linux-gnu-gcc
cross_amd64 := x86_64-linux-gnu-gcc
cross:
	$(if $(cross_$(ARCH)),,$(error no compiler is known for ARCH=$(ARCH): arm64 or amd64))
	@scripts/setup.sh build cross
	@[ -e $(BUILD)/sysroot-$(ARCH)/usr ] || scripts/sysroot.sh $(ARCH) $(BUILD)/sysroot-$(ARCH)
	@$(MAKE) --no-print-directory all tests BUILD=$(BUILD)/$(ARCH) CC='$(cross_$(ARCH)) --sysroot=$(CURDIR)/$(BUILD)/sysroot-$(ARCH)'

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
	@$(MAKE) --no-print-directory cross
	@PYTHON=$(PYTHON) SOCKWATCH_BINARY=$(BUILD)/$(ARCH)/sockwatch SOCKWATCH_PROGRAMS=$(BUILD)/$(ARCH)/tests/live scripts/vm.sh --arch $(ARCH) $(KERNELS)

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

lint: $(BUILD)/sockwatch.bpf.o
	@clang-format --dry-run -Werror $(C_FILES)
	@scripts/layers.sh
	@$(PYTHON) scripts/lengths.py
	@$(PYTHON) scripts/bpf_stack.py $<
	@for f in scripts/*.sh .ci/run; do bash -n $$f || exit 1; done
	@[ ! -e docs/sockwatch.8 ] || mandoc -T lint -W warning docs/sockwatch.8

format:
	@clang-format -i $(C_FILES)

SHARE = $(DESTDIR)$(PREFIX)/share
# prints the completions: where all is built for another processor, a build for this one
COMPLETE ?= $(OUT)/sockwatch
ZSH_FUNCTIONS ?= zsh/site-functions
COMPLETIONS := bash-completion/completions/sockwatch $(ZSH_FUNCTIONS)/_sockwatch fish/vendor_completions.d/sockwatch.fish

# the unit, its user and its directory, and its file, which stays as it is where there is one
RECORD_FILES = $(UNITDIR)/sockwatch-record.service $(APPARMORDIR)/sockwatch-record $(PREFIX)/lib/sysusers.d/sockwatch.conf $(PREFIX)/lib/tmpfiles.d/sockwatch.conf

install: install-tool install-record

install-tool: all
	install -D -m 755 $(OUT)/sockwatch $(DESTDIR)$(PREFIX)/sbin/sockwatch
	[ ! -e $(OUT)/sockwatch-store ] || install -D -m 755 $(OUT)/sockwatch-store $(DESTDIR)$(LIBEXEC)/sockwatch-store
	[ ! -e $(OUT)/sockwatch-top ] || install -D -m 755 $(OUT)/sockwatch-top $(DESTDIR)$(LIBEXEC)/sockwatch-top
	[ ! -e $(OUT)/sockwatch-export ] || install -D -m 755 $(OUT)/sockwatch-export $(DESTDIR)$(LIBEXEC)/sockwatch-export
	[ ! -e $(OUT)/sockwatch-fleet ] || install -D -m 755 $(OUT)/sockwatch-fleet $(DESTDIR)$(LIBEXEC)/sockwatch-fleet
	install -D -m 644 docs/sockwatch.8 $(DESTDIR)$(PREFIX)/share/man/man8/sockwatch.8
	install -d $(addprefix $(SHARE)/,$(dir $(COMPLETIONS)))
	for file in $(COMPLETIONS); do \
		$(COMPLETE) --completion=$$(echo $$file | grep -oE '^(bash|zsh|fish)') > $(SHARE)/$$file || exit 1; done

# Debian's packages, in $(BUILD)/deb
deb:
	@scripts/deb.sh $(BUILD)/deb

# the sources of the last commit; the same bytes each time
dist:
	@mkdir -p $(BUILD)
	git archive --format=tar --prefix=sockwatch-$(VERSION)/ HEAD | gzip -9n > $(BUILD)/sockwatch-$(VERSION).tar.gz

# what is linked, as SPDX
sbom: all
	$(PYTHON) scripts/sbom.py $(OUT) $(VERSION) > $(OUT)/sockwatch.spdx.json

install-record:
	install -d $(DESTDIR)$(UNITDIR)
	sed 's|@SBIN@|$(PREFIX)/sbin|; s|@CONFDIR@|$(SYSCONFDIR)/sockwatch|' packaging/systemd/sockwatch-record.service.in > $(DESTDIR)$(UNITDIR)/sockwatch-record.service
	install -d $(DESTDIR)$(APPARMORDIR)
	sed 's|@SBIN@|$(PREFIX)/sbin|; s|@LIBEXEC@|$(LIBEXEC)|; s|@CONFDIR@|$(SYSCONFDIR)/sockwatch|' packaging/apparmor/sockwatch-record.in > $(DESTDIR)$(APPARMORDIR)/sockwatch-record
	install -D -m 644 packaging/systemd/sysusers.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/sockwatch.conf
	install -D -m 644 packaging/systemd/tmpfiles.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/sockwatch.conf
	[ -e $(DESTDIR)$(SYSCONFDIR)/sockwatch/record.conf ] || install -D -m 644 packaging/record.conf $(DESTDIR)$(SYSCONFDIR)/sockwatch/record.conf

uninstall:
	rm -f $(addprefix $(DESTDIR),$(RECORD_FILES)) # record.conf is the administrator's
	rm -f $(DESTDIR)$(PREFIX)/sbin/sockwatch $(DESTDIR)$(LIBEXEC)/sockwatch-store $(DESTDIR)$(LIBEXEC)/sockwatch-top $(DESTDIR)$(LIBEXEC)/sockwatch-export $(DESTDIR)$(LIBEXEC)/sockwatch-fleet $(SHARE)/man/man8/sockwatch.8 $(addprefix $(SHARE)/,$(COMPLETIONS))

clean:
	rm -rf $(BUILD)

help:
	@printf '%s\n' \
	'make              build $(BUILD)/sockwatch' \
	'make setup        install what the build needs' \
	'make run          setup, build, start the stream; ARGS="-P 443" are its options' \
	'make check        install what the tests need; unit, golden and live tests, also sanitized' \
	'make check-unit   the tests that need no root' \
	'make check-vm     the live tests on older and newer kernels, x86 and arm64, in QEMU; KERNELS="5.10 newest"' \
	'make check-live   the tests that trace real connections' \
	'make check-fuzz   what takes foreign input, under libFuzzer; FUZZ_SECONDS=$(FUZZ_SECONDS) for each' \
	'make bench        what sockwatch costs, beside ss, lsof, tcpstates, ...; BENCH_ARGS="--short" (--help)' \
	'make lint         format, layers, lengths, shell and manual page' \
	'make format       clang-format over the tree' \
	'make static       build $(BUILD)/static: sockwatch, its store and its table, which need no libraries' \
	'make cross        build and its tests for the other processor of amd64 and arm64, in build/ARCH' \
	'make install      to PREFIX=$(PREFIX) (DESTDIR for packages); uninstall' \
	'make deb          Debian packages in $(BUILD)/deb: sockwatch, and sockwatch-record, its service' \
	'make dist         the sources as a tar file; make sbom: what is linked, as SPDX' \
	'make clean        remove $(BUILD)' \
	'V=1 shows commands, WERROR=1 stops at warnings, SAN=1 builds with sanitizers.'

-include $(OBJ:.o=.d) $(STORE_OBJ:.o=.d) $(TOP_OBJ:.o=.d) $(EXPORT_OBJ:.o=.d) $(FLEET_OBJ:.o=.d) $(BPF_OBJ:.o=.d) $(UNIT:=.d) $(UNIT_HELP:.o=.d) $(LIVE:=.d) $(BENCH:=.d) $(FUZZERS:=.d) $(FUZZ_HELP:.o=.d)
