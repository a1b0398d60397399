#!/usr/bin/env bash
# Gathers what all.sh needs on a machine with a GPU and without a compiler or package indexes:
# programs without debug information, libtbprof.so, and a libcupti with the library that knows the
# hardware metrics, in case there is none.
#   tests/gpu/pack.sh BUILD [PACK]     BUILD: where `ninja gpu_programs` was run; PACK: build-gpu/
#   tests/gpu/pack.sh --standin BUILD PACK
# With --standin the CUDA programs are replaced by gpu_standin_work, to try all.sh without a GPU.
set -euo pipefail
cd "$(dirname "$0")/../.."
standin=
if [ "${1:-}" = --standin ]; then standin=yes; shift; fi
if [ $# -lt 1 ]; then sed -n '2,8s/^# \?//p' "$0" >&2; exit 2; fi
build=$1
pack=${2:-build-gpu}
limit_mib=48

rm -rf "${pack:?}/bin" "${pack:?}/lib"
mkdir -p "$pack/bin" "$pack/lib/cupti"
copy() { cp -L "$1" "$2" && strip --strip-debug "$2"; }
copy "$build/cli/tbprof" "$pack/bin/tbprof"
copy "$build/tests/gpu/gpu_trace_listing" "$pack/bin/gpu_trace_listing"
copy "$build/collector/libtbprof.so" "$pack/lib/libtbprof.so"
copy "$build/tests/gpu/libgpu_null_consumer.so" "$pack/lib/libgpu_null_consumer.so"
if [ -n "$standin" ]; then
  for program in samples/truth/*.cu; do
    copy "$build/tests/gpu/gpu_standin_work" "$pack/bin/truth_$(basename "$program" .cu)"
  done
  for name in gpu_launch_workload gpu_end_cases; do
    copy "$build/tests/gpu/gpu_standin_work" "$pack/bin/$name"
  done
else
  for program in "$build"/samples/truth/truth_*; do
    case $program in *.o | *.d) continue ;; esac
    if [ -f "$program" ] && [ -x "$program" ]; then copy "$program" "$pack/bin/$(basename "$program")"; fi
  done
  for name in gpu_launch_workload gpu_end_cases; do copy "$build/tests/gpu/$name" "$pack/bin/$name"; done
  wheel=.tools/cuda/nvidia/cu13/lib
  if [ -e "$wheel/libcupti.so.13" ]; then cp -L "$wheel/libcupti.so.13" "$pack/lib/cupti/"; fi
  # 31 MiB, 7 of them compressed; place.py unpacks it.
  if [ -e "$wheel/libnvperf_host.so" ]; then
    gzip -nc "$wheel/libnvperf_host.so" >"$pack/lib/cupti/libnvperf_host.so.gz"
  fi
fi
# The start-up hook of Python programs, where an installed tbprof has it.
mkdir -p "$pack/lib/tbprof/python"
cp -r python/start python/tbprof python/_tbprof "$pack/lib/tbprof/python/"
find "$pack/lib/tbprof" -name __pycache__ -prune -exec rm -r {} +

for file in "$pack"/bin/* "$pack"/lib/*.so; do
  if ldd "$file" 2>/dev/null | grep -q 'not found'; then
    echo "pack.sh: $file needs libraries that are not even here:" >&2
    ldd "$file" | grep 'not found' >&2
    exit 1
  fi
done
size_mib=$(du -sm "$pack" | cut -f1)
echo "$pack: $size_mib MiB, $(find "$pack/bin" -type f | wc -l) programs"
if [ "$size_mib" -gt "$limit_mib" ]; then
  echo "pack.sh: more than $limit_mib MiB, which leaves too little room for the working tree" >&2
  exit 1
fi
