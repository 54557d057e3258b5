# Requests for the same files to each server in turns: what else the machine does falls on all of them. To be sourced.

declare -A samples

load() { # name of a server, seconds, path, further arguments of wrk…
    local name=$1 duration=$2 path=$3
    shift 3
    taskset -c "$client_core" wrk -t1 -c64 -d"${duration}s" --latency "$@" "http://127.0.0.1:${server_port[$name]}$path"
}

# wrk writes times in us, ms or s.
latency_ms() { # percentage
    awk -v what="$1%" '$1 == what {
        value = $2 + 0
        if ($2 ~ /us$/) value /= 1000; else if ($2 !~ /ms$/) value *= 1000
        print value }'
}

requests_of() { awk '/requests in/ { print $1 }'; }

# One round: adds to the samples of CASE:SERVER.
round() { # case, server, path, further arguments of wrk…
    local key=$1:$2 server=$2 output before after
    load "$server" 1 "${@:3}" >/dev/null
    before=$(processor_ms "${server_id[$server]}")
    output=$(load "$server" "$seconds" "${@:3}")
    after=$(processor_ms "${server_id[$server]}")
    if grep -qE 'Socket errors' <<<"$output"; then echo "$output" >&2; exit 1; fi
    local count user system
    count=$(requests_of <<<"$output")
    read -r user system < <(awk -v b="$before" -v a="$after" -v n="$count" 'BEGIN {
        split(b, from); split(a, to); print (to[1] - from[1]) * 1000 / n, (to[2] - from[2]) * 1000 / n }')
    samples[$key:user]+=" $user"
    samples[$key:system]+=" $system"
    samples[$key:cpu]+=" $(awk -v a="$user" -v b="$system" 'BEGIN { print a + b }')"
    samples[$key:rate]+=" $(awk '/Requests\/sec/ { print $2 }' <<<"$output")"
    samples[$key:p50]+=" $(latency_ms 50 <<<"$output")"
    samples[$key:p99]+=" $(latency_ms 99 <<<"$output")"
}

value() { # case, server, what: the median of the rounds
    # shellcheck disable=SC2086
    median ${samples[$1:$2:$3]}
}

# The median of the quotients of each round, so that a slow moment of the machine counts on both sides.
quotient() { # case, server, other case, other server, what
    local own other index result=()
    read -ra own <<<"${samples[$1:$2:$5]}"
    read -ra other <<<"${samples[$3:$4:$5]}"
    for index in "${!own[@]}"; do result+=("$(divide "${own[index]}" "${other[index]}")"); done
    median "${result[@]}"
}

# System calls for each request, counted by strace under the same load.
count_calls() { # case, server, path, further arguments of wrk…
    local key=$1:$2 server=$2 output calls tracer
    strace -f -c -o "$work/strace" -p "${server_id[$server]}" 2>"$work/strace.err" &
    tracer=$!
    until grep -q attached "$work/strace.err" 2>/dev/null; do sleep 0.05; done
    output=$(load "$server" 1 "${@:3}")
    kill -INT "$tracer"
    wait "$tracer" 2>/dev/null || true
    calls=$(awk '$NF == "total" { print $4 }' "$work/strace")
    samples[$key:calls]=" $(divide "$calls" "$(requests_of <<<"$output")")"
}

compare() { # case, path, further arguments of wrk…: all servers
    local index server
    for ((index = 0; index < rounds; index++)); do
        for server in latchkey nginx lighttpd caddy floor; do round "$1" "$server" "${@:2}"; done
    done
    for server in latchkey nginx lighttpd caddy floor; do count_calls "$1" "$server" "${@:2}"; done
}

alone() { # case, path, further arguments of wrk…: Latchkey only
    local index
    for ((index = 0; index < rounds; index++)); do round "$1" latchkey "${@:2}"; done
    count_calls "$1" latchkey "${@:2}"
}

# Processor time of 100 000 requests to Latchkey, from a client that knows HEAD.
trips() { # name of the result, method, path
    local before after
    before=$(processor_ms "${server_id[latchkey]}")
    taskset -c "$client_core" "$bench" trips "${server_port[latchkey]}" "$2" "$3" 100000
    after=$(processor_ms "${server_id[latchkey]}")
    result[$1]=$(awk -v b="$before" -v a="$after" 'BEGIN { split(b, from); split(a, to); print to[1] + to[2] - from[1] - from[2] }')
}

request_line() { # case, server
    printf '%-24s %-9s %9.0f %8.2f %8.2f %8.2f %8.2f %8.2f %8.2f\n' "$1" "$2" "$(value "$1" "$2" rate)" \
        "$(value "$1" "$2" p50)" "$(value "$1" "$2" p99)" "$(value "$1" "$2" user)" "$(value "$1" "$2" system)" \
        "$(value "$1" "$2" cpu)" "$(value "$1" "$2" calls)"
}

request_table() { # the cases that were compared, a "/", those of Latchkey alone
    local name server is_compared=1
    printf '%-24s %-9s %9s %8s %8s %8s %8s %8s %8s\n' request server '/s' 'p50 ms' 'p99 ms' 'user us' 'sys us' 'cpu us' calls
    for name in "$@"; do
        if [ "$name" = / ]; then is_compared=0; continue; fi
        if [ "$is_compared" = 0 ]; then request_line "$name" latchkey; continue; fi
        for server in latchkey nginx lighttpd caddy floor; do request_line "$name" "$server"; done
    done
}

request_rows() { # case
    local best=0 server
    for server in nginx lighttpd caddy floor; do
        best=$(awk -v a="$best" -v b="$(value "$1" "$server" rate)" 'BEGIN { print (b > a ? b : a) }')
    done
    row "$1: CPU time / nginx's" "$(quotient "$1" latchkey "$1" nginx cpu)" "" "<=" 0.8 \
        "lighttpd $(quotient "$1" lighttpd "$1" nginx cpu), floor $(quotient "$1" floor "$1" nginx cpu)"
    row "$1: requests / the best other's" "$(divide "$(value "$1" latchkey rate)" "$best")" "" ">=" 1 \
        "nginx's: $(quotient "$1" latchkey "$1" nginx rate)"
    row "$1: p99 / nginx's" "$(quotient "$1" latchkey "$1" nginx p99)" "" "<=" 1
    row "$1: system calls" "$(value "$1" latchkey calls)" "" "<=" 2.1
}
