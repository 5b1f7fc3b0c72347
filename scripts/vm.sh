#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
#   scripts/vm.sh [--write] [--jobs N] [KERNEL...] [-- NAME...]      (after make all tests)
#
# Boots Debian's cloud kernels in QEMU, by software emulation, and runs the live tests in each. KERNEL is
# one of the list below, "oldest" or "newest" (default: all); NAME is a part of a test's name. A test that
# fails is run once more, as emulation keeps no time; if it passes then, both are said. Prints each
# kernel's failed and skipped tests, a table kernel x test (--write: into docs/KERNELS.md), and at last
# "N passed, N failed, N skipped". A kernel that cannot be had is skipped by name.
#
# Kernels are kept in ${SOCKWATCH_CACHE:-~/.cache/sockwatch}. They come from the Debian mirror that
# this machine's apt uses (SOCKWATCH_MIRROR names another), through an apt configuration of their own.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
export PATH="$PATH:/usr/sbin:/sbin"

# name, suite, and what its package is called: the highest version is taken
kernels=(
    '5.10 bullseye linux-image-5\.10\.[0-9]+-[0-9]+-cloud-amd64'
    '6.1 bookworm linux-image-6\.1\.[0-9]+-[0-9]+-cloud-amd64'
    '6.12 bookworm-backports linux-image-6\.12\.[0-9.]+\+deb12-cloud-amd64'
    '6.18 trixie-backports linux-image-6\.18\.[0-9.]+\+deb13-cloud-amd64'
    'newest trixie-backports linux-binary-[0-9.]+\+deb13-cloud-amd64'
)
modules=(veth unix_diag inet_diag tcp_diag udp_diag) # built as modules, and needed by tests
cache=${SOCKWATCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sockwatch}
binary=${SOCKWATCH_BINARY:-build/sockwatch}
programs=${SOCKWATCH_PROGRAMS:-build/tests/live}
python=${PYTHON:-python3}
limit=${SOCKWATCH_VM_SECONDS:-2400}

write=0 jobs=1 wanted=() names=()
while [ $# -gt 0 ]; do
    case $1 in
    --write) write=1 ;;
    --jobs) jobs=${2:?--jobs needs a number}; shift ;;
    --) shift; names=("$@"); break ;;
    oldest) wanted+=(5.10) ;;
    -*) echo "vm.sh: unknown option '$1' (see the top of the script)" >&2; exit 2 ;;
    *) wanted+=("$1") ;;
    esac
    shift
