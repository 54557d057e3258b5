#!/usr/bin/env bash
# Measures speed and memory against the targets, and prints one table. A missed target does not fail.
#
# Processor time is compared rather than the clock where it can be, and both servers are measured in turns in the same
# run, so that what else the machine does falls on both. FLOWS=N changes the number of pending sign-ins, ROUNDS=N and
# SECONDS_EACH=N the static requests.
set -euo pipefail
cd "$(dirname "$0")/.."

flows=${FLOWS:-10000} rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-2}
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

say() { echo "bench: $*" >&2; }
median() { printf '%s\n' "$@" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
divide() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }
free_port() { awk -v seed="$RANDOM" 'BEGIN { print 20000 + seed % 20000 }'; }

# Results of `bench …`: lines of a name and a number.
declare -A result
measure() {
    local name value
    while read -r name value; do result[$name]=$value; done < <("$bench" "$@" || echo "failed 1")
    [ -z "${result[failed]:-}" ] || { echo "bench: 'bench $1' failed" >&2; exit 1; }
}

# Processor time of a server and its threads in milliseconds: user and system, from /proc/<pid>/stat.
processor_ms() {
    awk -v tick="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($12 + $13) * 1000 / tick }' "/proc/$1/stat"
}

# --- Static requests ----------------------------------------------------------------------------------------------

start_nginx() { # port, folder
    cat >"$work/nginx.conf" <<EOF
worker_processes 1;
daemon off;
pid $work/nginx.pid;
error_log $work/nginx.log crit;
events { worker_connections 1024; }
http {
    include /etc/nginx/mime.types;
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 60;
    keepalive_requests 1000000000;
    open_file_cache max=1000 inactive=60s;
    open_file_cache_valid 60s;
    client_body_temp_path $work/body; proxy_temp_path $work/proxy; fastcgi_temp_path $work/fastcgi;
    uwsgi_temp_path $work/uwsgi; scgi_temp_path $work/scgi;
    server { listen 127.0.0.1:$1; root $2; }
}
EOF
    # The worker runs as a user who must be allowed to read the files.
    chmod -R a+rX "$work"
    taskset -c "$server_core" /usr/sbin/nginx -e "$work/nginx.log" -p "$work" -c "$work/nginx.conf" &
    servers+=($!)
    local master=$!
    until nginx_id=$(pgrep -P "$master" | head -1) && [ -n "$nginx_id" ]; do sleep 0.05; done
}

start_latchkey() { # port, site
    taskset -c "$server_core" "$latchkey" serve --threads 1 --listen "127.0.0.1:$1" --site "$2" --data "$work/data" \
        --log-level warning >/dev/null &
    servers+=($!)
    latchkey_id=$!
}

wait_for() { # port
    until (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do sleep 0.05; done
}

# One round of wrk: sets `per_second` and `micros` (of processor time for each request).
round() { # pid, port, path
    local before after requests output
    taskset -c "$client_core" wrk -t1 -c64 -d1s "http://127.0.0.1:$2$3" >/dev/null
    before=$(processor_ms "$1")
    output=$(taskset -c "$client_core" wrk -t1 -c64 -d"${seconds}s" "http://127.0.0.1:$2$3")
    after=$(processor_ms "$1")
    if grep -qE 'Non-2xx|Socket errors' <<<"$output"; then echo "$output" >&2; exit 1; fi
    requests=$(awk '/requests in/ { print $1 }' <<<"$output")
    per_second=$(awk '/Requests\/sec/ { print $2 }' <<<"$output")
    micros=$(awk -v before="$before" -v after="$after" -v n="$requests" 'BEGIN { print (after - before) * 1000 / n }')
}

static_requests() { # name, path
    local index own=() own_micros=() other=() other_micros=() ratios=()
    for ((index = 0; index < rounds; index++)); do
        round "$latchkey_id" "$latchkey_port" "$2"
        own+=("$per_second") own_micros+=("$micros")
        round "$nginx_id" "$nginx_port" "$2"
        other+=("$per_second") other_micros+=("$micros")
        ratios+=("$(divide "${own_micros[-1]}" "$micros")")
    done
    result[$1_per_second]=$(median "${own[@]}")
    result[$1_nginx_per_second]=$(median "${other[@]}")
    result[$1_micros]=$(median "${own_micros[@]}")
    result[$1_nginx_micros]=$(median "${other_micros[@]}")
    result[$1_ratio]=$(median "${ratios[@]}")
}

# --- The table ----------------------------------------------------------------------------------------------------

row() { # what, value, unit, "<" or ">" or "<=" or "", target, remark
    local verdict="" target=""
    if [ -n "$4" ]; then
        target="$4 $5"
        verdict=$(awk -v a="$2" -v how="$4" -v b="$5" 'BEGIN {
            if (how == "<") met = (a < b); else if (how == "<=") met = (a <= b); else met = (a >= b)
            printf "%s (%.2f of target)", (met ? "met" : "missed"), a / b }')
    fi
    awk -v what="$1" -v value="$2" -v unit="$3" -v target="$target" -v verdict="$verdict" -v remark="${6:-}" 'BEGIN {
        printf "%-42s %10s %-8s %-9s %-24s %s\n", what, (value >= 1000 ? sprintf("%d", value) : sprintf("%.2f", value)),
            unit, target, verdict, remark }'
}

