// Forecasts the demand of one service: samples in, the maximum to expect over the coming minutes out.
//
//   Forecaster forecaster({.step = 1min, .lead = 5min, .quantile = 0.9});
//   for (const Sample& sample : history) forecaster.Observe(sample);   // once, after a start
//   forecaster.Observe({now, requests_per_second});                    // each sample
//   auto peak = forecaster.PeakOver(now, 5min);                        // each reconcile
//
// The path of a sample: OpenBucket (series.h) → FilterBank (filter_bank.h), whose answers for the lead Aggregation
// (aggregation.h) combines by how right they have been → IntervalTracker (interval.h), which puts the margin on the
// combined forecast that makes a quantile of it. Everything is learned sample by sample: a history is learned by
// observing it, and a forecast depends on nothing but the samples before it.
//
// Moments between two samples of the grid are linear. Pure: no I/O, no clock, no globals. No input makes it throw or
// return NaN, infinity or a negative number. Not thread-safe. Below 64 KB with steps of a minute and seasons of a day
// and a week.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "forecast/aggregation.h"
#include "forecast/calendar.h"
#include "forecast/envelope.h"
#include "forecast/filter_bank.h"
#include "forecast/forecaster_options.h"
#include "forecast/interval.h"
#include "forecast/series.h"

namespace dso::forecast {

class Forecaster {
 public:
  explicit Forecaster(ForecasterOptions options);

  // Takes one sample. Samples may come twice or at odd times: those of one bucket are averaged (of equal timestamps in
  // a row the last counts); those of a closed bucket, and values that are negative or not finite, are ignored and
  // counted. A bucket closes when a sample of a later one comes, so the caller vouches for timestamps: one from the
  // future makes all until then late. An empty bucket is missing, not zero. O(models), a few microseconds.
  void Observe(const Sample& sample);

  // Forgets everything and observes a history that comes in any order (of equal timestamps the last counts).
  void Fit(std::span<const Sample> history);

  struct Peak {
    double expected = 0;  // the maximum of the expected demand, at most the quantile
    double quantile = 0;  // the maximum stays below this with the probability of the options
    WallTime by{};        // when the maximum is expected
    // How much of the quantile has stood idle over the last days, relative to the demand: Σ(quantile − maximum)⁺ / Σ
    // maximum. Above 1 the promise costs more than the demand itself: the load cannot be foreseen.
    double slack = 0;
  };
  // The maximum over (now, now + window]. Calibrated for the window of the options' lead and a fresh last sample; the
  // margin widens with √((window + age of the last sample) / lead), to three times its width at most. Between steps
  // demand is taken to be linear. O(window / step), and no more than 256 moments are looked at. Nothing until
  // status().ready.
  std::optional<Peak> PeakOver(WallTime now, milliseconds window) const;

  struct Point {
    double expected = 0;  // the median, at most the quantile
    double quantile = 0;  // the demand stays below this with the probability of the options
  };
  // The demand at a moment; of the newest known step where `at` is before it. Calibrated for one lead after the last
  // sample; the margin as above. Nothing until ready.
  std::optional<Point> ForecastAt(WallTime at) const;

  // The demand at several moments, ascending, with any quantiles, each in (0, 1), ascending: row by row. One lead after
  // the last sample as ForecastAt(); far ahead their median is the expected value. Nothing until ready.
  struct Path {
    std::vector<double> expected;
    std::vector<double> quantiles;
  };
  std::optional<Path> ForecastPath(std::span<const WallTime> moments, std::span<const double> quantiles) const;

  struct Expected {
    WallTime at{};
    double value = 0;
  };
  // The moment within (now, now + horizon] at which the demand is expected to be highest, the first of equals; the
  // horizon is cut to 10,000 steps, and no more than 256 moments are looked at. Nothing until ready.
  std::optional<Expected> HighestExpected(WallTime now, milliseconds horizon) const;

  // Of the newest step that has a sample; nothing before the first one.
  std::optional<WallTime> newest() const;

