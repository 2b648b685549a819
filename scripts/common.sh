# What scripts/run, scripts/test, scripts/bench and .ci/run share. Sourced, not run; wants bash.
# shellcheck shell=bash
set -euo pipefail

repository=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "${0##*/}: $*"
  exit 1
}

# quietly COMMAND...: shows what it printed only if it failed.
quietly() {
  local output status=0
  output=$("$@" 2>&1 </dev/null) || status=$?
  ((status == 0)) || say "$output"
  return "$status"
}

# "NAME COMMAND" a line of packages.txt, those for every build and for the purposes named: listed_packages test check
listed_packages() {
  sed -e 's/#.*//' "$repository/scripts/packages.txt" |
    awk -v purposes="all $*" '
      BEGIN { count = split(purposes, wanted, " ") }
      NF == 1 { print $1 }
      NF > 1 {
        for (at = 1; at <= count; at++)
          if (index("," $2 ",", "," wanted[at] ",")) { print $1, $3; break }
      }'
}

is_installed() {
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif ! command -v sudo >/dev/null; then
    return 1
  elif [[ -t 0 ]]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

# without_services COMMAND...: what it installs starts no service. nginx and Varnish would, on ports of this machine;
# the tests start programs of their own, where and when they need them.
without_services() (
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    trap 'as_root rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  fi
  "$@"
)

# Nor at the next start of the machine, if they are new here.
disable_services() {
  local name
  command -v systemctl >/dev/null || return 0
  for name in "$@"; do
    case $name in
      nginx-light) quietly as_root systemctl disable nginx.service || true ;;
      prometheus) quietly as_root systemctl disable prometheus.service || true ;;
      webhook) quietly as_root systemctl disable webhook.service || true ;;
      varnish) quietly as_root systemctl disable varnish.service varnishncsa.service || true ;;
    esac
  done
}

# install_packages [test] [bench] [check]: installs what is missing of the list, and touches nothing otherwise.
install_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "This is not a Debian system: scripts/packages.txt says what has to be there."
    return
  fi
  local missing=() name command
  while read -r name command; do
    is_installed "$name" || [[ -n $command && -n $(command -v "$command") ]] || missing+=("$name")
  done < <(listed_packages "$@")
  ((${#missing[@]})) || return 0

  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  for name in libboost1.74-dev libboost-test1.74-dev; do
    if is_installed "$name"; then
      say "Debian lets only one Boost be developed with: apt removes $name (and what needs it) for version 1.81."
    fi
  done
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o Acquire::Retries=3)
  as_root true || fail "installing needs root. Run as root: apt-get install --no-install-recommends ${missing[*]}"
  # Old package lists name files that the mirrors no longer have. If updating fails, apt's cache may still do.
  quietly as_root "${apt[@]}" update || say "apt-get update failed; trying with the lists that are here."
  quietly without_services as_root "${apt[@]}" install -y --no-install-recommends "${missing[@]}" ||
    fail "apt-get could not install what is missing. ankkor is built on Debian 12 (bookworm)."
  disable_services "${missing[@]}"
}

# How many compilers at once: one a core, but no more than memory allows (the largest sources take 1 GB).
job_count() {
  local cores gigabytes
  cores=$(nproc)
  gigabytes=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)
  ((gigabytes >= 1)) || gigabytes=1
  echo $((cores < gigabytes ? cores : gigabytes))
}

# build PRESET [TARGET...]: configures and builds; everything if no target is named.
build() {
  local preset=$1 target how=()
  shift
  for target in "$@"; do how+=(--target "$target"); done
  say "Building ${*:-everything} ($preset) ..."
  (cd "$repository" && quietly cmake --preset "$preset") || fail "cmake could not configure the build"
  # On a terminal ninja shows its progress on one line; elsewhere it would print a line a file.
  if [[ -t 1 ]]; then
    cmake --build "$repository/build/$preset" --parallel "$(job_count)" "${how[@]}"
  else
    cmake --build "$repository/build/$preset" --parallel "$(job_count)" "${how[@]}" -- --quiet
  fi || fail "the build failed"
}
