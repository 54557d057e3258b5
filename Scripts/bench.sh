#!/usr/bin/env bash
# Measures speed and memory against the targets, and prints one table. A missed target does not fail.
#
# Processor time is compared rather than the clock where it can be, and all servers are measured in turns in the same
# run, so that what else the machine does falls on all of them. FLOWS=N changes the number of pending sign-ins, PLAYS=N
# that of plays in a history, ACCOUNTS=N that of accounts that are renewed, IDLE=N that of idle connections, ROUNDS=N and SECONDS_EACH=N the requests, and ONLY=requests leaves the rest out.
set -euo pipefail
cd "$(dirname "$0")/.."

flows=${FLOWS:-10000} plays=${PLAYS:-50000} accounts=${ACCOUNTS:-1000} idle=${IDLE:-5000} rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-2} only=${ONLY:-}
latchkey=$PWD/.build/release/latchkey bench=$PWD/.build/release/bench
work=$(mktemp -d)
servers=()
finish() {
    [ ${#servers[@]} -eq 0 ] || kill "${servers[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
trap 'echo "bench: line $LINENO failed" >&2' ERR

for part in library servers requests; do
    # shellcheck source=/dev/null
    source "Scripts/bench/$part.sh"
done

say "building"
swift build -c release --static-swift-stdlib --product bench 2>&1 | grep -E 'error|warning:' >&2 || true

# No key is made in the home of whoever measures.
LATCHKEY_KEY=$("$latchkey" key new --print)
export LATCHKEY_KEY

if [ -z "$only" ]; then
    say "rendering and building 20 providers"
    "$bench" site "$work/twenty"
    measure site-work "$work/twenty"
    measure build "$latchkey" "$work/twenty"
    say "starting"
    measure start "$latchkey" "$work/twenty"
fi

cores=$(nproc)
server_core=0 client_core=$((cores > 1 ? 1 : 0))
[ "$cores" -gt 1 ] || say "this machine has one core only: the client takes time from the servers"
small=/small.css large=/large.html
mkdir -p "$work/site/Static"
head -c 768 /dev/urandom | base64 -w 0 >"$work/site/Static$small"
head -c 9216 /dev/urandom | base64 -w 0 >"$work/site/Static$large"
"$latchkey" build --site "$work/site" >/dev/null
start_all "$work/site"
tag=$(curl -sI "http://127.0.0.1:${server_port[latchkey]}$large" | awk 'tolower($1) == "etag:" { print $2 }' | tr -d '\r')

# First of all: later, connections would take memory that other requests have left.
for name in latchkey nginx lighttpd caddy; do
    measure idle "${server_port[$name]}" "${server_id[$name]}" "$idle"
    result[idle_$name]=${result[idle_bytes]}
    result[rss_$name]=$(rss_mib "${server_id[$name]}")
done

say "requests, $rounds rounds of $seconds s for each server and file"
compare "1 KiB" "$small"
compare "12 KiB" "$large"
alone "12 KiB, 304" "$large" -H "If-None-Match: $tag"
trips head HEAD "$large"
trips get GET "$large"
alone "12 KiB, br accepted" "$large" -H "Accept-Encoding: gzip, deflate, br"
alone "/api/status" /api/status
kill "${servers[@]}"
servers=()

if [ -z "$only" ]; then
    say "$flows pending sign-ins"
    measure flows "$latchkey" "$work/site" "$flows"
    say "tokens of $accounts accounts"
    key=$("$latchkey" apikey new bench --allow trakt --site "$work/site" --data "$work/site/token-data" 2>/dev/null)
    measure tokens "$latchkey" "$work/site" "$key" "$accounts" $(command -v taskset) -c "$server_core"
    say "a history of $plays plays"
    measure history "$latchkey" "$work/site" "$plays"
fi

echo
request_table "1 KiB" "12 KiB" / "12 KiB, 304" "12 KiB, br accepted" "/api/status"
echo
printf '%-42s %10s %-8s %-9s %-24s %s\n' "" value unit target verdict ""
request_rows "1 KiB"
request_rows "12 KiB"
row "12 KiB, 304: CPU time / that of 200" "$(quotient "12 KiB, 304" latchkey "12 KiB" latchkey cpu)" "" "<=" 1
row "12 KiB, HEAD: CPU time / that of GET" "$(divide "${result[head]}" "${result[get]}")" "" "<=" 1 \
    "from another client than wrk, which knows no HEAD"
row "/api/status: requests / static ones" "$(quotient "/api/status" latchkey "1 KiB" latchkey rate)" "" ">=" 0.5
row "memory of an idle connection" "${result[idle_latchkey]}" "bytes" "<" 2048 \
    "nginx ${result[idle_nginx]%.*}, lighttpd ${result[idle_lighttpd]%.*}, Caddy ${result[idle_caddy]%.*}; $idle of them"
row "memory with them, Rss" "${result[rss_latchkey]}" "MiB" "" "" \
    "nginx ${result[rss_nginx]}, lighttpd ${result[rss_lighttpd]}, Caddy ${result[rss_caddy]}"
[ -z "$only" ] || exit 0
row "settings page of 20 providers, renders" "${result[renders_per_second]}" "/s" ">=" 5000 \
    "${result[page_bytes]%.*} bytes, one thread, CPU time"
row "build of 20 providers, in process" "${result[build_ms]}" "ms" "<" 40 "CPU time $(ms build_processor_ms)"
row "build of 20 providers, as a process" "${result[build_process_ms]}" "ms" "<" 40 "best $(ms build_process_best_ms)"
row "start to first answer" "${result[start_ms]}" "ms" "<" 30 "best $(ms start_best_ms); 20 providers, built before"
row "memory at rest, Rss" "${result[rest_rss_mib]}" "MiB" "<" 15
row "memory at rest, Pss" "${result[rest_pss_mib]}" "MiB" "<" 15
row "memory of a pending sign-in" "${result[flow_bytes]}" "bytes" "<" 2048 \
    "$flows pending, $(printf %.0f "${result[flows_per_second]}") begun per second"
row "token API, answers on one core" "${result[token_core_rate]}" "/s" ">=" 20000 \
    "${result[token_rate]%.*}/s by the clock, from a client that saturates first"
row "token API, median and p99 at 1/s" "${result[token_p50_us_at_1]}" "µs" "" "" "p99 ${result[token_p99_us_at_1]%.*} µs"
row "token API, median and p99 at 100/s" "${result[token_p50_us_at_100]}" "µs" "" "" "p99 ${result[token_p99_us_at_100]%.*} µs"
row "token API, median and p99 at 10 000/s" "${result[token_p50_us_at_10000]}" "µs" "" "" \
    "p99 ${result[token_p99_us_at_10000]%.*} µs; memory ${result[token_rss_mib]} MiB"
row "durable config writes" "${result[writes_per_second]}" "/s" "" "" \
    "$(divide "${result[writes_per_second]}" "${result[single_writes_per_second]}") times as many as one after the other: ${result[single_writes_per_second]%.*}/s"
row "renewing $accounts accounts at once" "${result[renewal_seconds]}" "s" "<" 60 \
    "${result[renewal_threads]%.*} threads more than before"
row "listing $plays films, a page of 100" "${result[history_list_ms]}" "ms" "<" 20 "worst of 400 $(ms history_list_worst_ms)"
row "fetching $plays films, most memory, Rss" "${result[history_peak_mib]}" "MiB" "<" 64 \
    "at rest ${result[history_rest_mib]}; with $plays episodes at the same time ${result[history_both_peak_mib]}"
row "fetching $plays films, in pages of 250" "${result[history_sync_seconds]}" "s" "" "" \
    "with as many episodes at the same time ${result[history_both_seconds]} s; again, with nothing new $(ms history_again_ms)"
