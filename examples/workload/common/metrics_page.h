// The reply to a scrape by Prometheus.
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "common/http_server.h"

namespace workload {

// The text exposition format, version 0.0.4.
HttpReply MetricsPage(const std::vector<prometheus::MetricFamily>& families);

}  // namespace workload
