#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
#   scripts/vm.sh [--arch ARCH] [--write] [--jobs N] [KERNEL...] [-- NAME...]      (after make all tests)
#
# Boots Debian's cloud kernels in QEMU, by software emulation, and runs the live tests in each. KERNEL is
# one of the list below, "oldest" or "newest" (default: all); NAME is a part of a test's name. A test that
# fails is run once more, as emulation keeps no time; if it passes then, both are said. Prints each
# kernel's failed and skipped tests (--write: all, into the table of docs/KERNELS.md), and at last
# "N passed, N failed, N skipped". A kernel that cannot be had is skipped by name.
#
# --arch: amd64 or arm64; this machine's by default. For another one the programs are those of
# `make cross ARCH=...`, and the guest's files are Debian's packages (scripts/sysroot.sh).
#
# Kernels are kept in ${SOCKWATCH_CACHE:-~/.cache/sockwatch}. They come from the Debian mirror that
# this machine's apt uses (SOCKWATCH_MIRROR names another), through an apt configuration of their own.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
export PATH="$PATH:/usr/sbin:/sbin"
. scripts/apt_own.sh

# name, suite, and what its package is called: the highest version is taken
kernels=(
    '5.10 bullseye linux-image-5\.10\.[0-9]+-[0-9]+-cloud-ARCH'
    '6.1 bookworm linux-image-6\.1\.[0-9]+-[0-9]+-cloud-ARCH'
    '6.12 bookworm-backports linux-image-6\.12\.[0-9.]+\+deb12-cloud-ARCH'
    '6.18 trixie-backports linux-image-6\.18\.[0-9.]+\+deb13-cloud-ARCH'
    'newest trixie-backports linux-binary-[0-9.]+\+deb13-cloud-ARCH'
    '16k trixie-backports linux-image-6\.18\.[0-9.]+\+deb13-ARCH-16k' # pages of 16 KiB: arm64's only
)
modules=(veth unix_diag inet_diag tcp_diag udp_diag netlink_diag af_packet_diag) # built as modules, and needed by tests
cache=${SOCKWATCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sockwatch}
own_arch=$(dpkg --print-architecture 2>/dev/null)
arch=$own_arch
python=${PYTHON:-python3}
limit=${SOCKWATCH_VM_SECONDS:-2400}

write=0 jobs=1 wanted=() names=()
while [ $# -gt 0 ]; do
    case $1 in
    --write) write=1 ;;
    --arch) arch=${2:?--arch needs amd64 or arm64}; shift ;;
    --jobs) jobs=${2:?--jobs needs a number}; shift ;;
    --) shift; names=("$@"); break ;;
    oldest) wanted+=(5.10) ;;
    -*) echo "vm.sh: unknown option '$1' (see the top of the script)" >&2; exit 2 ;;
    *) wanted+=("$1") ;;
    esac
    shift
