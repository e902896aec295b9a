#include "controller/external_series.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dso::controller {
namespace {

// A day of minutes; of seasons of minutes, whose steps are seconds, some hours.
constexpr size_t kMostRecent = 1440;
constexpr milliseconds kLeastRecent = std::chrono::hours(2);

size_t StepsIn(milliseconds length, milliseconds step) { return static_cast<size_t>(length / step); }

}  // namespace

ExternalSeries::Grids::Grids(const decide::HistoryPlan& plan)
    : history(plan.step, std::max<size_t>(StepsIn(plan.length, plan.step), 1)),
      recent(plan.recent_step, kMostRecent),
      most(std::max<size_t>(StepsIn(plan.length, plan.step), 1)) {}

void ExternalSeries::Grids::Add(WallTime at, double demand) {
  history.Add(at, demand);
  recent.Add(at, demand);
}

void ExternalSeries::LearnPast(WallTime at, double demand) {
  if (next_) next_->Add(at, demand);
}

void ExternalSeries::FinishHistory() {
  if (!next_) return;
  current_ = std::move(next_);
  next_.reset();
}

void ExternalSeries::LearnNow(WallTime at, double demand) {
  if (current_) current_->Add(at, demand);
}

rpc::ForecastSamples ExternalSeries::History(WallTime now) const {
  const decide::SampleGrid& grid = current_->history;
  rpc::ForecastSamples samples{.start = now, .step = grid.step(), .values = grid.Until(now, current_->most)};
  const auto last = std::chrono::floor<milliseconds>(now.time_since_epoch()) / grid.step();
  const auto first = last - static_cast<int64_t>(samples.values.size()) + 1;
  if (!samples.values.empty()) samples.start = WallTime(grid.step() * first);
  return samples;
}

rpc::ForecastSamples ExternalSeries::Recent(WallTime now, WallTime fitted_at) const {
  const decide::SampleGrid& grid = current_->recent;
  const milliseconds length = std::max(kLeastRecent, now - fitted_at);
  std::vector<double> values = grid.Until(now, std::min(StepsIn(length, grid.step()) + 1, kMostRecent));
  if (values.empty()) values.push_back(std::numeric_limits<double>::quiet_NaN());
  // Nothing may have been seen yet in the step that has just begun.
  if (values.size() > 1 && std::isnan(values.back())) values.back() = values[values.size() - 2];
  const auto before = static_cast<int64_t>(values.size()) - 1;
  return {.start = now - grid.step() * before, .step = grid.step(), .values = std::move(values)};
}

}  // namespace dso::controller
