#!/usr/bin/env bash
# Tests hack/cluster: both modes, crashes, what `down` leaves. About a minute; uses a state directory of its own, so a
# cluster that is up is not disturbed.
#   tests/hack/cluster_test.sh [--nodeless]    --nodeless: without the part for a real node
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=hack/lib.sh
source "$ROOT/hack/lib.sh"
CLUSTER=$ROOT/hack/cluster
DEEPSEEK_OPERATOR_CACHE=$(cache_dir)
WORK=$DEEPSEEK_OPERATOR_CACHE/cluster-test.$$
export DEEPSEEK_OPERATOR_CACHE DEEPSEEK_OPERATOR_CLUSTER_DIR=$WORK/state DEEPSEEK_OPERATOR_CLUSTER_HPA_SYNC=2s
export KUBECONFIG=$DEEPSEEK_OPERATOR_CLUSTER_DIR/kubeconfig
IMAGE=localhost/deepseek-operator-cluster-test:1
ID=$(printf %s "$DEEPSEEK_OPERATOR_CLUSTER_DIR" | sha256sum | cut -c 1-6) # as in hack/cluster
BYSTANDER=
UNPRIVILEGED=

cleanup() {
  "$CLUSTER" down >/dev/null 2>&1 || true
  [ -z "$BYSTANDER" ] || kill "$BYSTANDER" 2>/dev/null || true
  ! command -v buildah >/dev/null || buildah rmi "$IMAGE" >/dev/null 2>&1 || true
  rm -rf "$WORK" "$DEEPSEEK_OPERATOR_CACHE/locks/$ID" ${UNPRIVILEGED:+"$UNPRIVILEGED"}
}
trap cleanup EXIT

check() { step "ok: $1"; }
not_ok() { die "NOT OK: $1"; }
k() { "$DEEPSEEK_OPERATOR_CLUSTER_DIR/bin/kubectl" --request-timeout 10s "$@"; }
value() { "$CLUSTER" status | sed -n "s/^$1=//p"; }

eventually() { # what seconds command…
  local what=$1 deadline=$((SECONDS + $2)) idle
  shift 2
  exec {idle}<> <(:)
  until "$@" >"$WORK/output" 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || not_ok "$what: $(tail -n 3 "$WORK/output")"
    read -rt 0.2 -u "$idle" _ || true
  done
  exec {idle}>&-
  check "$what"
}

exits_with() { # status command…
  local expected=$1 status=0
  shift
  "$@" >"$WORK/output" 2>&1 || status=$?
  [ "$status" = "$expected" ] || not_ok "'$*' exits with $status, not $expected: $(cat "$WORK/output")"
}

test_command_line() {
  exits_with 0 "$CLUSTER" --help
  exits_with 0 "$CLUSTER" up --help
  grep -q 'hack/cluster up \[--nodeless\]' "$WORK/output" || not_ok "--help does not explain up"
  exits_with 2 "$CLUSTER"
  exits_with 2 "$CLUSTER" upp
  exits_with 2 "$CLUSTER" up --node-less
  exits_with 2 "$CLUSTER" load
  exits_with 2 "$CLUSTER" down now
  exits_with 1 "$CLUSTER" status
  exits_with 0 "$CLUSTER" down
  [ "$("$CLUSTER" kubeconfig)" = "$KUBECONFIG" ] || not_ok "kubeconfig prints $("$CLUSTER" kubeconfig)"
  mkdir "$WORK/other" && touch "$WORK/other/file"
  DEEPSEEK_OPERATOR_CLUSTER_DIR=$WORK/other exits_with 1 "$CLUSTER" up --nodeless
  DEEPSEEK_OPERATOR_CLUSTER_DIR=$WORK/other exits_with 1 "$CLUSTER" down
  [ -e "$WORK/other/file" ] || not_ok "down removed a directory that was not the cluster's"
  check "command line: help, errors, status of no cluster, somebody else's directory"
}

deployment() { # name image annotation
  cat <<E
apiVersion: apps/v1
kind: Deployment
metadata: {name: $1}
spec:
  selector: {matchLabels: {app: $1}}
  template:
    metadata: {labels: {app: $1}, annotations: {$3}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: c, image: "$2", resources: {requests: {cpu: 20m}}, readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}}]
---
apiVersion: v1
kind: Service
metadata: {name: $1}
spec: {selector: {app: $1}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: $1}
spec:
  minReplicas: 3
  maxReplicas: 5
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: $1}
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]
E
}

