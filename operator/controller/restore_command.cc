#include "controller/restore_command.h"

#include <fmt/format.h>

#include <optional>

#include "controller/cluster_access.h"
#include "controller/operator_config.h"
#include "controller/restore.h"
#include "controller/stop_deployment.h"
#include "kube/authenticated_transport.h"
#include "runtime/event_loop.h"

namespace dso::controller {
namespace {

// An operator has 30 s to end (terminationGracePeriodSeconds); the rest is for the kubelet to say so.
constexpr seconds kLongestStop{60};

Result<std::optional<kube::ObjectKey>> DeploymentToStop(const std::string& ns_and_name) {
  if (ns_and_name.empty()) return std::optional<kube::ObjectKey>();
  const size_t slash = ns_and_name.find('/');
  kube::ObjectKey key{ns_and_name.substr(0, slash), slash == std::string::npos ? "" : ns_and_name.substr(slash + 1)};
  if (!key.ns.empty() && !key.name.empty() && key.name.find('/') == std::string::npos) return std::optional(key);
  return InvalidArgument(fmt::format("--stop-deployment {} is not NAMESPACE/NAME of a Deployment", ns_and_name));
}

Task<void> RestoreAndStop(runtime::EventLoop& loop, kube::Client& client, std::optional<kube::ObjectKey> deployment,
                          std::vector<std::string> namespaces, Result<RestoreReport>& outcome) {
  Status stopped;
  if (deployment) stopped = co_await StopDeployment(loop, client, *deployment, kLongestStop);
  if (stopped) {
    outcome = co_await RestoreAll(loop, client, std::move(namespaces));
  } else {
    outcome = std::move(stopped).error().WithContext(fmt::format(
        "Deployment {} cannot be stopped, and would adopt again what is given back", deployment->ToString()));
  }
  loop.Stop();
}

Result<RestoreReport> Restore(const RestoreOptions& options) {
  if (Status valid = ValidateNamespaces(options.namespaces); !valid) {
    return std::move(valid).error().WithContext("--namespace");
  }
  auto deployment = DeploymentToStop(options.stop);
  if (!deployment) return std::move(deployment).error();
  auto access = FindCluster(options.kubeconfig, options.context);
  if (!access) return std::move(access).error();
  // Never destroyed: threads of the network library may post to it until the very end.
  static runtime::EventLoop& loop = *new runtime::EventLoop;
  auto api_server = kube::AuthenticatedTransport::Create(loop, *access);
  if (!api_server) return std::move(api_server).error();
  kube::Client client(**api_server);
  Result<RestoreReport> outcome = RestoreReport();
  Spawn(RestoreAndStop(loop, client, *deployment, options.namespaces, outcome));
  loop.Run();
  return outcome;
}

}  // namespace

int RunRestore(const RestoreOptions& options) {
  const Result<RestoreReport> report = Restore(options);
  if (!report) {
    fmt::print(stderr, "deepseek-operator restore: nothing is restored: {}\n", report.error().message);
    return 1;
  }
  for (const std::string& line : report->done) fmt::print("{}\n", line);
  for (const std::string& line : report->failed) fmt::print(stderr, "not restored: {}\n", line);
  if (report->done.empty() && report->failed.empty()) fmt::print("nothing is held, nothing to restore\n");
  if (report->failed.empty()) return 0;
  fmt::print(stderr, "deepseek-operator restore: mend what is above and run it again; what is restored stays so\n");
  return 1;
}

}  // namespace dso::controller
