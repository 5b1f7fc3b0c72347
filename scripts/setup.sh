#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
#   scripts/setup.sh [--check] [build] [test] [vm] [cross] [bench]
#
# Installs what building and testing need, through the distribution's package manager. Silent when
# nothing is missing. --check only says what is missing, a line each. On a distribution without
# apt-get it says so too, with the names that Fedora, Arch, Alpine and openSUSE have for them: untried.
set -euo pipefail
export PATH="$PATH:/usr/sbin:/sbin"

CC=${CC:-cc} CLANG=${CLANG:-clang} BPFTOOL=${BPFTOOL:-bpftool}
read -ra cc <<<"$CC" # it may be "ccache gcc"
cc_package=gcc
[[ $CC != *clang* ]] || cc_package=clang

check_only=0
groups=()
for word in "$@"; do
    case $word in
    --check) check_only=1 ;;
    build | test | vm | cross | bench) groups+=("$word") ;;
    *) echo "setup.sh: unknown word '$word': build, test, vm, cross, bench or --check" >&2; exit 2 ;;
    esac
done
[ ${#groups[@]} -gt 0 ] || groups=(build)

# what is needed, how to see that it is there, and Debian's package of it
needs_build=(
    "command:${cc[0]} $cc_package" "command:make make" "command:$CLANG clang" "bpftool:$BPFTOOL bpftool"
    "header:bpf/libbpf.h libbpf-dev" "header:libelf.h libelf-dev" "header:zlib.h zlib1g-dev"
    "header:libmnl/libmnl.h libmnl-dev"
    "header:stdio.h libc6-dev" "header:linux/bpf.h linux-libc-dev"
)
# used where it is there, and installed where the distribution has it
wants_build=("header:seccomp.h libseccomp-dev" "header:sqlite3.h libsqlite3-dev" "header:sha2.h libmd-dev" "header:ncursesw/curses.h libncurses-dev" "header:microhttpd.h libmicrohttpd-dev" "header:curl/curl.h libcurl4-openssl-dev" "header:jansson.h libjansson-dev")
wants_test=("command:tmux tmux" "command:zsh zsh" "command:fish fish")
wants_bench=(
    "command:tcpstates libbpf-tools" "command:bpftrace bpftrace" "command:lsof lsof" "command:netstat net-tools"
    "command:ss iproute2" "command:bpftool bpftool" "command:strip binutils"
)
needs_bench=("command:python3 python3")
needs_vm=(
    "command:qemu-system-x86_64 qemu-system-x86" "command:/bin/busybox busybox-static" "command:cpio cpio"
    "command:xz xz-utils" "command:python3 python3" "command:ip iproute2"
)
# for arm64, where that is another processor than this machine's
foreign() { [ "$(uname -m)" = aarch64 ] && echo "$1" || echo "$2"; }
needs_cross=(
    "command:$(foreign x86_64 aarch64)-linux-gnu-gcc gcc-$(foreign x86-64 aarch64)-linux-gnu"
    "command:$(foreign qemu-system-x86_64 qemu-system-aarch64) $(foreign qemu-system-x86 qemu-system-arm)"
    "command:/bin/busybox busybox-static" "command:cpio cpio" "command:xz xz-utils"
)
needs_test=(
    "header:cmocka.h libcmocka-dev" "command:python3 python3" "command:curl curl"
    "command:netstat net-tools" "command:ss iproute2" "command:ip iproute2" "command:setpriv util-linux" "command:setcap libcap2-bin" "command:iptables iptables" "command:apparmor_parser apparmor" "command:clang-format clang-format"
    "command:mandoc mandoc" "library:libasan.so gcc" "header:jansson.h libjansson-dev"
    "fuzzer:libFuzzer libclang-rt-dev" "file:/etc/services netbase"
)

header_is_there() {
    # a missing compiler is reported as itself, and not as every header
    if ! command -v "${cc[0]}" >/dev/null; then
        compgen -G "/usr/include/$1" >/dev/null || compgen -G "/usr/include/*/$1" >/dev/null
        return
    fi
    # cmocka's header wants others before it
    printf '#include <%s>\n' stdarg.h stddef.h stdint.h setjmp.h "$1" |
        "${cc[@]}" -E -x c - -o /dev/null 2>/dev/null
}

# clang's runtime is a package of its own in some releases, and part of clang's in others
fuzzer_links() {
    printf '%s\n' '#include <stddef.h>' '#include <stdint.h>' \
        'int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n) { (void)d; return (int)(n & 0); }' |
        "$CLANG" -fsanitize=fuzzer,address,undefined -x c - -o /dev/null 2>/dev/null
}

is_there() {
    case $1 in
    command:*) command -v "${1#*:}" >/dev/null ;;
    # Ubuntu's is a wrapper that may find no bpftool for the running kernel
    bpftool:*) "${1#*:}" version >/dev/null 2>&1 ;;
    header:*) header_is_there "${1#*:}" ;;
    file:*) [ -e "${1#*:}" ] ;;
    fuzzer:*) fuzzer_links ;;
    library:*) [ -e "$("${cc[@]}" -print-file-name="${1#*:}" 2>/dev/null)" ] ;;
    esac
}

missing=() packages=()
look() {
    local need
    missing=() packages=()
    for group in "${groups[@]}"; do
        local -n needs="needs_$group"
        for need in "${needs[@]}"; do
            is_there "${need% *}" || { missing+=("${need% *}"); packages+=("${need#* }"); }
        done
    done
}

# What is only wanted never stops anybody: each for itself, as one may be unknown to this release.
install_wanted() {
    local need group extras=()
    for group in "${groups[@]}"; do
        [[ $group != vm && $group != cross ]] || continue
        local -n wants="wants_$group"
        for need in "${wants[@]}"; do
            is_there "${need% *}" || extras+=("${need#* }")
        done
    done
    [ ${#extras[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 0
    echo "installing, as far as this distribution has them: ${extras[*]}"
    export DEBIAN_FRONTEND=noninteractive
    [[ " ${groups[*]} " != *" bench "* ]] || apt-get update >/dev/null 2>&1 </dev/null || true
    for need in "${extras[@]}"; do
        apt-get install -y --no-install-recommends "$need" >/dev/null 2>&1 </dev/null || true
    done
}

# The kernel side's numbers and addresses are 64 bits wide, and so is what reads them.
if [[ " ${groups[*]} " = *" build "* ]] && command -v "${cc[0]}" >/dev/null &&
    ! "${cc[@]}" -dM -E -x c /dev/null | grep __LP64__ >/dev/null; then
    echo "sockwatch: '$CC' is a compiler for 32 bits: sockwatch needs one for a 64-bit processor" >&2
    exit 1
fi

# What the packages are called where there is no apt-get: from the lists of those distributions, never tried.
# Debian's name, then Fedora's, Arch's, Alpine's and openSUSE's; what is not here has the same name in all.
elsewhere_names="
clang clang clang clang clang
bpftool bpftool bpf bpftool bpftool
libbpf-dev libbpf-devel libbpf libbpf-dev libbpf-devel
libelf-dev elfutils-libelf-devel libelf elfutils-dev libelf-devel
zlib1g-dev zlib-devel zlib zlib-dev zlib-devel
libmnl-dev libmnl-devel libmnl libmnl-dev libmnl-devel
libc6-dev glibc-devel glibc musl-dev glibc-devel
linux-libc-dev kernel-headers linux-api-headers linux-headers linux-glibc-devel
libcmocka-dev libcmocka-devel cmocka cmocka-dev libcmocka-devel
libjansson-dev jansson-devel jansson jansson-dev libjansson-devel
libcap2-bin libcap libcap libcap-utils libcap-progs
clang-format clang-tools-extra clang clang-extra-tools clang
iproute2 iproute iproute2 iproute2 iproute2
netbase setup iana-etc libc-utils netcfg
libclang-rt-dev compiler-rt compiler-rt compiler-rt clang
"

# "; untried: dnf install ...", for a package manager that is known; or nothing.
elsewhere() {
    local manager column=0 package name list=()
    for manager in "dnf install" "pacman -S" "apk add" "zypper install"; do
        column=$((column + 1))
        command -v "${manager%% *}" >/dev/null || continue
        for package in "${packages[@]}"; do
            name=$(awk -v p="$package" -v c=$((column + 1)) '$1 == p { print $c }' <<<"$elsewhere_names")
            list+=("${name:-$package}")
        done
        mapfile -t list < <(printf '%s\n' "${list[@]}" | sort -u)
        echo "; untried here: $manager ${list[*]}"
        return
    done
}

look
if [ ${#missing[@]} = 0 ]; then
    [ $check_only = 1 ] || install_wanted
    exit 0
fi
names=$(printf ', %s' "${missing[@]#*:}")
names=${names#, }

if [ $check_only = 1 ]; then
    printf "sockwatch: %s is missing: 'make setup' (as root) installs it\n" "${missing[@]#*:}" >&2
    exit 1
fi
if ! command -v apt-get >/dev/null; then
    echo "missing: $names; this system has no apt-get: please install these with its own package manager$(elsewhere)" >&2
    exit 1
fi
if [ "$(id -u)" != 0 ]; then
    echo "missing: $names; run this as root, or install: ${packages[*]}" >&2
    exit 1
fi

mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)
echo "installing: ${packages[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
echo "  reading the lists of packages (apt-get update)"
# one source that does not answer is no reason to stop: the installation will tell
apt-get update >"$log" 2>&1 </dev/null || true
for package in "${packages[@]}"; do
    # not grep -q: it would leave early, and pipefail takes apt-cache's SIGPIPE for a failure
    apt-cache policy "$package" | grep 'Candidate: [^(]' >/dev/null && continue
    hint=""
    [ "$package" != bpftool ] || hint="; on Ubuntu it is part of linux-tools-common and linux-tools-$(uname -r)"
    echo "this distribution has no package $package$hint: please install it by hand" >&2
    exit 1
done
echo "  downloading and unpacking ${#packages[@]} packages, and what they need: this may take some minutes"
if ! apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 "${packages[@]}" >>"$log" 2>&1 </dev/null; then
    tail -n 5 "$log" >&2
    echo "could not install ${packages[*]} (the lines above are apt-get's)" >&2
    exit 1
fi
look
[ ${#missing[@]} = 0 ] || { echo "still missing after installation: ${missing[*]#*:}" >&2; exit 1; }
install_wanted
