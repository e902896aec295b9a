#include "api/status_significance.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "api/status_json.h"

namespace dso::api {
namespace {

// 3 -> 3.3 is a tenth for a person, 0.2999999999999998 for a double.
constexpr double kRounding = 1e-9;

bool Moved(double written, double now) {
  return written != now && std::abs(now - written) >= std::abs(written) * (kFigureMovement - kRounding);
}

bool Moved(milliseconds written, milliseconds now) {
  return Moved(static_cast<double>(written.count()), static_cast<double>(now.count()));
}

bool Moved(const FloorStatus& written, const FloorStatus& now);
bool Moved(const DemandStatus& written, const DemandStatus& now);
bool Moved(const ForecastStatus& written, const ForecastStatus& now);
bool Moved(const CapacityStatus& written, const CapacityStatus& now);
bool Moved(const LeadTimeStatus& written, const LeadTimeStatus& now);
bool Moved(const ScoreStatus& written, const ScoreStatus& now);
bool Moved(const PoolPodsStatus& written, const PoolPodsStatus& now);

template <typename T>
bool Moved(const std::optional<T>& written, const std::optional<T>& now) {
  if (written.has_value() != now.has_value()) return true;
  return now && Moved(*written, *now);
}

bool Moved(const FloorStatus& written, const FloorStatus& now) {
  return Moved(written.predicted, now.predicted) || Moved(written.reactive, now.reactive) ||
         Moved(written.event, now.event);
}

bool Moved(const DemandStatus& written, const DemandStatus& now) {
  return Moved(written.current, now.current) || written.unit != now.unit || written.source != now.source;
}

bool Moved(const ForecastStatus& written, const ForecastStatus& now) {
  return Moved(written.expected, now.expected) || Moved(written.quantile, now.quantile) ||
         Moved(written.error_percent, now.error_percent) || Moved(written.coverage_percent, now.coverage_percent) ||
         Moved(written.history, now.history) || Moved(written.next_peak, now.next_peak) ||
         written.next_peak_at.has_value() != now.next_peak_at.has_value() || written.model != now.model;
}

bool Moved(const CapacityStatus& written, const CapacityStatus& now) {
  return Moved(written.per_replica, now.per_replica) || Moved(written.learned, now.learned) ||
         written.source != now.source || Moved(written.cores, now.cores) || written.cores_from != now.cores_from ||
         Moved(written.average_response_time, now.average_response_time) ||
         written.average_response_time_from != now.average_response_time_from;
}

bool Moved(const LeadTimeStatus& written, const LeadTimeStatus& now) {
  return Moved(written.current, now.current) || Moved(written.start_up_p90, now.start_up_p90) ||
         Moved(written.batches, now.batches) || Moved(written.scheduling_p50, now.scheduling_p50) ||
         Moved(written.pulling_p50, now.pulling_p50) || Moved(written.readying_p50, now.readying_p50) ||
         written.source != now.source;
}

bool Moved(const ScoreStatus& written, const ScoreStatus& now) {
  return Moved(written.avoided_loss_percent, now.avoided_loss_percent) ||
         Moved(written.extra_cost_percent, now.extra_cost_percent) || Moved(written.scored, now.scored);
}

bool Moved(const PoolPodsStatus& written, const PoolPodsStatus& now) {
  return Moved(written.replicas, now.replicas) || Moved(written.surge, now.surge) ||
         Moved(written.terminating, now.terminating) || Moved(written.seen_waves, now.seen_waves);
}

// Pools are a map by name: their order means nothing.
template <typename Differ>
bool PoolsDiffer(const ServiceStatus& written, const ServiceStatus& now, Differ differ) {
  if (written.connection_pools.size() != now.connection_pools.size()) return true;
  return std::any_of(now.connection_pools.begin(), now.connection_pools.end(), [&](const PoolStatus& pool) {
    const auto old = std::find_if(written.connection_pools.begin(), written.connection_pools.end(),
                                  [&](const PoolStatus& other) { return other.name == pool.name; });
    return old == written.connection_pools.end() || differ(*old, pool);
  });
}

bool PoolsChanged(const ServiceStatus& written, const ServiceStatus& now) {
  return written.pool_config_map != now.pool_config_map ||
         PoolsDiffer(written, now, [](const PoolStatus& a, const PoolStatus& b) {
           return a.backend != b.backend || a.per_replica != b.per_replica || a.limit != b.limit;
         });
}

bool PoolsMoved(const ServiceStatus& written, const ServiceStatus& now) {
  return Moved(written.pool_pods, now.pool_pods) ||
         PoolsDiffer(written, now, [](const PoolStatus& a, const PoolStatus& b) {
           return Moved(a.useful, b.useful) ||
                  Moved(static_cast<double>(a.worst_case_total), static_cast<double>(b.worst_case_total)) ||
                  Moved(a.in_use, b.in_use) || Moved(a.server_limit, b.server_limit) || a.note != b.note;
         });
}

bool FloorDiffers(const std::optional<FloorStatus>& written, const std::optional<FloorStatus>& now) {
  if (written.has_value() != now.has_value()) return true;
  return now && (written->current != now->current || written->reason != now->reason);
}

// Conditions are a map by type: their order means nothing.
template <typename Same>
bool ConditionsDiffer(const ServiceStatus& written, const ServiceStatus& now, Same same) {
  if (written.conditions.size() != now.conditions.size()) return true;
  return std::any_of(now.conditions.begin(), now.conditions.end(), [&](const Condition& condition) {
    const Condition* old = FindCondition(written.conditions, condition.type);
    return old == nullptr || !same(*old, condition);
  });
}

bool MeaningChanged(const ServiceStatus& written, const ServiceStatus& now) {
  return written.observed_generation != now.observed_generation || written.replicas != now.replicas ||
         written.ready_replicas != now.ready_replicas || FloorDiffers(written.floor, now.floor) ||
         written.recent_decisions != now.recent_decisions || PoolsChanged(written, now) ||
         ConditionsDiffer(written, now, [](const Condition& a, const Condition& b) {
           const bool mirrored = a.type == kAutoscalerActive;  // somebody else's news, told at the pace of figures
           return mirrored ||
                  (a.status == b.status && a.reason == b.reason && a.observed_generation == b.observed_generation);
         });
}

// A demand that is less than a tenth of what a replica carries moves no floor, however often it doubles: an idle
// service and a model that is never quite at zero would otherwise write for ever.
bool DemandMoved(const std::optional<double>& written, const std::optional<double>& now, double per_replica) {
  if (written.has_value() != now.has_value()) return true;
  return now && Moved(*written, *now) && std::abs(*now - *written) >= kFigureMovement * per_replica;
}

bool ExternalMoved(const ServiceStatus& written, const ServiceStatus& now) {
  const auto& before = written.external_forecast;
  const auto& after = now.external_forecast;
  if (before.has_value() != after.has_value()) return true;
  if (!after) return false;
  const double per_replica = now.capacity ? now.capacity->per_replica : 0;
  return before->forecaster != after->forecaster || before->model != after->model ||
         DemandMoved(before->expected, after->expected, per_replica) ||
         DemandMoved(before->quantile, after->quantile, per_replica) ||
         Moved(before->error_percent, after->error_percent);
}

bool FiguresMoved(const ServiceStatus& written, const ServiceStatus& now) {
  return Moved(written.floor, now.floor) || Moved(written.demand, now.demand) ||
         Moved(written.forecast, now.forecast) || Moved(written.capacity, now.capacity) ||
         ExternalMoved(written, now) || Moved(written.lead_time, now.lead_time) || Moved(written.score, now.score) ||
         PoolsMoved(written, now) || ConditionsDiffer(written, now, [](const Condition& a, const Condition& b) {
           return a.message == b.message && a.status == b.status;
         });
}

// As a reader of the API gets it: rounded, to the second. One side of a comparison may have been read back after a
// restart and the other not; without this they would differ for ever.
ServiceStatus AsShown(const ServiceStatus& status) { return StatusFromJson(ToJson(status)); }

}  // namespace

bool WorthWriting(const ServiceStatus& written, const ServiceStatus& now, milliseconds since_last_write) {
  const bool figures_due = since_last_write >= kMinFigureWriteInterval;
  // Nearly all looks end here: what is the same in full is the same as shown, and the two conversions take a hundred
  // times as long as this.
  if (!MeaningChanged(written, now) && !(figures_due && FiguresMoved(written, now))) return false;
  const ServiceStatus old_view = AsShown(written);
  const ServiceStatus new_view = AsShown(now);
  if (MeaningChanged(old_view, new_view)) return true;
  return figures_due && FiguresMoved(old_view, new_view);
}

}  // namespace dso::api
