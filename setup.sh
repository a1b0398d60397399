#!/usr/bin/env bash
# Installs what building and testing need and this machine does not have. Safe to run again: what is
# there is left alone, so that a second run takes no time.
#   ./setup.sh         all of it
#   ./setup.sh build   only what ./quickstart.sh needs
#   ./setup.sh ci      also the second compiler and the tools of .ci/run
set -euo pipefail
cd "$(dirname "$0")"
level=${1:-test}
asked_by_hand=$([ $# -gt 0 ] || echo yes)
case $level in
  build | test | ci) ;;
  *) echo "setup.sh: $level is unknown; say build, test, ci or nothing." >&2; exit 2 ;;
esac
mkdir -p .setup .tools
exec 9>.setup/lock
flock 9

say() { printf 'setup: %s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }
installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Runs a command three times at most, with its output in .setup/NAME.log.
attempt() {
  local log=.setup/$1.log; shift
  local try
  for try in 1 2 3; do
    if "$@" >"$log" 2>&1 </dev/null; then return 0; fi
    [ "$try" = 3 ] || sleep $((try * 2))
  done
  return 1
}

# Ends with a sentence and the end of a log, without the addresses in it.
give_up() {
  local log=.setup/$1.log; shift
  sed -E "s#[a-z+]+://[^ ]+#(address)#g; s#host='[^']*'#(host)#g" "$log" | tail -n 15 >&2
  say "$*" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

node_is_recent() {
  have node && have npm && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ]
}

# Ubuntu's package of this name only sends one to a snap, which a container cannot run.
find_chromium() {
  local name
  for name in chromium google-chrome google-chrome-stable chromium-browser; do
    have "$name" || continue
    if ! head -c 2000 "$(command -v "$name")" | grep -aq 'snap install'; then
      command -v "$name"
      return 0
    fi
  done
  return 1
}

# `apt-cache show` also knows packages that others only mention.
offered() { [ -n "$(apt-cache madison "$1" 2>/dev/null)" ]; }

# Beast before 1.81 does not compile here; the distributions have one newer Boost each.
boost_package() {
  local name
  for name in $(dpkg-query -W -f='${Package} ${db:Status-Status}\n' 'libboost1.8*-dev' 2>/dev/null |
      awk '$2 == "installed" && $1 ~ /^libboost1\.8[0-9]-dev$/ { print $1 }') ; do
    if [ "$name" != libboost1.80-dev ]; then echo "$name"; return; fi
  done
  for name in libboost1.81-dev libboost1.83-dev libboost1.88-dev libboost1.90-dev; do
    if offered "$name"; then echo "$name"; return; fi
  done
  echo libboost-dev
}

wanted_packages() {
  echo g++ make cmake ninja-build ccache binutils git ca-certificates curl python3
  echo zlib1g-dev libdeflate-dev nlohmann-json3-dev libcli11-dev libfmt-dev
  boost_package
  node_is_recent || echo nodejs npm
  cuda_toolkit >/dev/null || [ -e .setup/cuda ] || have pip3 || echo python3-pip
  if [ "$level" != build ]; then
    echo libgtest-dev libbenchmark-dev universal-ctags procps
    # Where there is only another version the check of the format is skipped.
    if installed clang-format-14 || offered clang-format-14; then echo clang-format-14; fi
    if ! find_chromium >/dev/null && grep -q '^ID=debian' /etc/os-release; then
      echo chromium fonts-dejavu-core
    fi
  fi
  if [ "$level" = ci ]; then echo clang-14 libclang-rt-14-dev lld; fi
}

# The folder of an installed toolkit that can build cuda/: compiler, runtime and CUPTI.
cuda_toolkit() {
  local root
  for root in "${CUDA_HOME:-}" "${CUDA_PATH:-}" \
      "$(have nvcc && dirname "$(dirname "$(readlink -f "$(command -v nvcc)")")")" \
      /usr/local/cuda; do
    [ -n "$root" ] && [ -x "$root/bin/nvcc" ] || continue
    if compgen -G "$root/include/cupti.h" >/dev/null ||
        compgen -G "$root/targets/*/include/cupti.h" >/dev/null ||
        compgen -G "$root/extras/CUPTI/include/cupti.h" >/dev/null; then
      echo "$root"
      return 0
    fi
  done
  return 1
}

install_packages() {
  if ! have apt-get; then
    say "this is neither Debian nor Ubuntu: going on with what is installed; README.md lists what" \
      "has to be there."
    return
  fi
  local missing=() name
  for name in $(wanted_packages); do installed "$name" || missing+=("$name"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] && ! have sudo; then
    say "these packages are missing, and there is no sudo to install them:" >&2
    say "  ${missing[*]}" >&2
    exit 1
  fi
  # On a fresh machine the lists are empty, and with them the choice of Boost.
  say "installing ${#missing[@]} packages"
  attempt apt-update as_root apt-get update -q || say "the package lists could not be renewed"
  missing=()
  for name in $(wanted_packages); do installed "$name" || missing+=("$name"); done
  if ! attempt apt-install as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
      --no-install-recommends --no-remove "${missing[@]}"; then
    give_up apt-install "these packages could not be installed: ${missing[*]}"
  fi
}

# A stamp holds what its step was made from.
up_to_date() { [ -e ".setup/$1" ] && [ "$(cat ".setup/$1")" = "$2" ]; }

install_npm_packages() {
  [ -e package-lock.json ] || return 0
  local made_from
  made_from="$(sha256sum <package-lock.json) node $(node --version)"
  if [ -d node_modules ] && up_to_date npm "$made_from"; then return 0; fi
  say "installing the page's packages"
  attempt npm npm ci --ignore-scripts --no-audit --no-fund ||
    give_up npm "the page's packages could not be installed"
  echo "$made_from" >.setup/npm
}

has_gpu() { [ -e /dev/nvidia0 ] || { have nvidia-smi && nvidia-smi -L >/dev/null 2>&1; }; }

install_cuda_wheels() {
  if cuda_toolkit >/dev/null; then return 0; fi
  local lists=(-r cuda/requirements.txt) made_from
  if has_gpu; then lists+=(-r cuda/requirements_gpu.txt); fi
  made_from="$(cat "${lists[@]//-r/\/dev\/null}" | sha256sum) $(uname -m)"
  if [ -d .tools/cuda ] && up_to_date cuda "$made_from"; then return 0; fi
  # A machine that cannot reach them is not to wait for them at every build.
  if [ -z "$asked_by_hand" ] && up_to_date cuda_unreachable "$made_from"; then
    say "NVIDIA's packages could not be fetched before: cuda/ is left out; ./setup.sh tries again"
    return 0
  fi
  say "fetching NVIDIA's compiler and CUPTI, as no CUDA toolkit is installed"
  rm -rf .tools/cuda.new
  if attempt cuda python3 -m pip install --quiet --no-deps --disable-pip-version-check \
      --retries 1 --timeout 20 --no-warn-script-location --root-user-action=ignore --target .tools/cuda.new "${lists[@]}"; then
    rm -rf .tools/cuda
    mv .tools/cuda.new .tools/cuda
    echo "$made_from" >.setup/cuda
    rm -f .setup/cuda_unreachable
  else
    echo "$made_from" >.setup/cuda_unreachable
    say "they could not be fetched: everything but cuda/ is built, so kernels and copies of GPUs" \
      "are not recorded; run ./setup.sh again when Python's package index can be reached" \
      "(.setup/cuda.log has the reason)."
  fi
}

# Older and newer libraries of CUPTI, whose buffers the tests read. They skip what is not there.
install_cupti_versions() {
  local version package made_from
  made_from="$(sha256sum <tests/cuda/cupti_versions.txt) $(uname -m)"
  if up_to_date cupti "$made_from" || { [ -z "$asked_by_hand" ] &&
      up_to_date cupti_unreachable "$made_from"; }; then return 0; fi
  while read -r version package; do
    case $version in '' | '#'*) continue ;; esac
    rm -rf .tools/cupti.new
    if ! attempt cupti python3 -m pip install --quiet --no-deps --disable-pip-version-check \
        --retries 1 --timeout 20 --root-user-action=ignore --target .tools/cupti.new "$package"; then
      echo "$made_from" >.setup/cupti_unreachable
      say "CUPTI $version could not be fetched: tests that need it are skipped"
      return 0
    fi
    mkdir -p .tools/cupti
    rm -rf ".tools/cupti/$version"
    mv .tools/cupti.new ".tools/cupti/$version"
  done <tests/cuda/cupti_versions.txt
  echo "$made_from" >.setup/cupti
  rm -f .setup/cupti_unreachable
}

# PyTorch of the distribution, 150 MB, for the tests that record it. They skip where it is not.
install_torch() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -c 'import torch' 2>/dev/null; then return 0; fi
  done
  if ! have apt-get || { [ -z "$asked_by_hand" ] && [ -e .setup/torch_unreachable ]; }; then return 0; fi
  say "installing PyTorch"
  if [ -z "$(apt-cache madison python3-torch 2>/dev/null)" ] ||
      ! attempt torch as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
        --no-install-recommends --no-remove python3-torch; then
    touch .setup/torch_unreachable
    say "python3-torch could not be installed: the tests that record PyTorch are skipped"
  fi
}

install_packages
install_npm_packages
install_cuda_wheels
[ "$level" = build ] || install_cupti_versions
[ "$level" = build ] || install_torch
if [ "$level" != build ] && ! find_chromium >/dev/null; then
  say "no Chromium or Chrome found: the browser tests are skipped"
fi
