#!/usr/bin/env bash
# Installs what is missing, builds, records a training program and shows the recording in the
# browser until ^C. With --check: fetches the page and its data instead, compares them with what the
# program printed, says OK and ends.
set -euo pipefail
cd "$(dirname "$0")"
case ${1:-} in
  "" | --check) ;;
  -h | --help) sed -n '2,4s/^# //p' "$0"; exit 0 ;;
  *) echo "quickstart.sh: $1 is unknown; the one flag is --check." >&2; exit 2 ;;
esac
here=$PWD
logdir=$here/runs
step() { printf '\n\033[1m%s\033[0m\n' "$*"; }

./setup.sh build
step "Building"
# A build folder with tests stays as it is.
if [ ! -e build/build.ninja ]; then
  cmake --preset product >.setup/configure.log 2>&1 || { cat .setup/configure.log >&2; exit 1; }
fi
cmake --build build --parallel "$(.ci/jobs)" --target tbprof_cli tbprof train
tbprof=$here/build/cli/tbprof

step "Recording samples/train"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$tbprof" run --logdir "$logdir" -- build/samples/train/train --steps 300 \
  --checkpoint "$work/checkpoint" --step-log "$work/steps.txt"

if [ "${1:-}" = --check ]; then
  step "Checking"
  python3 tests/e2e/check_served.py "$tbprof" "$logdir" "$work/steps.txt"
  exit
fi
step "Serving; ^C ends it"
rm -rf "$work"
exec "$tbprof" serve --logdir "$logdir"
