// The operator as a process: from flags and files to a running controller, until a signal ends it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace dso::controller {

struct ProcessOptions {
  std::string version;                        // of the operator
  std::string kubeconfig;                     // "" in a pod
  std::string context;                        // "" for the kubeconfig's current one
  std::string config_file;                    // "" for the defaults
  std::vector<std::string> prometheus;        // NAME=URL
  std::vector<std::string> watch_namespaces;  // empty for the configuration's
  std::string listen_address;                 // "" for the configuration's
  std::string rpc_listen_address{};           // as the configuration's rpc.listenAddress
  bool leader_elect = false;                  // true: also if the configuration does not say so
  std::string log_level;                      // "" for the configuration's
  std::string log_format;
};

// Runs until SIGTERM or SIGINT; then finishes the writes in hand, gives its lease up and returns. An error is one that
// no retry can mend: a configuration that cannot be read, a port in use. An API server or a Prometheus that is not
// there yet is none: the operator waits for it, says so, and is not ready meanwhile. Call on the main thread before any
// other thread is started.
Status RunOperator(const ProcessOptions& options);

}  // namespace dso::controller
