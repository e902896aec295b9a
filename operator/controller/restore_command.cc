#include "controller/restore_command.h"

#include <fmt/format.h>

#include "controller/cluster_access.h"
#include "controller/operator_config.h"
#include "controller/restore.h"
#include "kube/authenticated_transport.h"
#include "runtime/event_loop.h"

namespace dso::controller {
namespace {

Task<void> RestoreAndStop(runtime::EventLoop& loop, kube::Client& client, std::vector<std::string> namespaces,
                          Result<RestoreReport>& outcome) {
  outcome = co_await RestoreAll(loop, client, std::move(namespaces));
  loop.Stop();
}

Result<RestoreReport> Restore(const RestoreOptions& options) {
  if (Status valid = ValidateNamespaces(options.namespaces); !valid) {
    return std::move(valid).error().WithContext("--namespace");
  }
  auto access = FindCluster(options.kubeconfig, options.context);
  if (!access) return std::move(access).error();
  // Never destroyed: threads of the network library may post to it until the very end.
  static runtime::EventLoop& loop = *new runtime::EventLoop;
  auto api_server = kube::AuthenticatedTransport::Create(loop, *access);
  if (!api_server) return std::move(api_server).error();
  kube::Client client(**api_server);
  Result<RestoreReport> outcome = RestoreReport();
  Spawn(RestoreAndStop(loop, client, options.namespaces, outcome));
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
