#include "render/destination_rule.h"

#include <fmt/format.h>

namespace dso::render {
namespace {

// A replica that fails at once has the least requests in work, so LEAST_REQUEST sends it most of what comes: it has to
// leave. But a full one, too, says 503 within milliseconds while its requests take seconds, so some in a row are no
// sign of a defect. Hence 20 instead of Istio's 5; the one that fails at once gets there within a moment.
constexpr int kConsecutiveErrors = 20;
// Istio's own, written down so that a mesh's defaults do not change them. Half a minute is long enough for a readiness
// probe to take over, and short enough for one that was only full to be back before the autoscaler counts it as lost.
constexpr const char* kInterval = "10s";
constexpr const char* kEjectionTime = "30s";
// Istio's default is 10. Replicas that are planned at 75 % work at 94 % when a fifth of them is out; with more out, the
// rest would be overloaded and leave in turn.
constexpr int kMaxEjectionPercent = 20;

Json OutlierDetection() {
  return {{"consecutive5xxErrors", kConsecutiveErrors},
          {"interval", kInterval},
          {"baseEjectionTime", kEjectionTime},
          {"maxEjectionPercent", kMaxEjectionPercent}};
}

Json ConnectionPool(int in_flight) {
  return {{"tcp", {{"maxConnections", in_flight}}},
          {"http", {{"http2MaxRequests", in_flight}, {"http1MaxPendingRequests", in_flight}}}};
}

}  // namespace

Json DestinationRule(const api::DeepSeekService& service, std::optional<int> in_flight) {
  // Requests to a model differ in length by orders of magnitude; a replica with many long ones gets no more by its
  // turn.
  Json policy{{"loadBalancer", {{"simple", "LEAST_REQUEST"}}}, {"outlierDetection", OutlierDetection()}};
  if (in_flight) policy["connectionPool"] = ConnectionPool(*in_flight);
  return {{"metadata", Metadata(service)},
          {"spec",
           {{"host", fmt::format("{}.{}.svc.cluster.local", service.meta.name, service.meta.namespace_name)},
            {"trafficPolicy", std::move(policy)}}}};
}

}  // namespace dso::render
