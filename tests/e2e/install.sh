#!/usr/bin/env bash
# Installs into an empty folder, builds samples/train there as a user would, records it with the
# installed command, and reads the recording.
# Usage: install.sh BUILD_FOLDER
set -euo pipefail
build=$(cd "${1:?usage: install.sh BUILD_FOLDER}" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
prefix=$folder/prefix

cmake --install "$build" --prefix "$prefix" >"$folder/install.log" ||
  { cat "$folder/install.log"; exit 1; }
for file in bin/tbprof include/tbprof.h include/tbprof.hpp share/doc/tbprof/LICENSE \
    share/doc/tbprof/THIRD_PARTY.md; do
  [ -s "$prefix/$file" ] || { echo "cmake --install brings no $file"; exit 1; }
done
[ -n "$(find "$prefix" -name libtbprof.so)" ] || { echo "no libtbprof.so is installed"; exit 1; }
stray=$(find "$prefix" -name '*.a' -o -name '*gtest*' -o -name '*.cc')
[ -z "$stray" ] || { echo "this should not be installed: $stray"; exit 1; }

# Nothing of the build folder may be needed: an installed tbprof is moved and still works.
mv "$prefix" "$folder/moved"
prefix=$folder/moved
cmake -S "$source/samples/train" -B "$folder/train" -DCMAKE_PREFIX_PATH="$prefix" \
  >"$folder/configure.log" || { cat "$folder/configure.log"; exit 1; }
cmake --build "$folder/train" --parallel 2 >"$folder/build.log" 2>&1 ||
  { cat "$folder/build.log"; exit 1; }

# Nor does what pkg-config says name the place it was built for.
pc=$(find "$prefix" -name tbprof.pc)
if command -v pkg-config >/dev/null; then
  include=$(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --variable=includedir tbprof)
  libraries=$(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --variable=libdir tbprof)
  [ -e "$include/tbprof.hpp" ] && [ -e "$libraries/libtbprof.so" ] ||
    { echo "pkg-config leads to $include and $libraries"; exit 1; }
else
  echo "pkg-config is not installed: tbprof.pc is not tried"
fi

cd "$folder"
# Without a recorder nothing is written.
./train/train --steps 5 --checkpoint "$folder/checkpoint" >/dev/null
[ ! -e runs ] || { echo "a program that nobody records leaves files"; exit 1; }

"$prefix/bin/tbprof" run --name sample -- ./train/train --steps 40 \
  --checkpoint "$folder/checkpoint" >out 2>said
grep -q 'recorded 40 steps' said || { echo "tbprof run says:"; cat said; exit 1; }
"$prefix/bin/tbprof" analyze runs/sample --format json >report.json
python3 - <<'END'
import json
steps = json.load(open("report.json"))["steps"]
assert steps["complete_count"] == 40, steps["complete_count"]
END
echo "OK: installed, moved, used"
