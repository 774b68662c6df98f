#!/bin/bash
# install.sh PYTHON FOLDER WHAT: a virtual environment with twinkit in it, and a line per step.
set -euo pipefail
python=$1 folder=$2 what=$3

if ! command -v "$python" >/dev/null; then
  echo "There is no $python here. Install Python 3.11 or newer, or name one: make PYTHON=…" >&2
  exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "twinkit needs Python 3.11 or newer; $python is $("$python" -V 2>&1). Name another: make PYTHON=…" >&2
  exit 1
fi
if [ ! -x "$folder/bin/pip" ]; then
  rm -rf "$folder"
  if ! said=$("$python" -m venv "$folder" 2>&1); then
    rm -rf "$folder"
    echo "$python cannot make a virtual environment; on Debian or Ubuntu: apt install python3-venv" >&2
    echo "$said" | tail -n 3 >&2
    exit 1
  fi
fi

log="$folder/install.log"
echo "Installing twinkit into $folder (the first time, a few minutes and about 1 GB) …"
progress() {
  local line count=0 words
  while IFS= read -r line; do
    case $line in
      Collecting*)
        count=$((count + 1))
        line=${line#Collecting }
        if [ -t 1 ]; then
          printf '\r  %3d packages found: %-40.40s' "$count" "${line%%[ (<>=]*}"
        elif [ $((count % 25)) = 0 ]; then
          echo "  $count packages found"
        fi ;;
      "Installing collected packages"*)
        read -ra words <<<"$line"
        [ -t 1 ] && printf '\r'
        printf '  installing %d packages … %-30s\n' $((${#words[@]} - 3)) "" ;;
    esac
  done
}
install() {
  "$folder/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off \
    "$@" -e "$what" 2>&1 | tee "$log" | progress
}
# the versions with which all checks passed; TWINKIT_NEWEST=1 takes the newest ones
constraints="$(dirname "$0")/constraints.txt"
if [ -n "${TWINKIT_NEWEST:-}" ] || ! install -c "$constraints"; then
  [ -n "${TWINKIT_NEWEST:-}" ] || echo "  not all of these versions can be had here; trying the newest ones …"
  if ! install; then
    echo "The installation failed; the whole story is in $log. Its end:" >&2
    tail -n 15 "$log" >&2
    exit 1
  fi
fi
echo "  done"
