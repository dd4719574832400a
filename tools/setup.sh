#!/bin/sh
# Prepares a Debian 12 machine for Tongban Kiosk: Debian packages, then .venv with pinned Python packages.
# Safe to run again: it does only what is missing. Usage: tools/setup.sh [runtime|dev]   (default: dev)
set -eu
cd "$(dirname "$0")/.."
profile=${1:-dev}

# What the terminal itself needs: GL for Kivy, PC/SC, rare-character fonts, and what pyscard is built with;
# and what the centre sets its documents with (Pango).
packages="python3 python3-venv python3-dev gcc libpcsclite-dev pcscd
  libgl1 libegl1 libmtdev1 fonts-hanazono libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
# What virtual devices, tests and benchmarks need besides. vpcd opens a port to everybody: never on a real terminal.
[ "$profile" = dev ] && packages="$packages vsmartcard-vpcd xvfb xdotool chromium postgresql"

missing=""
for package in $packages; do
  dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing="$missing $package"
done
if [ -n "$missing" ]; then
  install="apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends$missing"
  if [ "$(id -u)" = 0 ]; then
    echo "Installing Debian packages:$missing"
    sh -c "$install"
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    echo "Installing Debian packages with sudo:$missing"
    sudo sh -c "$install"
  else
    echo "These Debian packages are missing. Install them as root, then run this again:" >&2
    echo "  sudo sh -c '$install'" >&2
    exit 1
  fi
fi

python=""
for candidate in python3.11 python3.12 python3.13 python3; do
  if command -v "$candidate" >/dev/null 2>&1 &&
    "$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
[ -n "$python" ] || { echo "Python 3.11, 3.12 or 3.13 with the venv module is needed (Debian: python3 python3-venv)." >&2; exit 1; }

files="requirements/runtime.txt"
[ "$profile" = dev ] && files="$files requirements/dev.txt"
stamp=$(cat $files pyproject.toml | sha256sum | cut -d' ' -f1)
if [ "$(cat .venv/stamp 2>/dev/null || true)" != "$stamp" ]; then
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  set --
  for file in $files; do set -- "$@" -r "$file"; done
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --use-pep517 --require-hashes "$@"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
  echo "$stamp" > .venv/stamp
fi
echo "Ready: .venv ($(.venv/bin/python --version))."
