# shellcheck shell=bash disable=SC2034,SC2153 # variables for the other files, and from them
# A real node: containerd, kubelet, kube-proxy (nftables), CoreDNS and metrics-server in network, mount and process
# namespaces of their own. A veth pair connects them with the machine, which routes the subnets of pods and services
# there; so a process of the machine reaches pods by their address, and pods the machine by HOST_ADDRESS. There is no
# way out from there to anywhere else.

REAL_NODE_PACKAGES=(iproute2 nftables containerd runc containernetworking-plugins)

node_id() { id_of "$DIR"; }
node_link() { echo "dsk-$(node_id)"; }
node_cgroup() { echo "deepseek-operator-$(node_id)"; }
cgroup_mounts() { awk '$3 == "cgroup" || $3 == "cgroup2" {print $2}' /proc/mounts; }

# ---- what the machine allows ----

# Succeeds, and says why, if there can be no real node. Tries what the node needs rather than asking for capabilities.
real_node_obstacle() {
  local directory
  [ "$(id -u)" = 0 ] || { echo "not root"; return 0; }
  for directory in "$DIR" "$CACHE"; do
    case $directory/ in /run/* | /var/run/* | /var/lib/* | /var/log/*) echo "$directory lies where the node has directories of its own"; return 0 ;; esac
  done
  unshare --net --mount --pid --fork sh -c 'mount -t proc proc /proc && mount -t tmpfs tmpfs /run && echo 1 >/proc/sys/net/ipv4/ip_forward' 2>/dev/null ||
    { echo "not allowed to create namespaces and mounts"; return 0; }
  if ! create_cgroups "$(node_cgroup)-probe"; then
    remove_cgroups "$(node_cgroup)-probe"
    echo "not allowed to create cgroups"
    return 0
  fi
  remove_cgroups "$(node_cgroup)-probe"
  return 1
}

# The same for what needs the packages.
real_node_obstacle_in_kernel() {
  unshare --net ip link add veth-a type veth peer name veth-b 2>/dev/null || { echo "no veth links"; return 0; }
  unshare --net nft -f - 2>/dev/null <<'E' || { echo "nftables lacks what kube-proxy needs"; return 0; }
add table ip probe
add chain ip probe in { type nat hook prerouting priority 0; }
add chain ip probe out { type nat hook postrouting priority 100; }
add rule ip probe in ip daddr 192.0.2.1 numgen random mod 2 vmap { 0 : accept, 1 : drop }
add rule ip probe in fib daddr type local dnat to 192.0.2.2
add rule ip probe out masquerade fully-random
E
  return 1
}

# ---- cgroups ----

create_cgroups() { # name
  local mount controller file group
  for mount in $(cgroup_mounts); do
    group=$mount/$1
    if [ -e "$mount/cgroup.subtree_control" ]; then
      xargs -r -n 1 <"$mount/cgroup.controllers" | while read -r controller; do
        { echo "+$controller" >"$mount/cgroup.subtree_control"; } 2>/dev/null || true
      done
    fi
    mkdir -p "$group" 2>/dev/null || return 1
    if [ -e "$group/cpuset.cpus" ] && [ ! -e "$mount/cgroup.controllers" ]; then # one of version 1 begins empty
      for file in cpuset.cpus cpuset.mems; do cat "$mount/$file" >"$group/$file" || return 1; done
    fi
    if [ "$mount" = /sys/fs/cgroup ]; then
      for controller in cpu memory pids; do grep -qw "$controller" "$group/cgroup.controllers" || return 1; done
    fi
  done
  [ -n "$(cgroup_mounts)" ]
}

cgroup_directories() { # name
  local mount
  for mount in $(cgroup_mounts); do
    find "$mount/$1" -depth -type d 2>/dev/null || true
  done
}

remove_cgroups() { # name
  local directories deadline=$((SECONDS + 20))
  while mapfile -t directories < <(cgroup_directories "$1") && [ ${#directories[@]} -gt 0 ]; do
    [ "$SECONDS" -lt "$deadline" ] || die "cannot remove these cgroups:" "${directories[@]}"
    cat "${directories[@]/%//cgroup.procs}" 2>/dev/null | xargs -r kill -9 2>/dev/null || true
    rmdir "${directories[@]}" 2>/dev/null || pause_briefly
  done
}

# ---- addresses ----

# Does the machine have a route into this subnet already? A wide one that covers it (a VPN's 10.0.0.0/8) does not count.
subnet_in_use() { # subnet
  [ -n "$(ip -4 route show table all to root "$1")" ] && return 0
  ip -4 route show table all to match "$1" | awk '{for (i = 1; i <= 2; i++) if (split($i, a, "/") == 2 && a[2] >= 16) found = 1} END {exit !found}'
}

plan_node_addresses() {
  local n
  for n in {0..15}; do
    POD_SUBNET=10.213.$n.0/24
    LINK_SUBNET=10.214.$n.0/30
    SERVICE_SUBNET=10.215.$((n * 16)).0/20
    HOST_ADDRESS=10.214.$n.1
    NODE_ADDRESS=10.214.$n.2
    API_SERVICE_ADDRESS=10.215.$((n * 16)).1
    DNS_ADDRESS=10.215.$((n * 16)).10
    API_BIND_ADDRESS=0.0.0.0 # this machine's clients use the loopback address, the node's HOST_ADDRESS
    if ! subnet_in_use "$POD_SUBNET" && ! subnet_in_use "$LINK_SUBNET" && ! subnet_in_use "$SERVICE_SUBNET"; then return; fi
  done
  die "no free subnet for the node: 10.213, 10.214 and 10.215.0.0/16 are in use" "start the cluster without a node: $0 up --nodeless"
}

# ---- namespaces ----

create_node_namespaces() {
  mkdir -p "$DIR"/node/{lib,log}
  create_cgroups "$(node_cgroup)" || die "cannot create cgroups" "start the cluster without a node: $0 up --nodeless"
  start_process node unshare --net --mount --pid --fork --kill-child --propagation slave "$PARTS/node-init.sh" "$DIR"
  await "the node's namespaces" 10 node test -s "$DIR/run/node-init"
  connect_node >"$DIR/log/network.log" 2>&1 || fail_with_log network "could not connect the node's network"
  start_containerd # needs no API server, so it starts beside it
}

in_node() { nsenter --target "$(cat "$DIR/run/node-init")" --net --mount --pid -- "$@"; }

start_in_node() { # name command…
  local name=$1
  shift
  start_process "$name" nsenter --target "$(cat "$DIR/run/node-init")" --net --mount --pid -- "$@"
}

connect_node() {
  local link
  link=$(node_link)
  ip link add "$link" type veth peer name eth0 netns "$(cat "$DIR/run/node-init")" &&
    ip address add "$HOST_ADDRESS/30" dev "$link" &&
    ip link set "$link" up &&
    in_node ip address add "$NODE_ADDRESS/30" dev eth0 &&
    in_node ip link set eth0 up &&
    # for connections that start in the node itself: kube-proxy turns them elsewhere, but only after a route was found
    in_node ip route add "$SERVICE_SUBNET" dev lo src "$NODE_ADDRESS" &&
    ip route add "$POD_SUBNET" via "$NODE_ADDRESS" dev "$link" &&
    ip route add "$SERVICE_SUBNET" via "$NODE_ADDRESS" dev "$link"
}

node_traces_exist() { [ -e "/sys/class/net/$(node_link)" ] || [ -n "$(cgroup_directories "$(node_cgroup)")$(cgroup_directories "$(node_cgroup)-probe")" ]; }

remove_node_traces() {
  # the kernel removes it with the namespace, but only some time later
  if [ -e "/sys/class/net/$(node_link)" ]; then ip link delete "$(node_link)" 2>/dev/null || true; fi
  remove_cgroups "$(node_cgroup)"
  remove_cgroups "$(node_cgroup)-probe" # of a script that was killed
}

# ---- containerd ----

overlay_works() {
  mkdir -p "$DIR"/node/overlay/{lower,upper,work,merged}
  in_node mount -t overlay overlay -o "lowerdir=$DIR/node/overlay/lower,upperdir=$DIR/node/overlay/upper,workdir=$DIR/node/overlay/work" "$DIR/node/overlay/merged" 2>/dev/null &&
    in_node umount "$DIR/node/overlay/merged"
}

start_containerd() {
  local snapshotter=native
  overlay_works && snapshotter=overlayfs
  mkdir -p "$DIR/node/cni"
  # routes instead of a bridge: traffic between pods then always passes kube-proxy's rules, even without br_netfilter
  cat >"$DIR/node/cni/10-pods.conflist" <<E
{"cniVersion": "1.0.0", "name": "pods", "plugins": [{"type": "ptp", "ipMasq": false,
  "ipam": {"type": "host-local", "ranges": [[{"subnet": "$POD_SUBNET"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
E
  cat >"$DIR/node/containerd.toml" <<E
version = 2
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true # or runc fails where CAP_SYS_RESOURCE is missing
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "$snapshotter"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$DIR/node/cni"
E
  start_in_node containerd containerd --config "$DIR/node/containerd.toml"
}

import_image() { # file
  in_node ctr --namespace k8s.io images import --snapshotter "$(sed -n 's/^ *snapshotter = "\(.*\)"/\1/p' "$DIR/node/containerd.toml")" "$1"
}

load_image() { # image
  local archive=$DIR/node/image.tar id
  command -v buildah >/dev/null || die "buildah is not on this machine, so it has no image '$1'"
  id=$(buildah inspect --type image --format '{{.FromImageID}}' "$1" 2>/dev/null) || die "buildah has no image '$1'" "'buildah images' lists those there are"
  if grep -qxF "$1 $id" "$DIR/node/images" 2>/dev/null; then
    step "$1 is on the node already"
    return
  fi
  rm -f "$archive"
  # this format has layers uncompressed
  { buildah push -q "$1" "docker-archive:$archive:$1" && import_image "$archive"; } >"$DIR/log/load.log" 2>&1 || fail_with_log load "could not load $1"
  rm -f "$archive"
  echo "$1 $id" >>"$DIR/node/images"
  step "loaded $1"
}

# ---- the rest of the node ----

start_real_node() {
  step "starting the node: kubelet, kube-proxy, cluster DNS, metrics-server"
  kubeconfig_for admin "$DIR/pki/node-admin.kubeconfig" "https://$HOST_ADDRESS:$API_PORT"
  await "containerd" 20 containerd in_node ctr version
  import_image "$DIR/bin/pause-image.tar" >"$DIR/log/load.log" 2>&1 || fail_with_log load "could not load the pause image"
  start_kubelet
  start_kube_proxy
  start_coredns
  start_metrics_server
  kubectl apply -f - <<<"$(addon_manifests)" >"$DIR/log/addons.log" 2>&1 || fail_with_log addons "could not create the objects of DNS and metrics-server"
  await "the node to be ready" 60 kubelet node_is_ready
  await "kube-proxy's rules" 30 kube-proxy in_node nft list table ip kube-proxy
  await "cluster DNS" 30 coredns in_node bash -c ": >/dev/tcp/$NODE_ADDRESS/53"
  await "the metrics API" 30 metrics-server kubectl wait --for=condition=Available apiservice/v1beta1.metrics.k8s.io --timeout=1s
}

start_kubelet() {
  cat >"$DIR/node/kubelet.yaml" <<E
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
cgroupDriver: cgroupfs
cgroupRoot: /$(node_cgroup)
address: $NODE_ADDRESS
authentication: {x509: {clientCAFile: $DIR/pki/ca.crt}, webhook: {enabled: true}, anonymous: {enabled: false}}
authorization: {mode: Webhook}
clusterDNS: [$DNS_ADDRESS]
clusterDomain: cluster.local
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
volumePluginDir: /var/lib/kubelet/volume-plugins
tlsCertFile: $DIR/pki/kubelet.crt
tlsPrivateKeyFile: $DIR/pki/kubelet.key
failSwapOn: false
localStorageCapacityIsolation: false
makeIPTablesUtilChains: false
maxPods: 200
nodeStatusUpdateFrequency: 5s
kubeAPIQPS: 200
kubeAPIBurst: 400
evictionHard: {memory.available: 50Mi}
imageGCHighThresholdPercent: 100 # there is nowhere to pull an image from again
resolvConf: ""
E
  start_in_node kubelet "$DIR/bin/kubelet" --config "$DIR/node/kubelet.yaml" --kubeconfig "$DIR/pki/kubelet.kubeconfig" --hostname-override "$NODE" --node-ip "$NODE_ADDRESS"
}

start_kube_proxy() {
  cat >"$DIR/node/kube-proxy.yaml" <<E
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: nftables
clusterCIDR: $POD_SUBNET
hostnameOverride: $NODE
clientConnection: {kubeconfig: $DIR/pki/kube-proxy.kubeconfig}
conntrack: {maxPerCore: 0} # a setting of the whole machine
E
  start_in_node kube-proxy "$DIR/bin/kube-proxy" --config "$DIR/node/kube-proxy.yaml"
}

start_coredns() {
  cat >"$DIR/node/Corefile" <<E
.:53 {
  bind $NODE_ADDRESS
  kubernetes cluster.local {
    kubeconfig $DIR/pki/node-admin.kubeconfig
    ttl 5
  }
  errors
}
E
  start_in_node coredns "$DIR/bin/coredns" -conf "$DIR/node/Corefile"
}

start_metrics_server() {
  local config=$DIR/pki/node-admin.kubeconfig
  start_in_node metrics-server "$DIR/bin/metrics-server" --kubeconfig "$config" --authentication-kubeconfig "$config" --authorization-kubeconfig "$config" \
    --bind-address "$NODE_ADDRESS" --secure-port 4443 --cert-dir /run/metrics-server --kubelet-certificate-authority "$DIR/pki/ca.crt" \
    --kubelet-preferred-address-types InternalIP --metric-resolution 10s --kubelet-request-timeout 5s
}

# Services and endpoints of what runs on the node, but in no pod.
addon_manifests() {
  cat <<E
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec: {clusterIP: $DNS_ADDRESS, ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: kube-dns-node, namespace: kube-system, labels: {kubernetes.io/service-name: kube-dns}}
addressType: IPv4
ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]
endpoints: [{addresses: ["$NODE_ADDRESS"], conditions: {ready: true}}]
---
apiVersion: v1
kind: Service
metadata: {name: metrics-server, namespace: kube-system}
spec: {ports: [{port: 443, targetPort: 4443}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: metrics-server-node, namespace: kube-system, labels: {kubernetes.io/service-name: metrics-server}}
addressType: IPv4
ports: [{name: "", port: 4443, protocol: TCP}]
endpoints: [{addresses: ["$NODE_ADDRESS"], conditions: {ready: true}}]
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec: {group: metrics.k8s.io, version: v1beta1, insecureSkipTLSVerify: true, groupPriorityMinimum: 100, versionPriority: 100, service: {name: metrics-server, namespace: kube-system}}
E
}
