#include "forecast/forecaster.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "forecast/seasons.h"
#include "forecast/selection.h"

namespace dso::forecast {
namespace {

using std::chrono::hours;

constexpr Bucket kFewestSteps = 16;
constexpr Bucket kMostSteps = 40'320;
constexpr milliseconds kLongestStep = hours(24);
constexpr size_t kMostSeasons = 2;
constexpr milliseconds kLongestSeason = std::chrono::days(366);
constexpr Bucket kLongestWindow = 10'000;  // steps
// The error of a seasonal model stops growing with the age of the last sample: the season is known, the level wanders
// little.
constexpr double kWidestMargin = 3;
// A quarter more history may ask for another model; the cost of refits then stays proportional to the steps.
constexpr size_t kGrowthPart = 4;

Bucket StepsOf(milliseconds duration, milliseconds step) {
  return duration.count() / step.count() + (duration.count() % step.count() > 0 ? 1 : 0);
}

// Brings every option into its range.
ForecasterOptions Sane(ForecasterOptions options) {
  options.step = std::clamp(options.step, milliseconds(1), kLongestStep);
  const Bucket steps = std::clamp(StepsOf(options.history, options.step), kFewestSteps, kMostSteps);
  options.history = steps * options.step;
  options.lead = std::clamp(StepsOf(options.lead, options.step), Bucket{1}, steps / 4) * options.step;
  options.quantile = options.quantile >= 0.5 ? std::min(options.quantile, 0.999) : 0.5;
  options.refit_every = std::max(options.refit_every, options.step);
  if (options.detect_seasons && options.seasons.empty()) {
    options.seasons = {hours(24), hours(24 * 7)};
  } else {
    options.detect_seasons = false;
  }
  for (milliseconds& season : options.seasons) season = std::min(season, kLongestSeason);
  std::erase_if(options.seasons, [&](milliseconds season) { return season < 2 * options.step; });
  std::sort(options.seasons.begin(), options.seasons.end());
  const auto same_slots = [&](auto a, auto b) { return SlotsOf(a, options.step) == SlotsOf(b, options.step); };
  options.seasons.erase(std::unique(options.seasons.begin(), options.seasons.end(), same_slots), options.seasons.end());
  if (options.seasons.size() > kMostSeasons) options.seasons.resize(kMostSeasons);
  return options;
}

std::string NameOf(milliseconds season) {
  if (season == hours(24)) return "day";
  if (season == hours(24 * 7)) return "week";
  return FormatDuration(season);
}

}  // namespace

Forecaster::Forecaster(ForecasterOptions options)
    : options_(Sane(std::move(options))),
      lead_(static_cast<size_t>(options_.lead / options_.step)),
      series_(static_cast<size_t>(options_.history / options_.step)) {
  for (const milliseconds season : options_.seasons) periods_.push_back(SlotsOf(season, options_.step));
}

void Forecaster::Observe(const Sample& sample) {
  if (!Accept(sample) || !Collect(sample)) return;
  AdvanceModel();
  if (RefitDue()) Refit();
}

void Forecaster::Append(const Sample& sample) {
  if (Accept(sample)) Collect(sample);
}

void Forecaster::Learn() { Refit(); }

void Forecaster::Fit(std::span<const Sample> history) {
  std::vector<Sample> usable;
  usable.reserve(history.size());
  std::copy_if(history.begin(), history.end(), std::back_inserter(usable), IsUsable);
  const auto earlier = [](const Sample& a, const Sample& b) { return a.at < b.at; };
  if (!std::is_sorted(usable.begin(), usable.end(), earlier)) std::stable_sort(usable.begin(), usable.end(), earlier);

  series_.Clear();
  open_ = {};
  model_.reset();
  samples_ = 0;
  ignored_ = history.size() - usable.size();
  for (const Sample& sample : usable) Collect(sample);
  Refit();
}

bool Forecaster::Accept(const Sample& sample) {
  const bool late = !open_.empty() && BucketOf(sample.at, options_.step) < open_.bucket();
  const bool accepted = IsUsable(sample) && !late;
  if (!accepted) ++ignored_;
  return accepted;
}

bool Forecaster::Collect(const Sample& sample) {
  const Bucket bucket = BucketOf(sample.at, options_.step);
  const bool closes = !open_.empty() && bucket > open_.bucket();
  if (closes) {
    series_.Append(open_.bucket(), open_.Mean());
    last_count_ = open_.count();
    ++closed_since_fit_;
  }
  if (closes || open_.empty()) open_ = OpenBucket(bucket);
  open_.Add(sample);
  ++samples_;
  return closes;
}

void Forecaster::AdvanceModel() {
  if (series_.size() == 1) model_.reset();  // the first, or a gap longer than the history: nothing else is known
  if (!model_) return;
  const Bucket newest = series_.end() - 1;
  while (model_->filter.state().bucket + 1 < newest) model_->filter.Skip();
  model_->filter.Update(series_[newest]);
  model_->tracker.Step(model_->filter, series_);
}

bool Forecaster::RefitDue() const {
  if (series_.size() < StepsNeeded()) return false;
  if (!model_) return true;
  const auto completes = [&](size_t period) { return fitted_size_ < 2 * period && 2 * period <= series_.size(); };
  if (std::any_of(periods_.begin(), periods_.end(), completes)) return true;
  const size_t longest = static_cast<size_t>(options_.refit_every / options_.step);
  return closed_since_fit_ >= std::min(fitted_size_ / kGrowthPart, longest);
}

void Forecaster::Refit() {
  closed_since_fit_ = 0;
  fitted_size_ = series_.size();
  if (series_.size() < StepsNeeded()) return;
  const std::vector<float> values = series_.Copy();
  const History history{values, series_.begin()};
  Selection selection = SelectModel(history, lead_, {periods_, options_.detect_seasons});

  // The margin comes from a replay of what the seasons were not estimated from; the model in use then learns from all.
  LeadTracker tracker(lead_, options_.quantile);
  HoltWinters replay = MakeFilter(history, selection.train, selection.periods, selection.constants);
  HoltWinters filter = MakeFilter(history, values.size(), selection.periods, selection.constants);
  for (size_t i = 0; i < values.size(); ++i) {
    filter.Take(values[i]);
    replay.Take(values[i]);
    if (i >= selection.train) tracker.Step(replay, series_);
  }
  if (model_) tracker.KeepCoverageOf(model_->tracker);
  model_ = Model{std::move(selection.periods), std::move(filter), std::move(tracker)};
}

size_t Forecaster::StepsNeeded() const { return std::max<size_t>(2 * lead_, 4); }

HoltWinters::State Forecaster::Now() const {
  // The open bucket counts as far as it is filled, judged by the one before it.
  const double filled = static_cast<double>(open_.count()) / static_cast<double>(std::max<size_t>(last_count_, 1));
  return model_->filter.Peek(open_.bucket(), open_.Mean(), std::min(filled, 1.0));
}

std::optional<Forecaster::Peak> Forecaster::PeakOver(WallTime now, milliseconds window) const {
  if (!ready()) return std::nullopt;
  const HoltWinters& filter = model_->filter;
  const HoltWinters::State state = Now();
  const WallTime start = StartOf(BucketOf(now, milliseconds(1)), milliseconds(1));
  const WallTime end = start + std::clamp(window, milliseconds(0), kLongestWindow * options_.step);
  const Bucket current = std::max(BucketOf(start, options_.step), state.bucket);
  const Bucket last = std::max(BucketOf(end, options_.step), current);

  // What is known already needs no margin; what is ahead gets one.
  Peak peak{0, 0, now};
  if (current == state.bucket) peak.expected = peak.quantile = std::max(filter.Forecast(state, current), 0.0);
  const Bucket first = std::max(current, state.bucket + 1);
  if (first > last) return peak;
  const PathPeak ahead = filter.Peak(state, first, last);
  const double horizon = static_cast<double>(last - state.bucket) / static_cast<double>(lead_);
  const double widening = std::clamp(std::sqrt(horizon), 1.0, kWidestMargin);
  const LeadTracker& tracker = model_->tracker;
  const double expected = std::max(ahead.value, 0.0) + tracker.MedianMargin();
  const double spread = tracker.QuantileMargin() - tracker.MedianMargin();
  if (expected > peak.expected) {
    peak.expected = expected;
    peak.by = std::max(now, StartOf(ahead.bucket, options_.step));
  }
  peak.quantile = std::max(peak.quantile, expected + widening * spread);
  return peak;
}

std::optional<double> Forecaster::ExpectedAt(WallTime at) const {
  if (!ready()) return std::nullopt;
  return std::max(model_->filter.Forecast(Now(), BucketOf(at, options_.step)), 0.0);
}

Forecaster::Status Forecaster::status() const {
  Status status;
  status.ready = ready();
  status.history = HistorySpan();
  status.history_needed = static_cast<Bucket>(StepsNeeded()) * options_.step;
  status.samples = samples_;
  status.ignored = ignored_;
  if (model_) {
    status.model = ModelName();
    status.wape = model_->tracker.Wape();
    status.coverage = model_->tracker.Coverage();
  }
  if (!status.ready) {
    status.reason = fmt::format("A forecast needs {} of history; there are {}.", FormatDuration(status.history_needed),
                                FormatDuration(status.history));
  } else if (!options_.detect_seasons) {
    status.reason = MissingSeasons();
  }
  return status;
}

std::string Forecaster::ModelName() const {
  std::string seasons;
  for (size_t i = 0; i < periods_.size(); ++i) {
    const auto& used = model_->periods;
    if (std::find(used.begin(), used.end(), periods_[i]) == used.end()) continue;
    if (!seasons.empty()) seasons += '+';
    seasons += NameOf(options_.seasons[i]);
  }
  return seasons.empty() ? "Holt-Winters, no season" : seasons + " Holt-Winters";
}

std::string Forecaster::MissingSeasons() const {
  std::string reason;
  for (size_t i = 0; i < periods_.size(); ++i) {
    const size_t needed = 2 * periods_[i];
    if (needed <= fitted_size_) continue;
    if (!reason.empty()) reason += ' ';
    reason += fmt::format("The season of {} needs {} of history; there are {}.", FormatDuration(options_.seasons[i]),
                          FormatDuration(2 * options_.seasons[i]), FormatDuration(HistorySpan()));
  }
  return reason;
}

size_t Forecaster::MemoryBytes() const {
  size_t bytes = sizeof(*this) + series_.MemoryBytes() + periods_.capacity() * sizeof(size_t);
  if (model_) bytes += model_->filter.MemoryBytes() + model_->tracker.MemoryBytes();
  return bytes;
}

}  // namespace dso::forecast
