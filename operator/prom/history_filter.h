// Between the series of a range query and a history of demand: what is no demand stays out, and each series goes to the
// service that it belongs to. Loop thread only; the sink outlives the filter.
#pragma once

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "prom/client.h"
#include "prom/demand_source.h"
#include "prom/single_value.h"

namespace dso::prom {

// Hands on the finite, non-negative points of each series.
class UsablePoints {
 public:
  std::span<const Point> Filter(std::span<const Point> points) {
    const auto usable = [](const Point& point) { return JudgeValue(point.value) == Reason::kNone; };
    if (std::all_of(points.begin(), points.end(), usable)) return points;
    kept_.clear();
    std::copy_if(points.begin(), points.end(), std::back_inserter(kept_), usable);
    return kept_;
  }

 private:
  std::vector<Point> kept_;
};

class PresetHistory final : public RangeSink {
 public:
  PresetHistory(HistorySink& sink, LabelNames labels) : sink_(sink), labels_(std::move(labels)) {}

  void OnSeries(const Labels& labels, std::span<const Point> points) override {
    const std::optional<ServiceKey> service = KeyOf(labels, labels_);
    if (!service) return;
    const std::span<const Point> usable = usable_.Filter(points);
    if (!usable.empty()) sink_.OnPoints(*service, usable);
  }
  void OnChunkEnd(WallTime complete_until) override { sink_.OnChunkEnd(complete_until); }

 private:
  HistorySink& sink_;
  const LabelNames labels_;
  UsablePoints usable_;
};

class CustomHistory final : public RangeSink {
 public:
  explicit CustomHistory(HistorySink& sink) : sink_(sink) {}

  void OnSeries(const Labels&, std::span<const Point> points) override {
    const std::span<const Point> usable = usable_.Filter(points);
    if (!usable.empty()) sink_.OnPoints(ServiceKey{}, usable);
  }
  void OnChunkEnd(WallTime complete_until) override { sink_.OnChunkEnd(complete_until); }

 private:
  HistorySink& sink_;
  UsablePoints usable_;
};

}  // namespace dso::prom
