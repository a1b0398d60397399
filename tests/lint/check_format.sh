#!/bin/sh
# Fails if clang-format would change a C++ file that git knows. usage: check_format.sh ROOT
# Another version of clang-format has other opinions, so without version 14 the check is skipped: 77.
set -u
cd "$1" || exit 2
formatter=$(command -v clang-format-14) || {
  echo "skipped: clang-format-14 is not installed"
  exit 77
}
git rev-parse --is-inside-work-tree >/dev/null 2>&1 || {
  echo "skipped: not a git checkout"
  exit 77
}
git ls-files -z -- '*.h' '*.hpp' '*.cc' '*.cu' |
  xargs -0 sh -c 'for file; do [ -e "$file" ] && printf "%s\0" "$file"; done' sh |
  xargs -0 "$formatter" --dry-run -Werror
