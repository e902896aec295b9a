# shellcheck shell=bash
# Certificates and kubeconfigs, new for every cluster.

certificate() { # name subject [subjectAltName]
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "$2" -addext "subjectAltName=${3:-DNS:unused}" -addext basicConstraints=CA:FALSE \
    -CA "$DIR/pki/ca.crt" -CAkey "$DIR/pki/ca.key" -keyout "$DIR/pki/$1.key" -out "$DIR/pki/$1.crt"
}

kubeconfig_for() { # user file [URL of the API server]
  cat >"$2" <<E
apiVersion: v1
kind: Config
clusters: [{name: deepseek-operator, cluster: {server: "${3:-$API_URL}", certificate-authority-data: $(base64 -w 0 "$DIR/pki/ca.crt")}}]
users: [{name: $1, user: {client-certificate-data: $(base64 -w 0 "$DIR/pki/$1.crt"), client-key-data: $(base64 -w 0 "$DIR/pki/$1.key")}}]
contexts: [{name: deepseek-operator, context: {cluster: deepseek-operator, user: $1}}]
current-context: deepseek-operator
E
}

make_credentials() {
  (
    umask 077
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj /CN=deepseek-operator-ca -keyout "$DIR/pki/ca.key" -out "$DIR/pki/ca.crt"
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$DIR/pki/service-accounts.key"
    openssl pkey -in "$DIR/pki/service-accounts.key" -pubout -out "$DIR/pki/service-accounts.pub"
    certificate apiserver /CN=kube-apiserver "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:127.0.0.1,IP:$HOST_ADDRESS,IP:$API_SERVICE_ADDRESS"
    certificate front-proxy /CN=front-proxy-client
    certificate admin /O=system:masters/CN=admin
    certificate controller-manager /CN=system:kube-controller-manager
    certificate scheduler /CN=system:kube-scheduler
    certificate kubelet "/O=system:nodes/CN=system:node:$NODE" "DNS:$NODE,IP:$NODE_ADDRESS"
    certificate kube-proxy /CN=system:kube-proxy
  ) >"$DIR/log/openssl.log" 2>&1 || fail_with_log openssl "could not make certificates"
  local user
  for user in controller-manager scheduler; do
    kubeconfig_for "$user" "$DIR/pki/$user.kubeconfig"
  done
  for user in kubelet kube-proxy; do
    kubeconfig_for "$user" "$DIR/pki/$user.kubeconfig" "https://$HOST_ADDRESS:$API_PORT"
  done
  kubeconfig_for admin "$KUBECONFIG_FILE"
}
