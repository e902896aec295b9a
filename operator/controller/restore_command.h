// `deepseek-operator restore`: the process around restore.h.
#pragma once

#include <string>
#include <vector>

namespace dso::controller {

struct RestoreOptions {
  std::string kubeconfig;               // "" in a pod
  std::string context;                  // "" for the kubeconfig's current one
  std::vector<std::string> namespaces;  // empty: all
  std::string stop;  // NAMESPACE/NAME of the operator's Deployment, which is stopped first; "" if none is to be
};

// Prints what it did. The exit code: 0, or 1 if something could not be restored; stderr says what. Call on the main
// thread before any other thread is started.
int RunRestore(const RestoreOptions& options);

}  // namespace dso::controller
