// Which cluster, with which credentials: what `run` and `restore` have in common.
#pragma once

#include <string>

#include "base/result.h"
#include "kube/kubeconfig.h"

namespace dso::controller {

// The kubeconfig's if one is named here or in $KUBECONFIG, or a context is; otherwise the pod's service account.
Result<kube::ClusterAccess> FindCluster(const std::string& kubeconfig, const std::string& context);

}  // namespace dso::controller
