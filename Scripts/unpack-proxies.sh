#!/usr/bin/env bash
# Puts nginx, HAProxy and Caddy of Debian into .build/proxies, for the tests that run them. They are unpacked and not
# installed: an installed one would start a service on port 80.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$PWD/.build/proxies
missing=()
[ -x "$folder/usr/sbin/nginx" ] || missing+=(nginx)
[ -x "$folder/usr/sbin/haproxy" ] || missing+=(haproxy)
[ -x "$folder/usr/bin/caddy" ] || missing+=(caddy)
[ ${#missing[@]} -gt 0 ] || exit 0

echo "Unpacking ${missing[*]} into .build/proxies (nothing of it is installed)"
download=$(mktemp -d)
trap 'rm -rf "$download"' EXIT
# What apt reads as its own user.
chmod 755 "$download"
if ! (cd "$download" && apt-get download -qq "${missing[@]}" 2>/dev/null); then
    Scripts/install-packages.sh --update
    (cd "$download" && apt-get download -qq "${missing[@]}")
fi
mkdir -p "$folder"
for package in "$download"/*.deb; do dpkg-deb -x "$package" "$folder"; done
