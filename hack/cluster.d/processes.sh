# shellcheck shell=bash
# Processes in the background. Each has its name and the state directory in its environment, which is how it is known
# again: a pid in a file may long be somebody else's, and a script that is killed may not have written it.

MARK=DEEPSEEK_OPERATOR_CLUSTER_PROCESS
PROXY_VARIABLES=(http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY)

without_proxy() { env "${PROXY_VARIABLES[@]/#/-u}" "$@"; }

start_process() { # name command…
  local name=$1
  shift
  (
    cd /
    export "$MARK=$DIR/$name"
    # neither the terminal nor the locks of this script
    exec setsid env "${PROXY_VARIABLES[@]/#/-u}" "$@" </dev/null >>"$DIR/log/$name.log" 2>&1 8>&- 9>&-
  ) &
  echo $! >"$DIR/run/$name.pid"
  # it has its mark only when it has become the command
  until process_alive "$name" || ! kill -0 $! 2>/dev/null; do pause_briefly 0.01; done
}

process_alive() { # name
  local pid
  pid=$(cat "$DIR/run/$1.pid" 2>/dev/null) || return 1
  # a zombie's environment is empty
  grep -qszxF "$MARK=$DIR/$1" "/proc/$pid/environ"
}

all_processes_alive() {
  local file name
  for file in "$DIR"/run/*.pid; do
    name=$(basename "$file" .pid)
    process_alive "$name" || return 1
  done
}

process_lines() {
  local file name
  for file in "$DIR"/run/*.pid; do
    name=$(basename "$file" .pid)
    if process_alive "$name"; then echo "process_$name=$(cat "$file")"; else echo "process_$name=dead"; fi
  done
}

marked_processes() {
  { grep -lszF "$MARK=$DIR/" /proc/[0-9]*/environ || true; } | cut -d / -f 3
}

kill_marked_processes() {
  local pids deadline=$((SECONDS + 20))
  while pids=$(marked_processes) && [ -n "$pids" ]; do
    [ "$SECONDS" -lt "$deadline" ] || die "these processes of the cluster do not end: $(xargs <<<"$pids")"
    xargs kill -9 <<<"$pids" 2>/dev/null || true
    pause_briefly
  done
}

# A moment's wait between two looks at a condition; a read on a pipe nobody writes to, as that starts no process.
pause_briefly() { # [seconds]
  [ -n "${IDLE:-}" ] || exec {IDLE}<> <(:)
  read -rt "${1:-0.1}" -u "$IDLE" _ || true
}

# Repeats a command until it succeeds; gives up at once when a process it depends on is dead.
await() { # what seconds process command…
  local what=$1 process=$3 deadline=$((SECONDS + $2))
  shift 3
  until "$@" >"$DIR/log/await.log" 2>&1; do
    process_alive "$process" || fail_with_log "$process" "$process ended while waiting for $what"
    [ "$SECONDS" -lt "$deadline" ] || fail_with_log "$process" "gave up waiting for $what: $(tail -n 1 "$DIR/log/await.log")"
    pause_briefly
  done
}

fail_with_log() { # process message
  step "failed: $2"
  printf '  the end of %s:\n' "$DIR/log/$1.log" >&2
  tail -n 20 "$DIR/log/$1.log" | cut -c 1-300 | sed 's/^/  | /' >&2
  die "$2" "logs of all components: $DIR/log" "'$0 down' removes what was started, '$0 up' tries again from scratch"
}
