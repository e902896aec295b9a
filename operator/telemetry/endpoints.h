// The operator's HTTP endpoints: /metrics for Prometheus, /healthz and /readyz for the kubelet.
#pragma once

#include "http/server.h"
#include "telemetry/health.h"
#include "telemetry/metrics.h"

namespace dso::telemetry {

// A handler for http::Server. Both arguments must outlive it.
http::ServerHandler MakeEndpoints(const Metrics& metrics, const Health& health);

}  // namespace dso::telemetry