ms() { printf '%.1f ms' "${result[$1]}"; }

static_rows() { # name, path
    row "$2: requests" "${result[$1_per_second]}" "/s" "" "" \
        "nginx ${result[$1_nginx_per_second]%.*}, ratio $(divide "${result[$1_per_second]}" "${result[$1_nginx_per_second]}")"
    row "$2: CPU time for each" "${result[$1_micros]}" "us" "" "" "nginx $(printf %.2f "${result[$1_nginx_micros]}")"
    row "$2: CPU time / nginx's" "${result[$1_ratio]}" "" "<=" 1 "$(stat -c %s "$work/site/Output$2") bytes"
}

say "building"
swift build -c release --static-swift-stdlib --product bench 2>&1 | grep -E 'error|warning:' >&2 || true

say "rendering and building 20 providers"
"$bench" site "$work/twenty"
measure site-work "$work/twenty"
measure build "$latchkey" "$work/twenty"
say "starting"
measure start "$latchkey" "$work/twenty"

cores=$(nproc)
server_core=0 client_core=$((cores > 1 ? 1 : 0))
[ "$cores" -gt 1 ] || say "this machine has one core only: the client takes time from the servers"
"$latchkey" build --site "$work/site" >/dev/null
latchkey_port=$(free_port) nginx_port=$((latchkey_port + 1))
start_latchkey "$latchkey_port" "$work/site"
wait_for "$latchkey_port"
start_nginx "$nginx_port" "$work/site/Output"
wait_for "$nginx_port"
say "static requests, $rounds rounds of $seconds s for each server and file"
small=/assets/hooks.js large=/index.html
static_requests small "$small"
static_requests large "$large"
kill "${servers[@]}"
servers=()

say "$flows pending sign-ins"
measure flows "$latchkey" "$work/site" "$flows"

echo
printf '%-42s %10s %-8s %-9s %-24s %s\n' "" value unit target verdict ""
static_rows small "$small"
static_rows large "$large"
row "settings page of 20 providers, renders" "${result[renders_per_second]}" "/s" ">=" 5000 \
    "${result[page_bytes]%.*} bytes, one thread, CPU time"
row "build of 20 providers, in process" "${result[build_ms]}" "ms" "<" 40 "CPU time $(ms build_processor_ms)"
row "build of 20 providers, as a process" "${result[build_process_ms]}" "ms" "<" 40 "best $(ms build_process_best_ms)"
row "start to first answer" "${result[start_ms]}" "ms" "<" 30 "best $(ms start_best_ms); 20 providers, built before"
row "memory at rest, Rss" "${result[rest_rss_mib]}" "MiB" "<" 20
row "memory at rest, Pss" "${result[rest_pss_mib]}" "MiB" "<" 20
row "memory of a pending sign-in" "${result[flow_bytes]}" "bytes" "<" 2048 \
    "$flows pending, $(printf %.0f "${result[flows_per_second]}") begun per second"
