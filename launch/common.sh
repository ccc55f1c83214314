# Sourced by the scripts beside it: the tree's root, the cache's place, messages, packages. Not a command.
# shellcheck shell=bash disable=SC2034
shopt -s inherit_errexit
# No script reads standard input, nor does what it starts: a loop that reads a list and calls scripts keeps its list.
exec </dev/null

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/cellsweep
torch_tree=$cache/torch-2.11.0
clang_format_tree=$cache/clang-format-18.1.8
clang_format=$clang_format_tree/clang_format/data/bin/clang-format
clang_tidy_tree=$cache/clang-tidy-22.1.8
clang_tidy=$clang_tidy_tree/clang_tidy/data/bin/clang-tidy
deploy_checks=$cache/deploy-checks-2.15.1-1.37.0  # the versions in requirements-deploy.txt

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
# Ends with code 2, as every mistake of a user does.
fail() {
  say "$@"
  exit 2
}

# need_whole_number NAME VALUE: a mistake unless VALUE is one. Bash would run what stands in an index, were it to reckon with it.
need_whole_number() { [[ $2 =~ ^(0|[1-9][0-9]{0,8})$ ]] || fail "$1 needs a whole number, not '$2'"; }

# The comment block under the script's first line.
usage() { sed -n '2,/^[^#]/{/^#/!q;s/^# \{0,1\}//;p}' "$0"; }

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "this needs root, and there is no sudo: $*"
  fi
}

has_gpu() { nvidia-smi -L >/dev/null 2>&1; }

# install_packages NAME…: from Debian or Ubuntu, those that are missing. Their services are not started.
install_packages() (
  command -v dpkg-query >/dev/null || fail "only Debian and Ubuntu are known; install the counterparts of: $*"
  missing=()
  for name in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed* ]] || missing+=("$name")
  done
  ((${#missing[@]})) || return 0
  say "installing with apt-get: ${missing[*]}"
  as_root "$root/launch/apt-install" "${missing[@]}"
)

# Open MPI's settings for N ranks on this machine: as root too, and with fewer cores than ranks.
prepare_mpi() {
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  if (($(nproc) < $1)); then
    export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
  fi
}
