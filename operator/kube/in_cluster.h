// The access that the kubelet gives to a pod: a service account's token, the cluster's CA and the pod's namespace.
// https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "kube/kubeconfig.h"

namespace dso::kube {

struct InClusterEnvironment {
  std::string service_host{};  // KUBERNETES_SERVICE_HOST; empty outside of a cluster
  std::string service_port{};  // KUBERNETES_SERVICE_PORT
  std::filesystem::path service_account = "/var/run/secrets/kubernetes.io/serviceaccount";

  static InClusterEnvironment OfProcess();
};

// kInvalidArgument with the remedy if this is not a pod or its service account is not mounted. Thread-safe.
Result<ClusterAccess> LoadInCluster(const InClusterEnvironment& environment);

}  // namespace dso::kube
