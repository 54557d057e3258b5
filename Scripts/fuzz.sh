#!/usr/bin/env bash
# Feeds each reader of bytes from outside with bytes that libFuzzer makes up: Scripts/fuzz.sh SECONDS [TARGET …].
# What it finds is put beside the seeds, so that `make test` reads it from then on.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=$1
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(ls Tests/FuzzTests/Seeds)

# A build of its own: the instructions that watch what is reached are in every module.
build=.build/fuzz
LATCHKEY_FUZZ=1 swift build --scratch-path "$build" --sanitize=fuzzer -Xswiftc -DFUZZING --product fuzz >&2

found=0
for target in "${targets[@]}"; do
    seeds=(Tests/FuzzTests/Seeds/"$target")
    [ "$target" != provider ] || seeds+=(Templates/providers)
    corpus=$build/corpus/$target
    mkdir -p "$corpus"
    log=$(mktemp)
    if FUZZ_TARGET=$target "$build/debug/fuzz" "$corpus" "${seeds[@]}" -max_total_time="$seconds" -max_len=4096 \
        -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="Tests/FuzzTests/Seeds/$target/found-" \
        >"$log" 2>&1; then
        echo "$target: $(awk '/stat::number_of_executed_units/ { print $2 }' "$log") inputs in $seconds s, nothing found"
    else
        echo "$target: FOUND"
        grep -E 'Fatal error|ERROR|Test unit written|at /.*Sources' "$log" | head -20
        found=1
    fi
    rm -f "$log"
done
exit $found
