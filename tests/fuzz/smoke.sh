#!/bin/sh
# Runs each fuzz target of a build made with -DTBPROF_FUZZ=ON for some seconds, one line each, some
# of them side by side.
# usage: tests/fuzz/smoke.sh BUILD_DIR SECONDS [AT_ONCE]
# What a target found stays in BUILD_DIR/tests/fuzz/found/.
set -u
if [ $# -lt 2 ] || [ $# -gt 3 ]; then
  echo "usage: $0 BUILD_DIR SECONDS [AT_ONCE]" >&2
  exit 2
fi
folder=$(cd "$1/tests/fuzz" 2>/dev/null && pwd) || {
  echo "$0: there is no $1/tests/fuzz; configure with -DTBPROF_FUZZ=ON and clang++ and build" >&2
  exit 2
}
seconds=$2
at_once=${3:-1}
found=$folder/found
mkdir -p "$found"

fuzz_one() {
  name=$(basename "$1")
  corpus=$folder/corpus/$name
  log=$found/$name.log
  mkdir -p "$corpus" "$folder/seeds/$name"
  # Inputs of up to 16 KiB; one that takes 10 s or 2 GiB is a finding.
  if "$1" -max_total_time="$seconds" -max_len=16384 -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -verbosity=0 -artifact_prefix="$found/$name-" \
    "$corpus" "$folder/seeds/$name" >"$log" 2>&1; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    peak=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
    echo "ok    $name: ${runs:-0} inputs in $seconds s, at most ${peak:-?} MiB"
  else
    echo "FOUND $name: see $log and $found/$name-*"
    return 1
  fi
}

status=0
targets=0
running=
wait_for_running() {
  for process in $running; do wait "$process" || status=1; done
  running=
}
for target in "$folder"/fuzz_*; do
  if [ ! -f "$target" ] || [ ! -x "$target" ]; then continue; fi
  targets=$((targets + 1))
  fuzz_one "$target" &
  running="$running $!"
  if [ $((targets % at_once)) -eq 0 ]; then wait_for_running; fi
done
wait_for_running
if [ "$targets" -eq 0 ]; then
  echo "$0: no fuzz targets in $folder; build them first" >&2
  exit 2
fi
exit $status
