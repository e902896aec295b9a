#!/bin/sh
# The first process of a real node's namespaces (network, mounts, processes). All of the node lives below it, so when it
# ends, the kernel ends every process, mount and link of the node with it.
#   node-init.sh STATE_DIRECTORY
set -eu
state=$1

# /proc still is the machine's here, so this is the number of this process outside of its namespace
read -r outer_pid rest </proc/self/stat
: "$rest"

mount -t proc proc /proc
# Instead of the machine's own, so that all paths may be the usual ones and nothing is left in them
mount -t tmpfs -o mode=755 tmpfs /run
mount --bind "$state/node/log" /var/log
mount --bind "$state/node/lib" /var/lib

# The kubelet insists on setting these, which are the whole machine's: it gets copies
mkdir /run/sysctl
for setting in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
  [ -e "/proc/sys/$setting" ] || continue
  copy=/run/sysctl/$(basename "$setting")
  cat "/proc/sys/$setting" >"$copy"
  mount --bind "$copy" "/proc/sys/$setting"
done

ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward

echo "$outer_pid" >"$state/run/node-init.new"
mv "$state/run/node-init.new" "$state/run/node-init"
exec "$state/bin/pause"
