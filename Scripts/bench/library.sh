# What the parts of Scripts/bench.sh share. To be sourced.

say() { echo "bench: $*" >&2; }
median() { printf '%s\n' "$@" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
divide() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", (b > 0 ? a / b : 0) }'; }
free_port() { awk -v seed="$RANDOM" 'BEGIN { print 20000 + seed % 20000 }'; }

# Results: a number for each name.
declare -A result
measure() { # what `bench …` prints: lines of a name and a number
    local name value
    while read -r name value; do result[$name]=$value; done < <("$bench" "$@" || echo "failed 1")
    [ -z "${result[failed]:-}" ] || { echo "bench: 'bench $1' failed" >&2; exit 1; }
}

# Processor time of a program and its threads in milliseconds, user and system, from /proc/<pid>/stat.
processor_ms() {
    awk -v tick="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print $12 * 1000 / tick, $13 * 1000 / tick }' "/proc/$1/stat"
}

ms() { printf '%.1f ms' "${result[$1]}"; } # the name of a result

rss_mib() { awk '/^Rss:/ { printf "%.2f", $2 / 1024 }' "/proc/$1/smaps_rollup"; }

row() { # what, value, unit, "<" or ">=" or "<=" or "", target, remark
    local verdict="" target=""
    if [ -n "$4" ]; then
        target="$4 $5"
        verdict=$(awk -v a="$2" -v how="$4" -v b="$5" 'BEGIN {
            if (how == "<") met = (a < b); else if (how == "<=") met = (a <= b); else met = (a >= b)
            printf "%s (%.2f of target)", (met ? "met" : "missed"), (b > 0 ? a / b : 0) }')
    fi
    awk -v what="$1" -v value="$2" -v unit="$3" -v target="$target" -v verdict="$verdict" -v remark="${6:-}" 'BEGIN {
        printf "%-42s %10s %-8s %-9s %-24s %s\n", what, (value >= 1000 ? sprintf("%d", value) : sprintf("%.2f", value)),
            unit, target, verdict, remark }'
}
