// Bytes as a client might send them: whatever they are, the checks end, say which field is wrong, and what they let
// through is within its limits.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "rpc/request_checks.h"
#include "rpc/timestamps.h"

namespace {

namespace v1 = deepseek::forecast::v1;

void Require(bool holds) {
  if (!holds) std::abort();
}

template <typename T>
bool IsGood(const dso::rpc::Checked<T>& checked) {
  for (const auto& violation : checked.violations) {
    Require(!violation.field.empty() && !violation.description.empty() && violation.description.size() < 1000);
    for (const unsigned char c : violation.field) Require(c >= ' ' && c <= '~');
  }
  return checked.violations.empty();
}

void FuzzForecast(const std::string& bytes) {
  v1::GetForecastRequest request;
  if (!request.ParseFromString(bytes)) return;
  IsGood(dso::rpc::CheckService(request.namespace_(), request.service()));
  const auto path = dso::rpc::CheckPath(request);
  if (!IsGood(path)) return;
  Require(path.value.horizon >= dso::milliseconds(0) && path.value.horizon <= dso::rpc::kLongestHorizon);
  Require(path.value.quantiles.size() <= dso::rpc::kMostQuantiles);
  for (const double quantile : path.value.quantiles) Require(quantile > 0 && quantile < 1);
  if (path.value.horizon > dso::milliseconds(0)) {
    const dso::milliseconds step = dso::rpc::StepOf(path.value.horizon, path.value.step);
    Require(step > dso::milliseconds(0));
    Require(path.value.horizon / step <= static_cast<int64_t>(dso::rpc::kMostPathPoints));
  }
}

void FuzzList(const std::string& bytes) {
  v1::ListServicesRequest list;
  if (list.ParseFromString(bytes)) {
    const auto checked = dso::rpc::CheckList(list);
    if (IsGood(checked)) Require(checked.value.page_size >= 1 && checked.value.page_size <= 500);
  }
  v1::WatchDecisionsRequest watch;
  if (watch.ParseFromString(bytes)) IsGood(dso::rpc::CheckWatch(watch));
}

void FuzzScaler(const std::string& bytes) {
  externalscaler::GetMetricsRequest request;
  if (!request.ParseFromString(bytes)) return;
  const auto checked = dso::rpc::CheckScaledObject(request.scaledobjectref());
  if (IsGood(checked)) Require(checked.value.ns == request.scaledobjectref().namespace_());
}

void FuzzSimulation(const std::string& bytes) {
  v1::SimulateRequest request;
  if (!request.ParseFromString(bytes)) return;
  const auto checked = dso::rpc::CheckSimulation(request);
  if (!IsGood(checked)) return;
  Require(checked.value.trace.samples.size() <= dso::rpc::kMostTraceSamples);
  Require(checked.value.options.max_replicas >= checked.value.options.min_replicas);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0: FuzzForecast(bytes); break;
    case 1: FuzzList(bytes); break;
    case 2: FuzzScaler(bytes); break;
    default: FuzzSimulation(bytes); break;
  }
  return 0;
}
