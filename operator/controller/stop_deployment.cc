#include "controller/stop_deployment.h"

#include <fmt/format.h>

#include "base/async.h"

namespace dso::controller {
namespace {

using namespace nlohmann::literals;

constexpr milliseconds kLookEvery = seconds(1);

bool HasEnded(const kube::Json& pod) {
  const std::string phase = pod.value("/status/phase"_json_pointer, "");
  return phase == "Succeeded" || phase == "Failed";
}

Task<Result<std::vector<std::string>>> RunningPods(kube::Client& client, kube::Selection selection) {
  std::vector<std::string> names;
  std::string token;
  do {
    Result<kube::ListPage> page = co_await client.List(kube::kPods, selection, token, std::stop_token());
    if (!page) co_return std::move(page).error();
    for (const kube::Json& pod : page->items) {
      if (!HasEnded(pod)) names.push_back(pod.value("/metadata/name"_json_pointer, ""));
    }
    token = page->continue_token;
  } while (!token.empty());
  co_return names;
}

}  // namespace

Task<Status> StopDeployment(Loop& loop, kube::Client& client, kube::ObjectKey deployment, milliseconds timeout) {
  const SteadyTime deadline = loop.Now() + timeout;
  kube::Json none{{"spec", {{"replicas", 0}}}};
  Result<kube::Json> scale = co_await client.MergePatch(kube::kDeployments, deployment, std::move(none), "scale");
  if (!scale && scale.error().code == ErrorCode::kNotFound) co_return Status();
  if (!scale) co_return std::move(scale).error().WithContext("scale to 0");
  const std::string selector = scale->value("/status/selector"_json_pointer, "");
  // An empty one selects every pod of the namespace, whose end nobody should wait for.
  if (selector.empty()) co_return Internal("its /scale does not say which pods are its own");
  const kube::Selection own{.ns = deployment.ns, .label_selector = selector, .field_selector = {}};
  while (true) {
    Result<std::vector<std::string>> running = co_await RunningPods(client, own);
    if (!running) co_return std::move(running).error().WithContext("wait for its pods to end");
    if (running->empty()) co_return Status();
    if (loop.Now() >= deadline) {
      co_return Error{ErrorCode::kDeadlineExceeded, fmt::format("after {} these pods still run: {}",
                                                                FormatDuration(timeout), fmt::join(*running, ", "))};
    }
    co_await Sleep(loop, kLookEvery);
  }
}

}  // namespace dso::controller
