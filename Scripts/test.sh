#!/usr/bin/env bash
# All tests. What failed is said once more at the end, so that nobody has to look for it among thousands of lines.
set -euo pipefail
cd "$(dirname "$0")/.."

# Few tests at a time: each of them may run a server, a browser or a process of its own.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH="${SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH:-4}"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if swift test --skip-build --disable-xctest "$@" 2>&1 | tee "$log"; then exit 0; fi
echo
echo "What failed:"
# An issue is told in lines that begin with a cross and, below it, its details.
awk '/^✘ Test .* recorded an issue/ { shown = 12 } /^(◇|✔) / { shown = 0 } shown > 0 { print; shown-- }' "$log" | tail -n 60
grep -E '^✘ Test run with' "$log" || tail -n 20 "$log"
exit 1
