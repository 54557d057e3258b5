#!/usr/bin/env bash
# Measures what a crowd costs: a client's answers and the server's memory among 10 000 idle connections, 10 000 streams of
# events, and 5000 clients who send their header sections byte by byte. A missed target does not fail.
#
# The server has one core and the clients another one, where there are two. Needs 10 300 descriptors (ulimit -Hn).
set -euo pipefail
cd "$(dirname "$0")/.."

latchkey=$PWD/.build/release/latchkey bench=$PWD/.build/release/bench
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'echo "bench: line $LINENO failed" >&2' ERR

swift build -c release --static-swift-stdlib --product bench 2>&1 | grep -E 'error|warning:' >&2 || true
"$latchkey" build --site "$work" >/dev/null
cores=$(nproc)
declare -A result
while read -r name value; do result[$name]=$value; done < <(
    taskset -c "$((cores > 1 ? 1 : 0))" "$bench" crowd "$latchkey" "$work" /usr/bin/taskset -c 0 || echo "failed 1")
[ -z "${result[failed]:-}" ] || exit 1

verdict() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%s", (a < b ? "met" : "missed") }'; }

rows() { # name, what, bound of the server's memory in MiB
    printf '%-52s %9.2f          < 2        %-8s quiet %.0f us, %.0f us, p99 %.0f us\n' \
        "among ${result[$1_count]%.*} $2: median / quiet" "${result[$1_ratio]}" "$(verdict "${result[$1_ratio]}" 2)" \
        "${result[$1_quiet_us]}" "${result[$1_us]}" "${result[$1_p99_us]}"
    printf '%-52s %9.1f MiB      < %-8s %-8s %.0f bytes for each\n' "  memory of the server" "${result[$1_rss_mib]}" "$3" \
        "$(verdict "${result[$1_rss_mib]}" "$3")" "${result[$1_bytes]}"
}

printf '%-52s %9s          %-8s %s\n' "" value target verdict
rows idle "idle connections" 40
rows streams "streams of events" 64
rows slow "slow header sections" 80
