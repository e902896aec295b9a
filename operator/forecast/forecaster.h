// Forecasts the demand of one service: samples in, the maximum to expect over the coming minutes out.
//
//   Forecaster forecaster({.step = 5min, .lead = 20min, .quantile = 0.9, .detect_seasons = true});
//   forecaster.Fit(history);                                      // once, after a start
//   forecaster.Observe({now, requests_per_second});               // each sample
//   auto peak = forecaster.PeakOver(now, 20min);                  // each reconcile
//
// The path of a sample: OpenBucket → Series (series.h) → HoltWinters (holt_winters.h), whose errors at the lead
// LeadTracker (lead_tracker.h) turns into the margin of the quantile. SelectModel (selection.h) chooses seasons and
// constants.
//
// Pure: no I/O, no clock, no globals. No input makes it throw or return NaN, infinity or a negative number.
// Not thread-safe. 60 KB with the default grid and seasons of a day and a week.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "forecast/holt_winters.h"
#include "forecast/lead_tracker.h"
#include "forecast/series.h"

namespace dso::forecast {

// What is out of range is brought to the nearest value in it.
struct ForecasterOptions {
  milliseconds step = std::chrono::minutes(5);   // of the grid; >= 1 ms
  milliseconds lead = std::chrono::minutes(20);  // what errors are judged at; rounded up to steps, at most history / 4
  double quantile = 0.9;                         // of the maximum; within [0.5, 0.999]
  milliseconds history = std::chrono::days(28);  // remembered; from 16 to 40,320 steps (28 d of minutes)
  // The two shortest count, rounded to steps, each as soon as the history holds two of its periods.
  std::vector<milliseconds> seasons{};
  bool detect_seasons = false;  // where none are given: look for a day and a week, use what clearly lowers the error
  milliseconds refit_every = std::chrono::hours(24);  // when the history is long; give each service its own
};

class Forecaster {
 public:
  explicit Forecaster(ForecasterOptions options);

  // Takes one sample. Samples may come late, twice or at odd times: those of one bucket are averaged (of equal
  // timestamps in a row the last counts); those of a closed bucket, and values that are negative or not finite, are
  // ignored and counted. A bucket closes when a sample of a later one comes, so the caller vouches for timestamps: one
  // from the future makes all until then late. An empty bucket is missing, not zero. O(1) amortised. A refit is part of
  // the call when one is due: when a quarter more history has come, or `refit_every` of it, whichever is less, and when
  // the second period of a season is complete. It takes less than 10 ms for 28 d of 5-minute steps and two seasons.
  void Observe(const Sample& sample);

  // Forgets everything and learns from a history in any order (of equal timestamps the last counts).
  void Fit(std::span<const Sample> history);

  // The same for a history that comes piece by piece, oldest first, and is too large to be held as a whole: Append()
  // remembers a sample without learning from it, Learn() then learns from all that is remembered.
  void Append(const Sample& sample);
  void Learn();

  struct Peak {
    double expected = 0;  // the median of the maximum
    double quantile = 0;  // the maximum stays below this with the probability of the options
    WallTime by{};        // the start of the step in which the peak is expected, or `now`
  };
  // The maximum over [now, now + window]. Calibrated for the window of the options' lead and a fresh last sample; the
  // margin widens with √((window + age of the last sample) / lead), to three times its width at most, and never
  // shrinks. O(window / step), and no more than 10,000 steps are looked at. Nothing until status().ready.
  std::optional<Peak> PeakOver(WallTime now, milliseconds window) const;

  // The forecast for the step that `at` falls in; of the newest known step where `at` is before it. Nothing until
  // ready.
  std::optional<double> ExpectedAt(WallTime at) const;

  struct Status {
    bool ready = false;
    std::string reason;              // why not ready, or why a season asked for is not used; empty if all is well
    std::string model;               // "day+week Holt-Winters", "Holt-Winters, no season"
    milliseconds history{0};         // from the first to the last closed step
    milliseconds history_needed{0};  // to be ready
    size_t samples = 0;              // taken since the last Fit
    size_t ignored = 0;              // too late, negative or not finite
    std::optional<double> wape;  // Σ|error at the lead| / Σ demand, over about a week of forecasts not seen before
    std::optional<double> coverage;  // the share of maxima over a lead that the quantile covered, over as long
  };
  Status status() const;

  // Bytes held, inclusive of the object itself, as far as the allocator's rounding is left out.
  size_t MemoryBytes() const;

 private:
  struct Model {
    std::vector<size_t> periods;  // in steps, ascending
    HoltWinters filter;
    LeadTracker tracker;
  };

  // Counts what is late or unusable.
  bool Accept(const Sample& sample);
  // Puts a sample into its bucket; true if that closed the bucket before it.
  bool Collect(const Sample& sample);
  void AdvanceModel();
  bool RefitDue() const;
  void Refit();
  size_t StepsNeeded() const;
  bool ready() const { return model_ && model_->tracker.calibrated(); }
  // The state of the filter with the open bucket. Precondition: ready().
  HoltWinters::State Now() const;
  milliseconds HistorySpan() const { return static_cast<Bucket>(series_.size()) * options_.step; }
  std::string ModelName() const;
  std::string MissingSeasons() const;

  ForecasterOptions options_;    // within their ranges
  size_t lead_;                  // in steps
  std::vector<size_t> periods_;  // of options_.seasons, in steps

  Series series_;
  OpenBucket open_;
  size_t last_count_ = 0;  // samples of the last closed bucket
  size_t samples_ = 0;
  size_t ignored_ = 0;

  std::optional<Model> model_;
  size_t closed_since_fit_ = 0;  // buckets
  size_t fitted_size_ = 0;
};

}  // namespace dso::forecast
