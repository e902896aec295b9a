# shellcheck shell=bash disable=SC2034,SC2153 # variables for the other files, and from them
# etcd, API server, controller manager and scheduler: processes of the machine, on ports that were free.

# Go collects garbage at four times the live heap instead of twice: a fifth less CPU for some memory, on machines where the
# cluster shares two cores with what is tested.
GC=GOGC=300

# Sets *_PORT, API_URL and the addresses; real-node.sh has those of a real node.
plan_addresses() { # mode
  pick_ports API_PORT ETCD_PORT ETCD_PEER_PORT CONTROLLER_MANAGER_PORT SCHEDULER_PORT
  API_URL=https://127.0.0.1:$API_PORT
  if [ "$1" = real ]; then plan_node_addresses; else plan_simulated_addresses; fi
}

# Ports below those the kernel gives to outgoing connections, so that none of these takes one meanwhile.
pick_ports() { # variable…
  local variable port taken
  taken=" $(awk '{split($2, a, ":"); print a[2]}' /proc/net/tcp /proc/net/tcp6 2>/dev/null | sort -u | xargs) "
  for variable in "$@"; do
    while port=$((20000 + RANDOM % 10000)) && [[ $taken == *" $(printf %04X $port) "* ]]; do :; done
    taken+="$(printf %04X $port) "
    printf -v "$variable" %s "$port"
  done
}

start_control_plane() {
  step "starting etcd and the API server ($API_URL)"
  start_etcd
  start_apiserver
  await "the API server" 60 apiserver kubectl get --raw /readyz
  step "starting controller manager and scheduler"
  start_controller_manager
  start_scheduler
}

start_etcd() {
  start_process etcd "$GC" "$DIR/bin/etcd" --data-dir "$DIR/etcd" --unsafe-no-fsync --quota-backend-bytes 4294967296 \
    --listen-client-urls "http://127.0.0.1:$ETCD_PORT" --advertise-client-urls "http://127.0.0.1:$ETCD_PORT" \
    --listen-peer-urls "http://127.0.0.1:$ETCD_PEER_PORT" --initial-advertise-peer-urls "http://127.0.0.1:$ETCD_PEER_PORT" \
    --initial-cluster "default=http://127.0.0.1:$ETCD_PEER_PORT"
}

start_apiserver() {
  local pki=$DIR/pki flags=()
  if [ "${DEEPSEEK_OPERATOR_CLUSTER_AUDIT:-}" = 1 ]; then
    printf '%s\n' 'apiVersion: audit.k8s.io/v1' 'kind: Policy' 'omitStages: [RequestReceived]' 'rules: [{level: Metadata}]' >"$DIR/audit-policy.yaml"
    flags+=(--audit-policy-file "$DIR/audit-policy.yaml" --audit-log-path "$DIR/log/audit.log" --audit-log-maxsize 4096)
  fi
  # the aggregator goes to metrics-server's endpoint, as this process is not where kube-proxy's rules are
  start_process apiserver "$GC" "$DIR/bin/kube-apiserver" "${flags[@]}" --etcd-servers "http://127.0.0.1:$ETCD_PORT" \
    --bind-address "$API_BIND_ADDRESS" --secure-port "$API_PORT" --advertise-address "$HOST_ADDRESS" --service-cluster-ip-range "$SERVICE_SUBNET" \
    --tls-cert-file "$pki/apiserver.crt" --tls-private-key-file "$pki/apiserver.key" --client-ca-file "$pki/ca.crt" \
    --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$pki/service-accounts.pub" --service-account-signing-key-file "$pki/service-accounts.key" \
    --authorization-mode Node,RBAC --enable-admission-plugins OwnerReferencesPermissionEnforcement --allow-privileged --kubelet-preferred-address-types InternalIP \
    --kubelet-client-certificate "$pki/admin.crt" --kubelet-client-key "$pki/admin.key" --kubelet-certificate-authority "$pki/ca.crt" \
    --requestheader-client-ca-file "$pki/ca.crt" --requestheader-allowed-names front-proxy-client --requestheader-username-headers X-Remote-User \
    --requestheader-group-headers X-Remote-Group --requestheader-extra-headers-prefix X-Remote-Extra- \
    --proxy-client-cert-file "$pki/front-proxy.crt" --proxy-client-key-file "$pki/front-proxy.key" --enable-aggregator-routing
}

# The client rates are for suites with 1,000 services; the defaults take minutes over these.
start_controller_manager() {
  local config=$DIR/pki/controller-manager.kubeconfig
  start_process controller-manager "$GC" "$DIR/bin/kube-controller-manager" --bind-address 127.0.0.1 --secure-port "$CONTROLLER_MANAGER_PORT" \
    --kubeconfig "$config" --authentication-kubeconfig "$config" --authorization-kubeconfig "$config" --cert-dir "$DIR/pki/controller-manager" \
    --use-service-account-credentials --service-account-private-key-file "$DIR/pki/service-accounts.key" --root-ca-file "$DIR/pki/ca.crt" \
    --allocate-node-cidrs=false --leader-elect=false --kube-api-qps 200 --kube-api-burst 400 \
    --concurrent-horizontal-pod-autoscaler-syncs 20 --concurrent-deployment-syncs 20 --concurrent-replicaset-syncs 20 \
    --horizontal-pod-autoscaler-sync-period "${DEEPSEEK_OPERATOR_CLUSTER_HPA_SYNC:-15s}"
}

start_scheduler() {
  local config=$DIR/pki/scheduler.kubeconfig
  start_process scheduler "$DIR/bin/kube-scheduler" --bind-address 127.0.0.1 --secure-port "$SCHEDULER_PORT" --cert-dir "$DIR/pki/scheduler" \
    --kubeconfig "$config" --authentication-kubeconfig "$config" --authorization-kubeconfig "$config" --leader-elect=false --kube-api-qps 200 --kube-api-burst 400
}
