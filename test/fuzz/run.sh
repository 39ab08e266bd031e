#!/usr/bin/env bash
# Runs each fuzz target for some seconds, from the same seeds:
#   test/fuzz/run.sh BUILD [SECONDS [TARGET...]]
# as many at once as there are processors. BUILD was configured with the preset
# `asan`. What a run adds to the corpus stays in BUILD/fuzz/corpus for the next
# one. An input that crashes is kept in BUILD/fuzz/found/TARGET; run
# `BUILD/fuzz/TARGET_fuzz FILE` to see it again.
# Exit status 1 if any target found something. An input that takes longer than
# FUZZ_TIMEOUT seconds (20) by the clock is one: give more on a busy machine.
set -eu
build=$1
seconds=${2:-60}
[ $# -le 2 ] && shift $# || shift 2
here=$(dirname "$0")
export ASAN_OPTIONS=detect_leaks=1:allow_user_poisoning=0
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1

"$build/fuzz/make_seeds" "$build/fuzz/seeds"
[ $# -gt 0 ] || set -- $(cd "$build/fuzz" && ls | sed -n 's/_fuzz$//p')

# Runs one target; prints what came of it.
fuzz() {
  target=$1
  corpus=$build/fuzz/corpus/$target
  found=$build/fuzz/found/$target
  mkdir -p "$corpus" "$found"
  folders=$corpus
  for seeds in "$build/fuzz/seeds/$target" "$here/seeds/$target"; do
    [ ! -d "$seeds" ] || folders="$folders $seeds"
  done
  dictionary=
  [ ! -f "$here/$target.dict" ] || dictionary=-dict=$here/$target.dict
  if "$build/fuzz/${target}_fuzz" -max_total_time="$seconds" -seed=1 \
    -timeout="${FUZZ_TIMEOUT:-20}" -rss_limit_mb=3000 -print_final_stats=1 -artifact_prefix="$found/" $dictionary \
    $folders > "$found/log" 2>&1; then
    echo "$target: $(sed -n 's/stat::number_of_executed_units: *//p' "$found/log") inputs, nothing found"
  else
    printf '%s: found something:\n%s\n' "$target" "$(tail -40 "$found/log")"
    return 1
  fi
}
export -f fuzz
export build seconds here
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -euc 'fuzz {}' || exit 1
