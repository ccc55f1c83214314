# Sourced by supervise and slurm/job: runs a command that gets the signals which the script gets. Not a command.
# shellcheck shell=bash disable=SC2034

# The command that runs, the last signal that was sent to it, and whether one interrupted the wait.
child='' sent='' interrupted=no

# forward GOT SENT
forward() {
  sent=$2 interrupted=yes
  say "got SIG$1"
  [[ -z $child ]] || kill -s "$sent" "$child" 2>/dev/null || true
}

# forward_signals NAME[=AS]…: from now on these go, under the name AS, to the command of wait_for, and to those that follow.
forward_signals() {
  local signal
  for signal in "$@"; do
    # shellcheck disable=SC2064  # the names are those of now
    trap "forward ${signal%=*} ${signal#*=}" "${signal%=*}"
  done
}

# wait_for COMMAND…: its exit code in `status`. A signal interrupts the wait, not the command, which gets it from forward().
# It has a process group of its own (set -m), so that Ctrl-C does not reach it twice; a terminal would stop it there, did it read.
wait_for() {
  set -m
  "$@" </dev/null &
  child=$!
  set +m
  [[ -z $sent ]] || kill -s "$sent" "$child" 2>/dev/null || true
  while :; do
    status=0 interrupted=no
    wait "$child" 2>/dev/null || status=$?  # not the shell's own words on a killed command
    [[ $interrupted == yes ]] || break
  done
  child=''
}