  // One model of the bank.
  struct ModelScore {
    std::string name;
    double weight = 0;  // in the combination, in [0, 1]
    double wape = 0;    // over about a week of forecasts at the lead
  };
  struct Status {
    bool ready = false;
    std::string reason;              // why not ready, or which season asked for is not there yet; empty if all is well
    std::string model;               // "day+week Holt-Winters", "Holt-Winters, no season", "last value"
    milliseconds history{0};         // from the first to the last closed step
    milliseconds history_needed{0};  // to be ready
    size_t samples = 0;              // taken since the last Fit
    size_t ignored = 0;              // too late, negative or not finite
    std::optional<double> wape;      // Σ|error at the lead| / Σ demand, over about a week
    std::optional<double> coverage;  // the share of maxima over a lead that the quantile covered, over as long
    std::optional<double> coverage_of_point;  // the same of the demand one lead ahead
    // Those that carry at least a tenth of the combination, if that is clearly better than the models without a season.
    std::vector<milliseconds> seasons;
  };
  Status status() const;
  std::vector<ModelScore> Models() const;

  // The whole state, and a forecaster that goes on from it bit for bit. kInvalidArgument if the bytes are damaged, or
  // were saved with other options or by another version.
  std::string Save() const;
  static Result<Forecaster> Restore(ForecasterOptions options, std::string_view bytes);

  // Bytes held, inclusive of the object itself, as far as the allocator's rounding is left out.
  size_t MemoryBytes() const;

 private:
  // A forecast whose time has not come.
  struct Issued {
    Bucket at = 0;       // the last bucket known then
    Bucket spacing = 1;  // from the bucket before it, in steps: how dense samples are
    double expected = 0;
    double largest = 0;  // of what has come since
    Bucket known = 0;    // buckets that have come since
    IntervalTracker::Promise point;
    IntervalTracker::Promise peak;
    std::vector<float> answers;  // of each model

    template <typename Archive>
    void Persist(Archive& archive) {
      archive(at, spacing, expected, largest, known, point, peak, Growing<float>{answers, 1000});
    }
  };
  // The expected path from the last sample on.
  struct View {
    FilterBank::Outlook outlook;
    WallTime from;
    double now = 0;  // the newest value as far as it is believed
    milliseconds step{1};

    // Linear within the first step. Not negative.
    double At(milliseconds ahead) const;
  };

  bool Accept(const Sample& sample);
  void CloseBucket();
  void Settle(Bucket bucket, double value);
  void Issue(Bucket bucket, double value, Bucket spacing);
  View Look() const;
  Outset OutsetFor(double expected, double last, double rise, WallTime at) const;
  // What is known of the demand `ahead` of the last sample.
  Outset OutsetAt(const View& view, milliseconds ahead) const;
  // By how much a margin for the lead is to be multiplied for a moment `ahead` of the last sample.
  double Widening(milliseconds ahead) const;
  int64_t LocalMs(WallTime at) const { return options_.calendar.LocalMs(at.time_since_epoch().count()); }
  // Weights follow from what has been learned.
  void Weigh();
  bool KnowsSeason() const { return !bank_.seasons().empty() && bank_.seasons().front().ready(); }
  bool ready() const { return peak_.calibrated() && newest_ - first_ + 1 >= 2 * lead_; }
  std::vector<milliseconds> SeasonsInUse() const;
  template <typename Archive>
  void Persist(Archive& archive);

  ForecasterOptions options_;  // within their ranges
  Bucket lead_;                // in steps
  Bucket stride_;              // steps from one issued forecast to the next

  OpenBucket open_;
  size_t last_count_ = 0;  // samples of the last closed bucket
  size_t samples_ = 0;
  size_t ignored_ = 0;
  Bucket first_ = 0;   // closed bucket
  Bucket newest_ = 0;  // closed bucket
  bool started_ = false;
  double newest_value_ = 0;
  double typical_ = 0;  // mean of the demand over about a week
  double typical_count_ = 0;

  FilterBank bank_;
  Envelope envelope_;
  Aggregation aggregation_;
  std::vector<double> weights_;  // of the bank's filters
  IntervalTracker point_;
  IntervalTracker peak_;
  std::vector<Issued> issued_;  // oldest first
  // Σ|error at the lead| of each filter and of the combination, and Σ demand: over about a week, old ones fading.
  double score_keep_;  // what is left of an old error after a new one
  std::vector<double> model_errors_;
  double combined_error_ = 0;
  double error_base_ = 0;
};

}  // namespace dso::forecast
