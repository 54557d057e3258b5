#!/usr/bin/env bash
# Installs the Debian packages that are missing, and says so. With sudo only when not root. `--update` instead of names
# reads the lists of packages anew.
set -euo pipefail

missing=()
for package in "$@"; do
    [ "$package" != --update ] || continue
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || [ "${1:-}" = --update ] || exit 0

wish="apt-get update"
if [ ${#missing[@]} -gt 0 ]; then
    echo "Installing Debian packages: ${missing[*]}"
    wish="apt-get install ${missing[*]}"
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
        echo "This needs root and there is no sudo. Run as root: $wish" >&2
        exit 1
    }
    as_root=(sudo)
fi
"${as_root[@]}" apt-get update -qq
[ ${#missing[@]} -gt 0 ] || exit 0
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
