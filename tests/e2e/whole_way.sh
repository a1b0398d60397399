#!/usr/bin/env bash
# Records a program, kills it, and compares command line, server and page with what it had printed.
# Usage: whole_way.sh BUILD_FOLDER
set -euo pipefail
build=$(cd "${1:?usage: whole_way.sh BUILD_FOLDER}" && pwd)
cd "$(dirname "$0")"
chromium=${TBPROF_CHROMIUM:-}
for name in chromium google-chrome google-chrome-stable chromium-browser; do
  [ -n "$chromium" ] && break
  path=$(command -v "$name") || continue
  # Ubuntu's package of this name only points at a snap.
  head -c 2000 "$path" | grep -aq 'snap install' || chromium=$path
done
exec python3 whole_way.py "$build/cli/tbprof" "$build/samples/train/train" "$chromium"
