#include "common/metrics_page.h"

#include <prometheus/text_serializer.h>

namespace workload {

HttpReply MetricsPage(const std::vector<prometheus::MetricFamily>& families) {
  return {200, "text/plain; version=0.0.4; charset=utf-8", prometheus::TextSerializer().Serialize(families)};
}

}  // namespace workload
