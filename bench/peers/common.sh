# What the peers' prepare and start share: their options, a Redis of their own, a server that is waited for and ended
# with all that it needs. Sourced, not run; wants bash.
# shellcheck shell=bash
set -euo pipefail

peers=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
source "$peers/../../scripts/npm.sh"
export NEXT_TELEMETRY_DISABLED=1 NODE_ENV=production

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# take_options "$@": sets port, work, data, helper_cpu and products.
port=0 work="" data="" helper_cpu="" products=""
take_options() {
  while (($# > 1)); do
    case $1 in
      --port) port=$2 ;;
      --work) work=$2 ;;
      --data) data=$2 ;;
      --helper-cpu) helper_cpu=$2 ;;
      --products) products=$2 ;;
      *) fail "no option is called $1" ;;
    esac
    shift 2
  done
  (($# == 0)) || fail "$1 has no value"
}

# -- what runs, and how it ends -----------------------------------------------

running=()
end_all() {
  local each
  trap - TERM INT EXIT
  for each in "${running[@]}"; do kill "$each" 2>/dev/null || true; done
  wait
}
trap 'end_all; exit 0' TERM INT
trap end_all EXIT

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# What helps the server runs on the core given for it, and so takes nothing of the server's.
helper() {
  if [[ -n $helper_cpu ]]; then
    exec taskset -c "$helper_cpu" "$@"
  else
    exec "$@"
  fi
}

# start_redis: as Debian's package has it, in its default persistence (snapshots after 60 s, 300 s or 1 h; no log of
# commands); on a Unix socket in the data directory, which is faster than TCP. Sets redis_socket.
start_redis() {
  local program=/usr/bin/redis-server
  # redis-tools has the server's program, called by another name (tests/redis_server.cpp).
  [[ -x $program ]] || program=/usr/bin/redis-check-rdb
  [[ -x $program ]] || fail "there is no redis-server: install Debian's package redis-tools"
  redis_socket=$data/redis.sock
  ((${#redis_socket} < 100)) || fail "the path of $data is too long for a Unix socket"
  ln -sf "$program" "$data/redis-server"
  (helper "$data/redis-server" --port 0 --unixsocket "$redis_socket" --dir "$data" --loglevel warning >&2) &
  running+=($!)
  local redis=$!
  until [[ -S $redis_socket ]]; do
    kill -0 "$redis" 2>/dev/null || fail "Redis ended"
    sleep 0.02
  done
}

# serve COMMAND...: runs it with PORT in its environment and in place of @PORT@, says when it takes connections, and
# stays until it is ended. A port that was free a moment ago can be taken: then another is tried.
serve() {
  local attempt server chosen command
  for attempt in 1 2 3; do
    chosen=$port
    ((chosen)) || chosen=$(free_port)
    command=("${@//@PORT@/$chosen}")
    PORT=$chosen "${command[@]}" >&2 &
    server=$!
    running+=("$server")
    if wait_for_connections "$server" "$chosen"; then
      echo "listening $chosen"
      wait "$server" || true
      fail "the server ended by itself"
    fi
    ((port == 0)) || break
  done
  fail "the server did not start"
}

wait_for_connections() {
  local deadline=$((SECONDS + 50))
  until (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null; do
    kill -0 "$1" 2>/dev/null || return 1
    ((SECONDS < deadline)) || return 1
    sleep 0.02
  done
  # It is this server that answered, and not another that took the port.
  kill -0 "$1" 2>/dev/null
}

# -- Node.js ------------------------------------------------------------------

# use_installed_node: the one that prepare chose.
use_installed_node() {
  use_new_node "$peers/../.." "$work/runtime"
}

# prepare_package DIRECTORY: what the lockfile pins, in the work directory beside copies of the sources.
prepare_package() {
  local tool
  for tool in node npm; do
    command -v "$tool" >/dev/null || fail "$tool is missing: install the Debian packages nodejs and npm"
  done
  mkdir -p "$work/package"
  exec 9>"$work/lock"
  flock 9
  use_installed_node
  (cd "$1" && tar --exclude=./node_modules --exclude=./.next --exclude=./prepare --exclude=./start -cf - .) |
    (cd "$work/package" && tar -xf -)
  install_pinned "$work/package"
}
