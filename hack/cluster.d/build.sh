# shellcheck shell=bash
# The binaries of hack/cluster. Each product lies in a directory of the cache whose name has a hash of all it was built
# from, so that it is current if it is there; it is built beside it and renamed, so that it is whole if it is there.

COMPONENTS=(etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl)
KUBERNETES_VERSION=v1.35.4 # of k8s.io/kubernetes in components/go.mod
declare -A GO_TOOLS=(
  [kwok]=sigs.k8s.io/kwok/cmd/kwok@v0.8.0
  [metrics-server]=sigs.k8s.io/metrics-server/cmd/metrics-server@v0.9.0
  [coredns]=github.com/coredns/coredns@v1.12.4
)

products_of() { # mode
  if [ "$1" = real ]; then echo components pause metrics-server coredns; else echo components kwok; fi
}

product_dir() { # product
  {
    echo "layout 1, $(uname -m), $KUBERNETES_VERSION, ${GO_TOOLS[$1]:-}"
    case $1 in
      components) cat "$PARTS"/components/{go.mod,go.sum,main.go} ;;
      pause) cat "$PARTS/pause.c" ;;
    esac
  } | sha256sum | { read -r hash _; printf '%s\n' "$CACHE/build/$1-${hash:0:12}"; }
}

# Changes when a running cluster's binaries are no longer the current ones.
build_id() { # mode
  local product
  for product in $(products_of "$1"); do basename "$(product_dir "$product")"; done | sha256sum | cut -c 1-12
}

missing_products() { # mode
  local product
  for product in $(products_of "$1"); do [ -d "$(product_dir "$product")" ] || echo "$product"; done
}

build_products() { # mode
  local product missing
  if [ -z "$(missing_products "$1")" ]; then
    step "components of Kubernetes $KUBERNETES_VERSION are built"
    return
  fi
  mkdir -p "$CACHE/build" 2>/dev/null || true
  [ -w "$CACHE/build" ] || die "cannot write $CACHE/build, where these are to be built: $(missing_products "$1" | xargs)" "set DEEPSEEK_OPERATOR_CACHE to a directory that can be written"
  exec 8>"$CACHE/build/lock"
  flock -n 8 || { step "another build is under way: waiting for it"; flock 8; }
  rm -rf "$CACHE"/build/.new.* # of a build that was killed
  missing=$(missing_products "$1")
  for product in $missing; do build_product "$product"; done
  remove_old_products
  exec 8>&-
}

build_product() { # product
  local dir new
  dir=$(product_dir "$1")
  new=$(mktemp -d "$CACHE/build/.new.XXXXXX")
  step "building $1${GO_TOOLS[$1]:+ (${GO_TOOLS[$1]##*/})}"
  case $1 in
    components) build_components "$new" ;;
    pause) build_pause "$new" ;;
    *) build_go_tool "$1" "$new" ;;
  esac
  chmod 755 "$new"
  mv -T "$new" "$dir"
}

build_failed() { # product
  die "could not build $1" "log: $CACHE/log/build-$1.log" "Go modules come from GOPROXY ($(go env GOPROXY)); run the same command again once that is reachable"
}

# One binary that is all of Kubernetes and etcd by the name it is called by: a fifth of the size, a third of the time.
build_components() { # directory
  local flags name version=k8s.io/component-base/version
  need_go
  # kubectl and clients judge what a server can do by this version
  flags="-s -w -X $version.gitVersion=$KUBERNETES_VERSION -X $version.gitMajor=1 -X $version.gitMinor=35"
  run_logged "go build" "$CACHE/log/build-components.log" \
    env CGO_ENABLED=0 GOFLAGS=-buildvcs=false go build -C "$PARTS/components" -v -trimpath -ldflags "$flags" -o "$1/components" . || build_failed components
  for name in "${COMPONENTS[@]}"; do ln -s components "$1/$name"; done
}

build_go_tool() { # name directory
  need_go
  run_logged "go install" "$CACHE/log/build-$1.log" \
    env CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOBIN="$2" go install -v -trimpath -ldflags '-s -w' "${GO_TOOLS[$1]}" || build_failed "$1"
}

# The process that holds a pod's namespaces, and the image with nothing else in it, in the format of `docker save`.
build_pause() { # directory
  local layer config
  need_packages gcc libc6-dev
  gcc -static -Os -s -o "$1/pause" "$PARTS/pause.c" || die "could not compile $PARTS/pause.c"
  (
    cd "$1" || exit
    tar --owner=0 --group=0 --numeric-owner --mtime=@0 -cf layer.tar pause
    layer=$(sha256sum <layer.tar | cut -d ' ' -f 1)
    case $(uname -m) in aarch64) arch=arm64 ;; *) arch=amd64 ;; esac
    printf '{"architecture":"%s","os":"linux","config":{"Entrypoint":["/pause"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "$arch" "$layer" >config.json
    config=$(sha256sum <config.json | cut -d ' ' -f 1)
    mv config.json "$config.json"
    printf '[{"Config":"%s.json","RepoTags":["localhost/pause:1"],"Layers":["layer.tar"]}]' "$config" >manifest.json
    tar -cf pause-image.tar manifest.json "$config.json" layer.tar
    rm layer.tar manifest.json "$config.json"
  )
}

# The products of sources that nobody has used for a month.
remove_old_products() {
  find "$CACHE/build" -mindepth 1 -maxdepth 1 -type d -mtime +30 -exec rm -rf {} +
}

link_products() { # mode
  local product dir
  for product in $(products_of "$1"); do
    dir=$(product_dir "$product")
    touch -c "$dir" 2>/dev/null || true # still in use: see remove_old_products
    ln -sf "$dir"/* "$DIR/bin/"
  done
}
