# Sourced by the benchmarks' run scripts, after launch/common.sh: Python environments of pinned peers.
# shellcheck shell=bash disable=SC2154

# The newest of those that all peers have wheels for, with what makes an environment.
find_python() {
  local name
  for name in python3.13 python3.12 python3.11 python3; do
    if "$name" -c 'import ensurepip, sys, venv; assert (3, 11) <= sys.version_info[:2] <= (3, 13)' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  fail 'this needs Python 3.11 to 3.13 on the PATH, with venv and ensurepip (Debian: python3-venv)'
}

# make_environment FOLDER REQUIREMENTS: the copy of REQUIREMENTS in it is written last, and says that it is complete.
make_environment() {
  local base
  mkdir -p "$cache"
  exec 9>"$cache/.peers.lock"
  flock 9
  if cmp -s "$2" "$1/requirements.txt" && "$1/bin/python" -c '' 2>/dev/null; then return 0; fi
  base=$(find_python)
  say "installing the peers into $1"
  rm -rf "$1"
  "$base" -m venv "$1"
  mkdir "$1/tmp"
  # TMPDIR: pip unpacks there first, and /tmp may be small.
  TMPDIR=$1/tmp "$1/bin/python" -m pip install --quiet --no-cache-dir --disable-pip-version-check \
    --only-binary=:all: --requirement "$2" >&2
  rm -rf "$1/tmp"
  cp "$2" "$1/requirements.txt"
}
