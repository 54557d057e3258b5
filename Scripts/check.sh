#!/usr/bin/env bash
# Everything that must hold before a change lands, with the time that each step took.
set -euo pipefail
cd "$(dirname "$0")/.."

step() {
    local name=$1 start=$SECONDS
    shift
    echo "== $name"
    "$@"
    echo "== $name: $((SECONDS - start)) s"
}

lint() { swift format lint -s -r Package.swift Plugins Sources Tests; }

build_without_warnings() {
    local log
    log=$(mktemp)
    swift build --build-tests 2>&1 | tee "$log"
    ! grep -E '^.*/(Sources|Tests|Plugins)/.*: (warning|error):' "$log" || { echo "The build has warnings." >&2; return 1; }
}

# The optimiser sees more than a build for tests does.
release_build() {
    make -s build
    for program in bench soak; do swift build -c release --product "$program"; done
}

no_dependencies() {
    ! grep -nE '\.package\(' Package.swift || { echo "Package.swift must not depend on packages." >&2; return 1; }
}

step "no packages" no_dependencies
step "format and lint" lint
step "build" build_without_warnings
step "release build" release_build
step "test" Scripts/test.sh
step "fuzz, five seconds each" Scripts/fuzz.sh 5
