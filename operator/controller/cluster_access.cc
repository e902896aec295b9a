#include "controller/cluster_access.h"

#include <cstdlib>

#include "kube/in_cluster.h"

namespace dso::controller {

Result<kube::ClusterAccess> FindCluster(const std::string& kubeconfig, const std::string& context) {
  const bool asked_for_kubeconfig = !kubeconfig.empty() || !context.empty();
  if (!asked_for_kubeconfig && std::getenv("KUBECONFIG") == nullptr) {
    return kube::LoadInCluster(kube::InClusterEnvironment::OfProcess());
  }
  return kube::LoadKubeconfig(kube::KubeconfigLocation::OfProcess(kubeconfig), context);
}

}  // namespace dso::controller