done
[ ${#wanted[@]} -gt 0 ] || wanted=(5.10 6.1 6.12 6.18 newest)

work=$(mktemp -d)
[ -n "${SOCKWATCH_VM_KEEP:-}" ] || trap 'rm -rf "$work"' EXIT
mkdir -p "$cache"

spec_of() {
    local spec
    for spec in "${kernels[@]}"; do
        [ "${spec%% *}" != "$1" ] || { echo "$spec"; return; }
    done
    return 1
}

# --- the kernels ---------------------------------------------------------------------------------

apt_own() {
    local command=$1
    shift
    "$command" -o "Dir::Etc::sourcelist=$cache/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o "Dir::State::lists=$cache/apt/lists" -o "Dir::Cache=$cache/apt/cache" \
        -o "Dir::State::status=$cache/apt/status" -o APT::Architecture=amd64 \
        -o APT::Sandbox::User=root -o Acquire::Languages=none "$@"
}

mirror() {
    if [ -n "${SOCKWATCH_MIRROR:-}" ]; then
        echo "$SOCKWATCH_MIRROR"
    else
        apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 'Origin: Debian' 2>/dev/null |
            sed -n '/\/debian\/$/{p;q}'
    fi
}

update_lists() {
    local from suite
    [ -z "${lists_are_new:-}" ] || return 0
    lists_are_new=1
    from=$(mirror)
    [ -n "$from" ] || return 1
    mkdir -p "$cache/apt/lists/partial" "$cache/apt/cache/archives/partial"
    touch "$cache/apt/status"
    for suite in bullseye bookworm bookworm-backports trixie-backports; do
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $from $suite main"
    done >"$cache/apt/sources.list"
    for suite in bullseye bookworm; do
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${from%/}-security $suite-security main"
    done >>"$cache/apt/sources.list"
    apt_own apt-get update >"$work/update.log" 2>&1 </dev/null
}

# Downloads the kernel of a spec into a folder of the cache, named after its package; prints that.
fetch_kernel() {
    local pattern=$1 package folder image module
    update_lists || true
    package=$(apt_own apt-cache pkgnames 2>/dev/null | grep -E "^$pattern$" | sort -V -t- -k3 | tail -n 1)
    [ -n "$package" ] || return 1
    folder=$cache/kernels/$package
    if [ ! -e "$folder/vmlinuz" ] || [ "$(cat "$folder/modules" 2>/dev/null)" != "${modules[*]}" ]; then
        rm -rf "$work/get" && mkdir -p "$work/get/root"
        (cd "$work/get" && apt_own apt-get download "$package" >log 2>&1 </dev/null) || return 1
        dpkg-deb -x "$work"/get/*.deb "$work/get/root" || return 1
        # newer releases keep the modules in a package of their own
        if ! find "$work/get/root" -name 'veth.ko*' | grep -q .; then
            (cd "$work/get" && rm -f ./*.deb &&
                apt_own apt-get download "${package/binary/modules}" >>log 2>&1 </dev/null &&
                dpkg-deb -x ./*.deb root) || true
        fi
        image=$(find "$work/get/root" -name 'vmlinuz*' -type f | head -n 1)
        [ -n "$image" ] || return 1
        mkdir -p "$folder"
        for module in "${modules[@]}"; do
            find "$work/get/root" -name "$module.ko*" -exec cp {} "$folder/" \;
        done
        find "$folder" -name '*.ko.xz' -exec xz -df {} +
        mv "$image" "$folder/vmlinuz"
        echo "${modules[*]}" >"$folder/modules" # others were asked for: once more
        rm -rf "$work/get"
    fi
    [ -e "$folder/vmlinuz" ] && echo "$folder"
}

# The newest one that was fetched before: for machines without a network.
cached_kernel() {
    find "$cache/kernels" -name vmlinuz -printf '%h\n' 2>/dev/null | grep -E "/$1$" | sort -V -t- -k3 | tail -n 1
}

# --- the guest -----------------------------------------------------------------------------------

# Copies files with their paths, and the libraries that they need.
put() {
    local file lib
    for file in "$@"; do
        mkdir -p "$root$(dirname "$file")"
        cp -Ln "$file" "$root$file" 2>/dev/null
        ldd "$file" 2>/dev/null | grep -o '/[^ )]*' | while read -r lib; do
            [ -e "$root$lib" ] || { mkdir -p "$root$(dirname "$lib")" && cp -L "$lib" "$root$lib"; }
        done
    done
}

put_python() {
    local stdlib prefix
    stdlib=$($python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
    prefix=$($python -c 'import sys; print(sys.prefix)')
    mkdir -p "$root$stdlib"
    (cd "$stdlib" && find . \( -name test -o -name tests -o -name site-packages -o -name dist-packages -o \
        -name idlelib -o -name lib2to3 -o -name ensurepip -o -name tkinter -o -name 'config-*' -o \
        -name turtledemo -o -name pydoc_data \) -prune -o -type f -print | cpio -pdm --quiet "$root$stdlib")
    put "$(realpath "$(command -v "$($python -c 'import sys; print(sys.executable)')")")" "$stdlib"/lib-dynload/*.so
    ln -sf "$(realpath "$($python -c 'import sys; print(sys.executable)')")" "$root/bin/python3"
    echo "export PYTHONHOME=$prefix" >>"$root/env"
}

build_root() {
    local program path
    root=$work/root
    mkdir -p "$root"/{bin,dev,proc,sys,tmp,run,etc,root,tests/live,programs,var/run}
    cp /bin/busybox "$root/bin/busybox"
    for program in $(/bin/busybox --list); do
        [ -e "$root/bin/$program" ] || ln -s busybox "$root/bin/$program"
    done
    put_python
    # the real ones, where a test needs more than busybox has
    for program in sh bash ip unshare setpriv setcap mount umount curl bpftool nsenter nohup env netstat ss; do
        path=$(command -v "$program") || continue
        rm -f "$root/bin/$program"
        put "$(realpath "$path")"
        ln -sf "$(realpath "$path")" "$root/bin/$program"
    done
    cp "$binary" "$root/bin/sockwatch"
    put "$(realpath "$binary")"
    for program in "$programs"/*; do
        [ -x "$program" ] && [ -f "$program" ] || continue
        put "$(realpath "$program")"
        cp "$program" "$root/programs/"
    done
    cp tests/live/*.py "$root/tests/live/"
    mkdir -p "$root/docs" && cp docs/sockwatch.8 "$root/docs/"
    cp /etc/passwd /etc/group /etc/services /etc/nsswitch.conf /etc/protocols "$root/etc/" 2>/dev/null
    echo '127.0.0.1 localhost' >"$root/etc/hosts"
    : >"$root/etc/resolv.conf"
    printf '%s\n' "${names[@]}" >"$root/names"
    cat >"$root/init" <<'END'
#!/bin/busybox sh
export PATH=/bin HOME=/root PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm && mount -t devpts pts /dev/pts && mount -t tmpfs shm /dev/shm
mount -t tmpfs tmp /tmp && chmod 1777 /tmp
mount -t tmpfs run /run
mount -t tracefs trace /sys/kernel/tracing
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 cgroup /sys/fs/cgroup
for module in /modules/*.ko; do insmod "$module" 2>/dev/null; done
ip link set lo up
hostname guest
. /env
export SOCKWATCH_TEST_SCALE=0.1 SOCKWATCH_TEST_DEADLINE=240
uname -r >/dev/ttyS1
cd / && python3 tests/live/run.py --binary /bin/sockwatch --programs /programs --again $(cat /names) >/dev/ttyS1 2>&1
dmesg | grep -E -A12 'WARNING:|BUG:|general protection|run-time alloc' | sed 's/^/# kernel: /' >/dev/ttyS1
echo "# the end" >/dev/ttyS1
sync
poweroff -f
END
    chmod +x "$root/init"
}

# Runs one kernel; its TAP lands in $work/NAME.tap, behind a first line with its release.
run_kernel() {
    local name=$1 folder=$2 guest=$work/guest.$1
    mkdir -p "$guest/modules"
    cp "$folder"/*.ko "$guest/modules/" 2>/dev/null
    { (cd "$root" && find . | cpio -o -H newc --quiet) && (cd "$guest" && find . | cpio -o -H newc --quiet); } \
        >"$work/$name.init"
    : >"$work/$name.tap"
    timeout -k 10 "$limit" qemu-system-x86_64 -accel tcg,thread=single -cpu max -m 1536 -smp 2 -display none \
        -monitor none -no-reboot -kernel "$folder/vmlinuz" -initrd "$work/$name.init" \
        -serial "file:$work/$name.console" -serial "file:$work/$name.raw" \
        -append "console=ttyS0 ${SOCKWATCH_VM_ARGS:-quiet} panic=-1 rdinit=/init" </dev/null >/dev/null 2>&1
    tr -d '\r' <"$work/$name.raw" >"$work/$name.tap"
    rm -f "$work/$name.init"
}

# --- the results ---------------------------------------------------------------------------------

passed=0 failed=0 skipped=0

# Prints and adds up what one kernel gave.
report() {
    local name=$1 tap=$work/$1.tap release planned ok bad skip warned=0
    release=$(head -n 1 "$tap")
    planned=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$tap" | head -n 1)
    skip=$(grep -cE '^ok .*# SKIP' "$tap")
    ok=$(($(grep -cE '^ok ' "$tap") - skip))
    bad=$(grep -cE '^not ok ' "$tap")
    if [ -z "$planned" ] || [ $((ok + bad + skip)) != "$planned" ] || ! grep -q '^# the end' "$tap"; then
        echo "not ok - $name (${release:-no answer}) ended after $((ok + bad + skip)) of ${planned:-?} tests"
        tail -n 15 "$tap" | sed 's/^/# /'
        tail -n 15 "$work/$name.console" | sed 's/^/# /'
        bad=$((bad + 1))
    fi
    if grep -q '^# kernel: ' "$tap"; then
        warned=1
        bad=$((bad + 1))
        echo "not ok - $name: the kernel warned"
    fi
    echo "$([ "$bad" = 0 ] && echo 'ok     ' || echo FAILED) kernel $release: $ok passed, $bad failed, $skip skipped"
    sed -n -E "/^not ok /,/^(ok|not ok) /{/^ok /!p}; /^ok .*# AGAIN/,/^(ok|not ok) /{/^(ok|not ok) /{/AGAIN/!d}; p}" "$tap" | cut -c1-400
    [ $warned = 0 ] || grep '^# kernel: ' "$tap" | head -n 40
    grep -E '^ok .*# SKIP' "$tap" | sed -E "s/^ok [0-9]+ - /skipped $release: /"
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
}

# The table kernel x test, in Markdown.
table() {
    awk '
        FNR == 1 { kernel[++k] = $0; next }
        /^(not )?ok / {
            result = /# SKIP/ ? "skip" : /# AGAIN/ ? "ok, again" : /^ok/ ? "ok" : "FAIL"
            name = $0
            sub(/^(not )?ok [0-9]+ - live__/, "", name)
            sub(/ # (SKIP|AGAIN).*/, "", name)
            if (!(name in seen)) { seen[name] = 1; order[++n] = name }
            got[name, k] = result
        }
        END {
            printf "| test |"
            for (i = 1; i <= k; i++) printf " %s |", kernel[i]
            printf "\n|---|"
            for (i = 1; i <= k; i++) printf "---|"
            print ""
            for (t = 1; t <= n; t++) {
                printf "| %s |", order[t]
                for (i = 1; i <= k; i++) printf " %s |", (order[t], i) in got ? got[order[t], i] : ""
                print ""
            }
        }' "$@"
}

