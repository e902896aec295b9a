// Stops the operator before its uninstallation: one that runs adopts again what `restore` has given back. Loop thread
// only.
#pragma once

#include "base/loop.h"
#include "kube/client.h"

namespace dso::controller {

// Scales a Deployment to 0 and returns once none of its pods runs any more; those that are terminating still run.
// Nothing to do if there is no such Deployment. Needs `patch` on deployments/scale and `list` on pods.
// kDeadlineExceeded names the pods that are still there after `timeout`; other errors are the API server's.
Task<Status> StopDeployment(Loop& loop, kube::Client& client, kube::ObjectKey deployment, milliseconds timeout);

}  // namespace dso::controller
