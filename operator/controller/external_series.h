// The demand of a service as an external forecaster gets it: the history on the grid that it is read in, and the newest
// samples more densely. Kept only for services that pick one: four bytes a step, thus about 40 KB for 28 days in steps
// of five minutes and 7 KB for the last day in steps of a minute, twice that while a history is being read. What an
// event of the calendar has multiplied is kept without it, as the built-in forecast learns it. Not thread-safe.
#pragma once

#include <optional>

#include "decide/forecasting.h"
#include "decide/sample_grid.h"
#include "rpc/forecaster_client.h"

namespace dso::controller {

class ExternalSeries {
 public:
  explicit ExternalSeries(const decide::HistoryPlan& plan) { BeginHistory(plan); }

  // A history is to be read; what is known goes on to be used until it has been.
  void BeginHistory(const decide::HistoryPlan& plan) { next_.emplace(plan); }
  // A sample of it, in the order of time.
  void LearnPast(WallTime at, double demand);
  void FinishHistory();

  // What is seen now.
  void LearnNow(WallTime at, double demand);

  // Whether a history has been read.
  bool known() const { return current_.has_value(); }
  // Preconditions: known().
  rpc::ForecastSamples History(WallTime now) const;
  // Of at least two hours and since `fitted_at`, at most a day, as far as it is known; the last value is that of `now`.
  rpc::ForecastSamples Recent(WallTime now, WallTime fitted_at) const;

 private:
  struct Grids {
    explicit Grids(const decide::HistoryPlan& plan);
    void Add(WallTime at, double demand);

    decide::SampleGrid history;
    decide::SampleGrid recent;
    size_t most;  // steps of a history
  };

  std::optional<Grids> current_;
  std::optional<Grids> next_;  // that the history is being read into
};

}  // namespace dso::controller
