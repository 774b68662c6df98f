#!/bin/bash
# chromium.sh: prints the path of a Chromium for the browser tests; as root on Debian, installs it.
set -euo pipefail

find_it() {
  local name
  if [ -n "${TWINKIT_CHROMIUM:-}" ]; then
    echo "$TWINKIT_CHROMIUM"
    return 0
  fi
  for name in chromium chromium-browser google-chrome; do
    command -v "$name" && return 0
  done
  return 1
}

find_it && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing chromium for the browser tests …" >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >&2
  apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
  find_it && exit 0
fi
echo "The browser tests need Chromium: install it (on Debian: apt install chromium), or name one in TWINKIT_CHROMIUM." >&2
exit 1