write_table() {
    local page=docs/KERNELS.md
    {
        sed '/<!-- begin/q' $page
        cat "$work/table"
        sed -n '/<!-- end/,$p' $page
    } >"$work/page" && cat "$work/page" >$page
}

# --- all of it -----------------------------------------------------------------------------------

command -v qemu-system-x86_64 >/dev/null || {
    for name in "${wanted[@]}"; do echo "skipped kernel $name: no qemu-system-x86_64 (make setup)"; done
    echo "0 passed, 0 failed, ${#wanted[@]} skipped"
    exit 0
}
[ -x "$binary" ] || { echo "vm.sh: $binary is not there: make all tests" >&2; exit 1; }

build_root
taps=()
for name in "${wanted[@]}"; do
    spec=$(spec_of "$name") || { echo "vm.sh: no kernel is called '$name'" >&2; exit 2; }
    read -r _ _ pattern <<<"$spec"
    folder=$(fetch_kernel "$pattern" || cached_kernel "$pattern")
    if [ -z "$folder" ]; then
        echo "skipped kernel $name: not in the cache, and no mirror to download it from"
        skipped=$((skipped + 1))
        continue
    fi
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
    run_kernel "$name" "$folder" &
    taps+=("$name")
done
wait
for name in "${taps[@]}"; do report "$name"; done
if [ ${#taps[@]} -gt 0 ]; then
    files=()
    for name in "${taps[@]}"; do files+=("$work/$name.tap"); done
    table "${files[@]}" >"$work/table"
    [ $write = 0 ] || write_table
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
