#include "prom/target_counts.h"

#include <algorithm>

#include "prom/presets.h"
#include "prom/single_value.h"

namespace dso::prom {
namespace {

// More than any service has; what is above it is no count.
constexpr int kMostTargets = 1'000'000;

int Add(int targets, double more) { return static_cast<int>(std::min<double>(targets + more, kMostTargets)); }

}  // namespace

std::map<ServiceKey, TargetCounts> CountTargets(const InstantAnswer& answer, const LabelNames& names) {
  std::map<ServiceKey, TargetCounts> counts;
  for (const Series& series : answer.series) {
    const std::optional<ServiceKey> key = KeyOf(series.labels, names);
    const auto state = series.labels.find(std::string(kUpLabel));
    const double value = series.points.front().value;
    if (!key || state == series.labels.end() || JudgeValue(value) != Reason::kNone) continue;
    TargetCounts& of_service = counts[*key];
    of_service.all = Add(of_service.all, value);
    if (state->second == "1") of_service.up = Add(of_service.up, value);
  }
  return counts;
}

bool IsPartlyScraped(const Reading& reading, std::optional<int> ready_replicas) {
  if (!reading.targets_up || !reading.targets || !ready_replicas) return false;
  return *reading.targets_up < std::min(*reading.targets, *ready_replicas);
}

}  // namespace dso::prom
