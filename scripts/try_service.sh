#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
#   scripts/try_service.sh [--cuts N] [STAGE...]      (as root; after make deb)
#
# Boots a Debian 12 with systemd and AppArmor in QEMU, by software emulation, with the packages of
# build/deb installed, and lives with the service there (tests/service/guest.py). STAGE:
#   living   start, reload, SIGKILL, hang, upgrade, group, wrong option (the default, with all)
#   full     a disk that fills and empties
#   power    the machine loses its power N times (3) while connections come and go: what ended more
#            than a second before must be there once, and the next start must tell the gap
# ROOTS=FOLDER keeps Debian's root there for the next time. Prints TAP, and "N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

cuts=3 stages=()
while [ $# -gt 0 ]; do
    case $1 in
    --cuts) cuts=${2:?--cuts needs a number}; shift ;;
    living | full | power) stages+=("$1") ;;
    *) echo "try_service.sh: unknown word '$1' (see the top of the script)" >&2; exit 2 ;;
    esac
    shift
done
[ ${#stages[@]} -gt 0 ] || stages=(living full power)

skip() { echo "skip - $1"; echo "0 passed, 0 failed, ${#stages[@]} skipped"; exit 0; }
for tool in qemu-system-x86_64 debootstrap mkfs.ext4; do
    command -v $tool >/dev/null || skip "no $tool (apt-get install qemu-system-x86 debootstrap e2fsprogs)"
done
ls build/deb/sockwatch-record_*.deb >/dev/null 2>&1 || { echo "try_service.sh: no packages in build/deb: make deb" >&2; exit 1; }

scratch=$(mktemp -d /var/tmp/sockwatch-service-XXXXXX)
trap 'rm -rf --one-file-system "$scratch"' EXIT
roots=${ROOTS:-$scratch}
passed=0 failed=0
result() { # 0 or 1, name
    if [ "$1" = 0 ]; then echo "ok - $2"; passed=$((passed + 1)); else echo "not ok - $2"; failed=$((failed + 1)); fi
}

# --- the disk ------------------------------------------------------------------------------------

parts=systemd-sysv,linux-image-cloud-amd64,apparmor,udev,kmod,iproute2,python3-minimal,procps
make_root() { # folder
    [ -e "$roots/service.tar" ] || {
        debootstrap --variant=minbase --include=$parts bookworm "$1" >"$scratch/debootstrap.log" 2>&1 || return 1
        tar -C "$1" --one-file-system -cf "$roots/service.tar.new" . && mv "$roots/service.tar.new" "$roots/service.tar"
        return
    }
    mkdir -p "$1" && tar -C "$1" -xf "$roots/service.tar"
}

inside() { # in mounts and processes of its own
    unshare --mount --pid --fork --kill-child -- bash -c '
        root=$1; shift
        mount --make-rprivate / && mount --bind "$root" "$root" && mount -t proc proc "$root/proc"
        [ ! -e /etc/resolv.conf ] || cat /etc/resolv.conf >"$root/etc/resolv.conf"
        exec chroot "$root" env DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"' bash "$@"
}

# The same packages, of a higher version, for an upgrade.
newer() { # folder
    local deb tree=$scratch/tree
    mkdir -p "$1"
    for deb in build/deb/sockwatch_*.deb build/deb/sockwatch-record_*.deb; do
        rm -rf "$tree" && dpkg-deb -R "$deb" "$tree"
        sed -i 's/^Version: .*/&+try1/' "$tree/DEBIAN/control"
        dpkg-deb --root-owner-group -b "$tree" "$1" >/dev/null
    done
}

make_disk() {
    local root=$scratch/root
    make_root "$root" || skip "no root of Debian 12 can be had: $(tail -n 1 "$scratch/debootstrap.log")"
    mkdir -p "$root/debs" && cp build/deb/sockwatch_*.deb build/deb/sockwatch-record_*.deb "$root/debs/" && newer "$root/debs/new"
    inside "$root" sh -c 'apt-get update && apt-get install -y --no-install-recommends ./debs/*.deb' >"$scratch/apt.log" 2>&1 ||
        { tail -n 20 "$scratch/apt.log" >&2; exit 1; }
    cp tests/service/guest.py "$root/root/guest.py"
    cat >"$root/etc/systemd/system/guest.service" <<'END'
[Service]
ExecStart=/usr/bin/python3 /root/guest.py
[Install]
WantedBy=multi-user.target
END
    mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
    ln -s ../guest.service "$root/etc/systemd/system/multi-user.target.wants/"
    for unit in apt-daily.timer apt-daily-upgrade.timer systemd-networkd-wait-online.service e2scrub_reap.service; do
        ln -sf /dev/null "$root/etc/systemd/system/$unit"
    done
    cp "$root"/boot/vmlinuz-* "$scratch/vmlinuz" && cp "$root"/boot/initrd.img-* "$scratch/initrd"
    truncate -s 2G "$scratch/disk" && mkfs.ext4 -q -d "$root" "$scratch/disk" || exit 1
    rm -rf --one-file-system "$root"
}

# --- the machine ---------------------------------------------------------------------------------

# Starts it; what it tells lands in $scratch/raw.
boot() { # stage limit [more of the kernel's command line]
    : >"$scratch/raw"
    timeout -k 10 "$2" qemu-system-x86_64 -cpu max -accel tcg,thread=single -m 1024 -smp 1 -display none -monitor none -no-reboot \
        -kernel "$scratch/vmlinuz" -initrd "$scratch/initrd" -drive "file=$scratch/disk,if=virtio,format=raw" -nic none \
        -serial "file:$scratch/console" -serial "file:$scratch/raw" \
        -append "console=ttyS0 root=/dev/vda rw quiet panic=-1 try_stage=$1 ${3:-}" </dev/null >/dev/null 2>&1 &
    machine=$!
}

ask() { tr -d '\r' <"$scratch/raw" | sed -n "s/^# $1 //p"; }

# The guest's own TAP, counted.
tell() { # stage
    local tap=$scratch/$1.tap
    tr -d '\r' <"$scratch/raw" | grep -vE '^# (done|told) ' >"$tap"
    cat "$tap"
    passed=$((passed + $(grep -c '^ok ' "$tap"))) failed=$((failed + $(grep -c '^not ok ' "$tap")))
}

whole() { # stage: until it powers off
    boot "$1" "${SOCKWATCH_VM_SECONDS:-1500}"
    wait "$machine"
    tell "$1"
    grep -q '^# the end' "$scratch/raw" || { tail -n 15 "$scratch/console" | sed 's/^/# /'; result 1 "stage $1 came to its end"; }
}

# Cuts the power some seconds after the first connection, then asks what is told.
cut_power() { # how often it was cut, first number
    local first=$2 last seconds=$((2 + RANDOM % 12)) child
    boot power "${SOCKWATCH_VM_SECONDS:-600}" "try_from=$first"
    until grep -q '^# done' "$scratch/raw" || ! kill -0 "$machine" 2>/dev/null; do sleep 0.2; done
    sleep "$seconds"
    child=$(pgrep -P "$machine") && kill -9 "$child"
    wait "$machine" 2>/dev/null
    tell power
    ask 'done' | grep -E '^[0-9]+ [0-9]+\.[0-9]{3}$' >"$scratch/done"
    last=$(tail -n 1 "$scratch/done")
    boot after "${SOCKWATCH_VM_SECONDS:-600}"
    wait "$machine"
    tell after
    ask told >"$scratch/told"
    # all that were over more than a second before the last word we had; the clock is the guest's
    awk -v end="${last##* }" -v first="$first" '
        NR == FNR { told[$1] = $2; next }
        { n++; if ($2 < end - 1.0) { wanted++; if (!($1 in told)) { missing++; where = where " " $1 } } if (told[$1] > 1) twice++; if ($1 in told) there++ }
        END {
            printf "# %d connections, %d older than a second; %d told, %d of those older missing%s, %d twice\n", n, wanted, there, missing, where, twice
            exit !(wanted > 0 && missing == 0 && twice == 0)
        }' "$scratch/told" "$scratch/done"
    result $? "power cut $1, $seconds s after the first connection: nothing older than a second is missing, nothing is there twice"
    next=$((${last%% *} + 10))
}

make_disk
for stage in "${stages[@]}"; do
    case $stage in
    power)
        next=1000
        for cut in $(seq "$cuts"); do cut_power "$cut" "$next"; done
        ;;
    *) whole "$stage" ;;
    esac
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
