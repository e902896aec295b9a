// The administrator's configuration: what is the same for all services, and the addresses and credentials that no
// custom resource may choose. A YAML file, read strictly: an unknown key is an error, because a misspelt setting that
// is silently ignored is found in the worst hour.
//
//   syncPeriod: 15s                  # how often each service is looked at; at least 1s
//   listenAddress: 0.0.0.0:8080      # metrics and health
//   logLevel: info                   # debug, info, warning, error
//   logFormat: text                  # text, json
//   maxConcurrentReconciles: 16
//   leaderElection:                  # needed where two operators may run at once, as in a rolling update
//     enabled: true
//     leaseName: deepseek-operator
//     leaseNamespace: ""             # "": of the pod, or of the kubeconfig's context
//   watchNamespaces: [prod, staging] # whose services are looked after; absent or empty: all namespaces
//   rpc:                             # the gRPC server; absent: there is none
//     listenAddress: 0.0.0.0:9090    # in clear text on a loopback address only
//     tls: {certFile: /etc/rpc/tls.crt, keyFile: /etc/rpc/tls.key, clientCaFile: /etc/rpc/ca.crt}
//     tokenAudiences: [deepseek-operator]  # of bearer tokens; absent or empty: the API server's own
//     requestsPerSecond: 1000        # of one client
//     streamsPerClient: 256
//     streams: 1024                  # of all clients
//   prometheus:
//   - name: default
//     url: https://prometheus.monitoring:9090/prefix
//     bearerTokenFile: /var/run/secrets/prometheus/token
//     basicAuth: {username: operator, passwordFile: /etc/prometheus-auth/password}  # instead of the token
//     caFile: /etc/prometheus-ca/ca.crt
//     headers: {X-Scope-OrgID: prod}
//     allowCustomQueries: false
//     timeout: 30s
//     namespaceLabel: namespace
//     serviceLabel: service
//     maxConcurrentQueries: 8
//   forecasters:                     # external ones, which spec.prediction.model may pick
//   - name: prophet
//     address: prophet.forecasting:50051
//     tls:                           # absent: unencrypted, to this machine only
//       caFile: /etc/forecaster/ca.crt
//       certFile: /etc/forecaster/tls.crt  # with both of these the forecaster knows who asks
//       keyFile: /etc/forecaster/tls.key
//     plaintext: false               # true: unencrypted to other machines, too
//     timeout: 2s
//     fitTimeout: 60s
//     refitInterval: 24h
//     maxConcurrentRequests: 4
//     namespaces: [prod]             # whose services may pick it; absent or empty: all
//
// Everything is optional but a server's name and url, and a forecaster's name and address. All functions are
// thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "prom/server_config.h"
#include "rpc/forecaster_config.h"
#include "rpc/server_options.h"

namespace dso::controller {

struct LeaderElection {
  bool enabled = false;
  std::string lease_name = "deepseek-operator";
  std::string lease_namespace{};  // "": of the pod, or of the kubeconfig's context
};

struct OperatorConfig {
  milliseconds sync_period = seconds(15);
  std::string listen_address = "0.0.0.0:8080";
  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kText;
  int max_concurrent_reconciles = 16;
  LeaderElection leader_election{};
  std::vector<std::string> watch_namespaces{};       // DNS-1123 labels, unique; empty: all
  std::optional<rpc::ServerOptions> rpc{};           // absent: no gRPC server
  std::vector<prom::ServerConfig> prometheus{};      // names are unique
  std::vector<rpc::ForecasterConfig> forecasters{};  // names are unique
};

// kInvalidArgument, with file, line, key and remedy, if the text is not such a configuration. `file` is for messages.
// An empty text is the default configuration. Files that it names are not read.
Result<OperatorConfig> ParseOperatorConfig(const std::string& text, std::string_view file);
// Also kNotFound or kPermissionDenied if the file cannot be read.
Result<OperatorConfig> LoadOperatorConfig(const std::string& path);

// Adds a server from the command line, "--prometheus NAME=URL"; its other settings are the defaults. Refuses a name
// that the file or an earlier flag has: the two would contradict each other.
Status AddPrometheusFlag(OperatorConfig& config, std::string_view name_and_url);

// Where the gRPC server listens, "--rpc-listen HOST:PORT", instead of the file's rpc.listenAddress.
Status SetRpcListenFlag(OperatorConfig& config, const std::string& address);

// kInvalidArgument if one of them is not the name of a namespace or is there twice.
Status ValidateNamespaces(const std::vector<std::string>& namespaces);

// Takes the place of the file's watchNamespaces: "--watch-namespaces prod,staging".
Status SetWatchNamespacesFlag(OperatorConfig& config, std::vector<std::string> namespaces);

}  // namespace dso::controller
