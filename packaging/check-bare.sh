#!/bin/bash
# Runs the two README commands in a bare Debian: a chroot made by debootstrap (bookworm, minbase,
# plus python3) that holds a fresh clone of this repository and nothing else. Needs root.
#
#   packaging/check-bare.sh [COMMAND...]     each COMMAND, with its options in the same word, goes to
#                                            bootstrap.py; the default is: demo demo test
#   KLSCOPE_BARE=DIR        work in DIR (default: a new folder under /tmp)
#   KLSCOPE_BARE_KEEP=1     keep DIR afterwards, and use the chroot in it again next time
#
# How this machine reaches its package servers is taken over as it is: apt's sources and keys,
# pip's configuration, certificates, and the local folders that these name (mounted read-only).
# Mounts live in a mount namespace of their own, so nothing of them outlives the script.
set -euo pipefail

say() { printf 'check-bare: %s\n' "$*"; }
die() { printf 'check-bare: %s\n' "$*" >&2; exit 1; }

if [ "${1:-}" != --inside ]; then
    [ "$(id -u)" = 0 ] || die "debootstrap and chroot need root; run it with sudo."
    command -v debootstrap >/dev/null || die "debootstrap is missing; apt-get install debootstrap."
    here=$(cd "$(dirname "$0")/.." && pwd)
    work=${KLSCOPE_BARE:-$(mktemp -d /tmp/klscope-bare.XXXXXX)}
    mkdir -p "$work"
    status=0
    unshare --mount --propagation private "$0" --inside "$here" "$work" "$@" || status=$?
    [ -n "${KLSCOPE_BARE_KEEP:-}" ] || rm -rf --one-file-system "$work"
    exit "$status"
fi

here=$2 work=$3
shift 3
[ $# -gt 0 ] || set -- demo demo test
root=$work/root

make_chroot() {
    local mirror
    mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources \
        /etc/apt/sources.list.d/*.list 2>/dev/null |
        grep -E '^(URIs:|deb )' | grep -Eo '(https?|file)://[^ ]+' | grep -v security | head -n 1 || true)
    say "making the chroot"
    debootstrap --variant=minbase --include=python3 bookworm "$root" \
        "${mirror:-http://deb.debian.org/debian}" >"$work/debootstrap.log" 2>&1 ||
        { tail -n 5 "$work/debootstrap.log" >&2; die "debootstrap failed; see $work/debootstrap.log."; }
}

# $1 as it is here, at the same place in the chroot: folders mounted read-only, files copied.
take_over() {
    [ -e "$1" ] && [ "$1" != / ] || return 0
    mkdir -p "$root$(dirname "$1")"
    if [ -f "$1" ]; then
        cp -L "$1" "$root$1"
        case $1 in # apt may bring ca-certificates, which makes its bundle anew, from this folder too
        *cert*.crt | *cert*.pem) install -D -m 644 "$1" "$root/usr/local/share/ca-certificates/host.crt" ;;
        esac
    elif [[ $1 == /etc/* ]]; then
        mkdir -p "$root$1" && cp -rL "$1/." "$root$1/" 2>/dev/null || true
    elif ! mountpoint -q "$root$1"; then
        mkdir -p "$root$1" && mount --bind "$1" "$root$1" && mount -o remount,bind,ro "$root$1"
    fi
}

# The variables that say how to reach package servers.
server_variables() {
    env | grep -E '^(PIP_[A-Z_]+|[A-Z_]*CERT[A-Z_]*|[A-Z_]*CA_BUNDLE|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY)=' |
        grep -v '^PIP_\(TARGET\|PREFIX\|USER\)=' || true
}

pip_settings() {
    python3 -m pip config list 2>/dev/null | grep -v '^:env:' || true
}

take_over_servers() {
    local path
    rm -rf "$root/etc/apt/sources.list" "$root/etc/apt/sources.list.d"
    for path in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/auth.conf.d \
        /etc/apt/apt.conf.d /etc/apt/preferences.d /etc/apt/keyrings /etc/apt/trusted.gpg.d \
        /etc/resolv.conf /etc/hosts; do
        take_over "$path"
    done
    pip_settings | sed -nE "s/^([a-z]+)\.([a-z-]+)='(.*)'$/[\1]\n\2 = \3/p" |
        awk '/^\[/ { section = $0; next } { kept[section] = kept[section] $0 "\n" }
             END { for (s in kept) printf "%s\n%s", s, kept[s] }' >"$root/etc/pip.conf"
    # Local folders in all of this; the files of a local index lie beside its pages.
    { pip_settings; server_variables; } | grep -Eo "file://[^ ']+" |
        while read -r path; do take_over "$(dirname "${path#file://}")"; done
    { pip_settings; server_variables; } | grep -Eo "[=' ]/[^ ':]+" |
        while read -r path; do take_over "${path#[=\' ]}"; done
}

mount_kernel() {
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys" && mount -o remount,bind,ro "$root/sys"
    mountpoint -q "$root/dev/shm" || { mkdir -p "$root/dev/shm" && mount -t tmpfs tmpfs "$root/dev/shm"; }
    mount --bind /dev/null "$root/dev/null"
    mount --bind /dev/urandom "$root/dev/urandom"
    mount --bind /dev/random "$root/dev/random"
    mount --bind /dev/zero "$root/dev/zero"
}

# $1 = user, the rest = a command line, in the clone, with an empty environment.
inside() {
    local user=$1
    shift
    local -a variables
    mapfile -t variables < <(server_variables)
    chroot --userspec="$user" "$root" /usr/bin/env -i HOME=/tmp \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${variables[@]}" \
        /bin/sh -c 'cd /klscope && exec "$@"' sh "$@"
}

# A plain user is told the one apt line, once, and nothing is changed.
check_plain_user() {
    local said
    if said=$(inside 65534:65534 python3 packaging/bootstrap.py demo 2>&1); then
        die "a plain user without system packages should be told what to install."
    fi
    grep -q 'apt-get install -y' <<<"$said" || die "a plain user is told: $said"
    ! grep -q Traceback <<<"$said" || die "a plain user sees a traceback: $said"
    [ ! -e "$root/klscope/.venv" ] || die "a plain user's refused run left a .venv."
    say "a plain user is told:"
    printf '%s\n' "$said"
}

[ -x "$root/usr/bin/python3" ] || make_chroot
rm -rf --one-file-system "$root/klscope"
git clone --quiet --no-hardlinks "$here" "$root/klscope"
mount_kernel
take_over_servers
if [ ! -e "$root/usr/bin/Xvfb" ]; then
    rm -rf "$root"/var/lib/apt/lists/*
    check_plain_user
fi

for command in "$@"; do
    say "bootstrap.py $command"
    start=$SECONDS
    read -ra words <<<"$command"
    inside 0:0 python3 packaging/bootstrap.py "${words[@]}" || die "bootstrap.py $command failed ($?)."
    say "bootstrap.py $command: $((SECONDS - start)) s"
done

if [ -d "$root/klscope/klscope-demo" ]; then
    ls -l "$root/klscope/klscope-demo"
fi
say "all done"
