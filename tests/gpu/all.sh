#!/usr/bin/env bash
# All that is to be proved with a GPU, from what tests/gpu/pack.sh carries; README.md beside this has
# the command line. Writes report.json and archives into the folder OUT, in ten minutes at most.
# Ends with 0 if all was good, 1 if something was not, 77 where there is no GPU.
#   OUT=FOLDER tests/gpu/all.sh [--parts NAME,…] [--seconds N]
# TBPROF_GPU_PACK: what pack.sh made, by default build-gpu/. TBPROF_GPU_STANDIN: a folder with
# stand-ins for the driver and CUPTI, to try everything around the GPU without one.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
pack=${TBPROF_GPU_PACK:-$here/../../build-gpu}
out=${OUT:-$pack/out}
if [ -z "${TBPROF_GPU_STANDIN:-}" ] && ! nvidia-smi -L >/dev/null 2>&1; then
  echo "tests/gpu/all.sh: skipped: nvidia-smi does not work here, so there is no GPU to test with"
  exit 77
fi
if [ ! -x "$pack/bin/tbprof" ]; then
  echo "tests/gpu/all.sh: $pack has no programs; make them where there is a compiler: tests/gpu/pack.sh" >&2
  exit 2
fi
mkdir -p "$out"
# The folders of recordings are owned by whoever runs this; nothing is kept but the report's files.
PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 python3 "$here/run_all.py" --pack "$pack" --out "$out" \
  --standin "${TBPROF_GPU_STANDIN:-}" "$@" 2>&1 | tee "$out/all.log"
exit "${PIPESTATUS[0]}"
