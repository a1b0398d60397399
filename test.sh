#!/usr/bin/env bash
# Installs what is missing, builds once, runs every test. Arguments go to ctest: ./test.sh -R format
set -euo pipefail
cd "$(dirname "$0")"
./setup.sh "${TBPROF_SETUP_LEVEL:-test}"
jobs=$(.ci/jobs)
cmake --preset default >.setup/configure.log 2>&1 || { cat .setup/configure.log >&2; exit 1; }
cmake --build build --parallel "$jobs"
exec .ci/ctest build "$@"
