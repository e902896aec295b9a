#include "telemetry/endpoints.h"

#include <utility>

namespace dso::telemetry {
namespace {

constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::string_view kPaths =
    "/metrics  the operator's metrics, in Prometheus' text format\n"
    "/healthz  200 while the event loop turns\n"
    "/readyz   200 once every readiness check has passed\n";

http::ServerResponse Answer(HealthReport report) {
  return {.status = report.ok ? 200 : 503, .body = std::move(report.text)};
}

}  // namespace

http::ServerHandler MakeEndpoints(const Metrics& metrics, const Health& health) {
  return [&metrics, &health](const http::ServerRequest& request) -> http::ServerResponse {
    if (request.path == "/metrics")
      return {.content_type = std::string(kMetricsContentType), .body = metrics.Serialize()};
    if (request.path == "/healthz") return Answer(health.Liveness());
    if (request.path == "/readyz") return Answer(health.Readiness());
    return {.status = 404, .body = "not found; there are:\n" + std::string(kPaths)};
  };
}

}  // namespace dso::telemetry