done
case $arch in
amd64) qemu=(qemu-system-x86_64 -cpu max) console=ttyS0 raw=/dev/ttyS1 raw_device=isa-serial ;;
arm64) qemu=(qemu-system-aarch64 -M virt -cpu "max,pauth-impdef=on") console=ttyAMA0 raw=/dev/ttyS0 raw_device=pci-serial ;;
*) echo "vm.sh: no machine is known for '$arch': amd64 or arm64" >&2; exit 2 ;;
esac
if [ ${#wanted[@]} = 0 ]; then
    wanted=(5.10 6.1 6.12 6.18 newest)
    [ "$arch" != arm64 ] || wanted+=(16k)
fi
build=build
[ "$arch" = "$own_arch" ] || build=build/$arch
binary=${SOCKWATCH_BINARY:-$build/sockwatch}
programs=${SOCKWATCH_PROGRAMS:-$build/tests/live}

work=$(mktemp -d)
[ -n "${SOCKWATCH_VM_KEEP:-}" ] || trap 'rm -rf "$work"' EXIT
mkdir -p "$cache"

spec_of() {
    local spec
    for spec in "${kernels[@]}"; do
        [ "${spec%% *}" != "$1" ] || { echo "${spec//ARCH/$arch}"; return; }
    done
    return 1
}

# --- the kernels ---------------------------------------------------------------------------------

apt=$cache/apt
[ "$arch" = amd64 ] || apt=$cache/apt-$arch

update_lists() {
    local from suite
    [ -z "${lists_are_new:-}" ] || return 0
    lists_are_new=1
    from=$(debian_mirror)
    [ -n "$from" ] || return 1
    mkdir -p "$apt"
    for suite in bullseye bookworm bookworm-backports trixie-backports; do
        sources_line "$from" "$suite"
    done >"$apt/sources.list"
    for suite in bullseye bookworm; do
        sources_line "${from%/}-security" "$suite-security"
    done >>"$apt/sources.list"
    apt_own "$apt" "$arch" apt-get update >"$work/update.log" 2>&1
}

# Downloads the kernel of a spec into a folder of the cache, named after its package; prints that.
fetch_kernel() {
    local pattern=$1 package folder image module
    update_lists || true
    package=$(apt_own "$apt" "$arch" apt-cache pkgnames 2>/dev/null | grep -E "^$pattern$" | sort -V -t- -k3 | tail -n 1)
    [ -n "$package" ] || return 1
    folder=$cache/kernels/$package
    if [ ! -e "$folder/vmlinuz" ] || [ "$(cat "$folder/modules" 2>/dev/null)" != "${modules[*]}" ]; then
        rm -rf "$work/get" && mkdir -p "$work/get/root"
        (cd "$work/get" && apt_own "$apt" "$arch" apt-get download "$package" >log 2>&1) || return 1
        dpkg-deb -x "$work"/get/*.deb "$work/get/root" || return 1
        # newer releases keep the modules in a package of their own
        if ! find "$work/get/root" -name 'veth.ko*' | grep -q .; then
            (cd "$work/get" && rm -f ./*.deb &&
                apt_own "$apt" "$arch" apt-get download "${package/binary/modules}" >>log 2>&1 &&
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

real=(bash ip unshare setpriv setcap mount umount curl bpftool nsenter nohup env netstat ss)
guest_packages=(
    busybox-static bash python3 iproute2 util-linux mount libcap2-bin curl bpftool net-tools netbase
    libbpf1 libelf1 libjansson4 libmnl0 libseccomp2 libsqlite3-0 libmd0
)

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

# Of this machine: busybox, Python, and the real ones where a test needs more than busybox has.
put_own_files() {
    local program path
    cp /bin/busybox "$root/bin/busybox"
    put_python
    for program in sh "${real[@]}"; do
        path=$(command -v "$program") || continue
        put "$(realpath "$path")"
        ln -sf "$(realpath "$path")" "$root/bin/$program"
    done
}

# Of another processor: Debian's packages, once unpacked.
put_foreign_files() {
    local kept=$cache/root-$arch list="${guest_packages[*]}"
    if [ "$(cat "$kept/packages" 2>/dev/null)" != "$list" ]; then
        rm -rf "$kept" && mkdir -p "$kept"
        scripts/sysroot.sh "$arch" "$kept/root" "${guest_packages[@]}" || exit 1
        rm -rf "$kept"/root/usr/share/{doc,man,locale,info,lintian,zoneinfo,perl,perl5} "$kept"/root/usr/lib/*/perl*
        echo "$list" >"$kept/packages"
    fi
    cp -a "$kept/root/." "$root"
    ln -sf bash "$root/bin/sh"
}

build_root() {
    local program path
    root=$work/root
    mkdir -p "$root"/{bin,dev,proc,sys,tmp,run,etc,root,tests/live,programs,var/run}
    : >"$root/env"
    if [ "$arch" = "$own_arch" ]; then put_own_files; else put_foreign_files; fi
    for program in $(/bin/busybox --list); do
        for path in "$root"/{,usr/}{,s}bin/"$program"; do [ ! -e "$path" ] && [ ! -L "$path" ] || continue 2; done
        ln -s busybox "$root/bin/$program"
    done
    cp "$binary" "$root/bin/sockwatch"
    put "$(realpath "$binary")"
    for program in sockwatch-store sockwatch-export; do # which words start, where they were built
        [ -x "$(dirname "$binary")/$program" ] || continue
        cp "$(dirname "$binary")/$program" "$root/bin/$program"
        put "$(realpath "$(dirname "$binary")/$program")"
    done
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
    echo "raw=$raw" >>"$root/env"
    cat >"$root/init" <<'END'
#!/bin/busybox sh
export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/root PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0
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
export SOCKWATCH_TEST_SCALE=0.1 SOCKWATCH_TEST_DEADLINE=240
. /env
uname -r >$raw
cd / && python3 tests/live/run.py --binary /bin/sockwatch --programs /programs --again $(cat /names) >$raw 2>&1
dmesg | grep -E -A12 'WARNING:|BUG:|general protection|run-time alloc' | sed 's/^/# kernel: /' >$raw
echo "# the end" >$raw
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
    timeout -k 10 "$limit" "${qemu[@]}" -accel tcg,thread=single -m 1536 -smp 2 -display none \
        -monitor none -no-reboot -kernel "$folder/vmlinuz" -initrd "$work/$name.init" \
        -serial "file:$work/$name.console" -chardev "file,id=raw,path=$work/$name.raw" -device "$raw_device,chardev=raw" \
        -append "console=$console ${SOCKWATCH_VM_ARGS:-quiet} panic=-1 rdinit=/init" </dev/null >/dev/null 2>&1
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

# --- all of it -----------------------------------------------------------------------------------

command -v "${qemu[0]}" >/dev/null || {
    for name in "${wanted[@]}"; do echo "skipped kernel $name: no ${qemu[0]} (scripts/setup.sh vm)"; done
    echo "0 passed, 0 failed, ${#wanted[@]} skipped"
    exit 0
}
[ -x "$binary" ] || {
    echo "vm.sh: $binary is not there: make $([ "$arch" = "$own_arch" ] && echo all tests || echo "cross ARCH=$arch")" >&2
    exit 1
}

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
    taps+=("$name.tap")
done
wait
for name in "${taps[@]}"; do report "${name%.tap}"; done
if [ $write = 1 ] && [ ${#taps[@]} -gt 0 ]; then
    $python scripts/kernel_table.py docs/KERNELS.md "${taps[@]/#/$work/}"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
