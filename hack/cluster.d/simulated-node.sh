# shellcheck shell=bash disable=SC2034,SC2153 # variables for the other files, and from them
# kwok as the node: pods get a status and an address, but nothing runs.

SIMULATED_ADDRESSES=198.18.0.0/15

# Addresses set aside for tests of networks, so that nothing that follows one of a pod reaches somebody's machine.
plan_simulated_addresses() {
  POD_SUBNET=198.18.0.0/16
  SERVICE_SUBNET=198.19.0.0/16
  API_SERVICE_ADDRESS=198.19.0.1
  DNS_ADDRESS=198.19.0.10
  HOST_ADDRESS=198.18.255.254 # the API server insists on one that is not a loopback address
  NODE_ADDRESS=198.18.255.253
  API_BIND_ADDRESS=127.0.0.1
}

# As root, what follows such an address fails at once instead of leaving the machine.
make_simulated_addresses_unreachable() {
  [ "$(id -u)" = 0 ] && command -v ip >/dev/null || return 0
  [ -z "$(ip -4 route show to root "$SIMULATED_ADDRESSES")" ] || return 0
  touch "$DIR/run/unreachable-route"
  ip route add unreachable "$SIMULATED_ADDRESSES" 2>/dev/null || true
}

remove_simulated_node_traces() {
  [ ! -e "$DIR/run/unreachable-route" ] || ip route delete unreachable "$SIMULATED_ADDRESSES" 2>/dev/null || true
}

start_simulated_node() {
  make_simulated_addresses_unreachable
  step "starting kwok as the node"
  start_process kwok "$DIR/bin/kwok" --kubeconfig "$KUBECONFIG_FILE" --config "$PARTS/kwok.yaml" --manage-single-node "$NODE" \
    --cidr "$POD_SUBNET" --node-ip "$NODE_ADDRESS" --node-lease-duration-seconds 40
  kubectl create -f - >"$DIR/log/node.log" 2>&1 <<E || fail_with_log node "could not create the node object"
apiVersion: v1
kind: Node
metadata:
  name: $NODE
  annotations: {kwok.x-k8s.io/node: fake, node.alpha.kubernetes.io/ttl: "0"}
  labels: {kubernetes.io/hostname: $NODE, kubernetes.io/os: linux, kubernetes.io/arch: amd64, kubernetes.io/role: agent, type: kwok}
status:
  capacity: {cpu: 1k, memory: 10Ti, ephemeral-storage: 10Ti, pods: 100k, nvidia.com/gpu: 1k}
  allocatable: {cpu: 1k, memory: 10Ti, ephemeral-storage: 10Ti, pods: 100k, nvidia.com/gpu: 1k}
E
  await "the node to be ready" 30 kwok node_is_ready
}