seconds_to_ready() { # app: of its first pod, from its start
  k get pods -l "app=$1" -o 'jsonpath={range .items[*]}{.status.startTime} {.status.conditions[?(@.type=="Ready")].lastTransitionTime}{"\n"}{end}' |
    head -n 1 | { read -r start ready; echo $(($(date -d "$ready" +%s) - $(date -d "$start" +%s))); }
}

test_nodeless() {
  local seconds
  "$CLUSTER" up --nodeless 2>&1 | cat # the pipe ends only if nothing in the background has it
  [ "$(value state) $(value mode)" = "up nodeless" ] || not_ok "status after up --nodeless: $("$CLUSTER" status)"
  exits_with 0 "$CLUSTER" up --nodeless
  grep -q 'already up' "$WORK/output" || not_ok "a second up does not say that it is up"
  check "up --nodeless, and again"
  deployment slow image "" | k create -f - >/dev/null
  deployment quick image 'deepseek-operator.dev/startup-delay: "1s"' | k create -f - >/dev/null
  eventually "pods get ready, and the HPA raises a Deployment to its minReplicas" 30 k wait --for=jsonpath='{.status.readyReplicas}'=3 deployment/slow deployment/quick --timeout=1s
  seconds=$(seconds_to_ready slow)
  { [ "$seconds" -ge 3 ] && [ "$seconds" -le 8 ]; } || not_ok "a pod took $seconds s to get ready, not about 5"
  [ "$(seconds_to_ready quick)" -le 3 ] || not_ok "the annotation startup-delay has no effect"
  check "start-up delay: $seconds s by default, less by annotation"
  eventually "a Service has its endpoints" 10 k wait --for=jsonpath='{.endpoints[2].conditions.ready}'=true endpointslice -l kubernetes.io/service-name=quick --timeout=1s
}

pids() { "$CLUSTER" status | sed -n 's/^process_.*=\([0-9]\)/\1/p'; }

test_crashes() { # "seconds…" [--nodeless]
  local delays=$1 delay up idle
  shift
  pids | xargs kill -9
  exits_with 1 "$CLUSTER" status
  setsid tail -f /dev/null </dev/null >/dev/null 2>&1 &
  BYSTANDER=$!
  echo "$BYSTANDER" >"$DEEPSEEK_OPERATOR_CLUSTER_DIR/run/etcd.pid"
  exits_with 0 "$CLUSTER" up "$@"
  kill "$BYSTANDER" || not_ok "up killed a process that has the number of an old one"
  BYSTANDER=
  [ -z "$(k get deployments -o name)" ] || not_ok "up after a crash did not start afresh"
  check "up after all processes were killed; a reused pid is spared"
  exec {idle}<> <(:)
  "$CLUSTER" down 2>/dev/null
  for delay in $delays; do
    "$CLUSTER" up "$@" >/dev/null 2>&1 &
    up=$!
    read -rt "$delay" -u "$idle" _ || true
    kill -9 "$up" 2>/dev/null || true
    wait "$up" 2>/dev/null || true
  done
  exec {idle}>&-
  exits_with 0 "$CLUSTER" up "$@"
  exits_with 0 "$CLUSTER" status
  check "up after up was killed after $delays s"
}

traces() {
  local id=$ID
  grep -lszF "DEEPSEEK_OPERATOR_CLUSTER_PROCESS=$DEEPSEEK_OPERATOR_CLUSTER_DIR/" /proc/[0-9]*/environ || true
  grep -F "$WORK" /proc/mounts || true
  find /sys/fs/cgroup -name "*$id*" 2>/dev/null || true
  find /sys/class/net -name "*$id*"
  ip route show table all 2>/dev/null | grep "$id" || true
  find "$WORK" -maxdepth 1 -name state
}

test_down() {
  exits_with 0 "$CLUSTER" down
  [ -z "$(traces)" ] || not_ok "down left: $(traces)"
  check "down leaves nothing"
}

build_image() {
  local container
  need_packages buildah gcc libc6-dev
  gcc -static -Os -o "$WORK/http_server" "$ROOT/tests/hack/http_server.c"
  container=$(buildah from scratch)
  buildah copy -q "$container" "$WORK/http_server" /http_server >/dev/null
  buildah config --entrypoint '["/http_server"]' "$container"
  buildah commit -q "$container" "$IMAGE" >/dev/null
  buildah rm "$container" >/dev/null
}

# A pod with kubectl in it, to look at API server, DNS and Services from inside.
client_pod() {
  cat <<E
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: client}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: default, namespace: default}]
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: c, image: $IMAGE, volumeMounts: [{name: bin, mountPath: /bin}]}]
  volumes: [{name: bin, hostPath: {path: "$(dirname "$(readlink -f "$DEEPSEEK_OPERATOR_CLUSTER_DIR/bin/components")")"}}]
