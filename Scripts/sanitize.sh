#!/usr/bin/env bash
# All tests twice: with the address sanitizer, then with the thread sanitizer. Each has a build of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

run() {
    local sanitizer=$1
    shift
    echo "== $sanitizer sanitizer"
    swift build --build-tests --scratch-path ".build/$sanitizer" --sanitize="$sanitizer"
    env "$@" Scripts/test.sh --scratch-path ".build/$sanitizer" --sanitize="$sanitizer"
}

# Chromium is not built with a sanitizer: what it and libcurl keep until the end is not ours to count.
run address ASAN_OPTIONS=detect_leaks=0:abort_on_error=1
run thread TSAN_OPTIONS="halt_on_error=0:suppressions=$PWD/Scripts/thread-sanitizer.txt"