E
}

fetch() { # address: GET / by HTTP, with nothing but bash
  local connection
  exec {connection}<>"/dev/tcp/$1/${2:-80}" || return
  printf 'GET / HTTP/1.0\r\n\r\n' >&"$connection"
  timeout 5 cat <&"$connection"
}

test_real_node() {
  exits_with 0 "$CLUSTER" load "$IMAGE"
  exits_with 1 "$CLUSTER" load localhost/no-such-image:1
  { deployment web "$IMAGE" ""; echo ---; client_pod; } | k create -f - >/dev/null
  eventually "pods of a loaded image get ready, and the HPA raises a Deployment to its minReplicas" 30 k wait --for=jsonpath='{.status.readyReplicas}'=3 deployment/web --timeout=1s
  eventually "a process of the machine reaches a pod" 5 fetch "$(k get pods -l app=web -o 'jsonpath={.items[0].status.podIP}')" 8080
  eventually "a process of the machine reaches a Service" 5 fetch "$(k get service web -o 'jsonpath={.spec.clusterIP}')"
  eventually "a pod reaches a Service by name (kubectl exec)" 10 k exec client -- /bin/kubectl --server http://web.default.svc get --raw /
  eventually "a pod reaches the API server with its token" 10 k exec client -- /bin/kubectl get pods
  eventually "a pod reaches the API server by name" 10 k exec client -- /bin/kubectl --server https://kubernetes.default.svc --certificate-authority /var/run/secrets/kubernetes.io/serviceaccount/ca.crt --token "$(k create token default)" get pods
  [ "$(k logs client)" = serving ] || not_ok "kubectl logs"
  check "kubectl logs"
  eventually "kubectl top has the pods' CPU" 40 k top pod client
  eventually "the HPA reads CPU utilisation" 40 k wait --for=jsonpath='{.status.currentMetrics[0].resource.current.averageUtilization}' hpa/web --timeout=1s
  exits_with 0 "$CLUSTER" up
  grep -q 'already up' "$WORK/output" || not_ok "a second up does not say that it is up"
  [ "$(k get pods -l app=web -o 'jsonpath={.items[*].status.containerStatuses[0].restartCount}')" = "0 0 0" ] || not_ok "a second up disturbs pods"
  check "up again leaves it alone"
}

# Somebody without rights gets the simulated node, from products somebody else has built.
test_unprivileged() {
  local user=65534 product
  local directory=${TMPDIR:-/tmp}/deepseek-operator-cluster-test.$$ # root's cache may not be open to others
  [ "$(id -u)" = 0 ] || return 0
  mkdir -p "$directory/cache/build" "$directory/cache/locks" "$directory/own"
  UNPRIVILEGED=$directory
  for product in "$DEEPSEEK_OPERATOR_CLUSTER_DIR"/bin/{components,kwok}; do
    cp -a "$(dirname "$(readlink -f "$product")")" "$directory/cache/build/"
  done
  cp -a "$ROOT/hack" "$directory/"
  chown "$user" "$directory/own" "$directory/cache/locks"
  local as=(setpriv --reuid "$user" --regid "$user" --clear-groups env -u XDG_CACHE_HOME HOME="$directory" DEEPSEEK_OPERATOR_CACHE="$directory/cache" DEEPSEEK_OPERATOR_CLUSTER_DIR="$directory/own/cluster")
  exits_with 0 "${as[@]}" "$directory/hack/cluster" up
  grep -q 'no real node.*not root' "$WORK/output" || not_ok "up does not say why there is no real node"
  exits_with 0 "${as[@]}" "$directory/hack/cluster" status
  grep -q '^mode=nodeless' "$WORK/output" || not_ok "without root: $(cat "$WORK/output")"
  exits_with 0 "${as[@]}" "$directory/hack/cluster" down
  [ ! -e "$directory/own/cluster" ] || not_ok "down left $directory/own/cluster"
  check "without root: falls back to the simulated node"
}

main() {
  local mode
  mkdir -p "$WORK"
  test_command_line
  test_nodeless
  test_crashes "2.5" --nodeless
  test_unprivileged
  test_down
  [ "${1:-}" != --nodeless ] || { step "passed (without the real node)"; return; }
  "$CLUSTER" up
  mode=$(value mode)
  if [ "$mode" = real ]; then
    build_image
    test_real_node
    test_crashes "0.7 2.5 4"
    test_down
  fi
  step "passed (mode of the last cluster: $mode)"
}

main "$@"
