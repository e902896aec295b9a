#include "forecast/forecaster.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "base/hash.h"
#include "base/integer.h"

namespace dso::forecast {
namespace {

using std::chrono::hours;

constexpr milliseconds kDay = hours(24);
// So many moments of a window are looked at.
constexpr int64_t kMoments = 256;
// The error of a seasonal model stops growing with the age of the last sample: the season is known, the level wanders
// little.
constexpr double kWidestMargin = 3;
constexpr double kAggregationDays = 4;
constexpr double kScoreDays = 7;
// Of the misses allowed on the whole, where demand rises. For the maximum, which floors are made of, fewer would cost
// more replicas than they save requests.
constexpr double kRisingMissesOfPoint = 0.3;
constexpr double kRisingMissesOfPeak = 0.6;
// A season that carries less of the combination than this is not worth mentioning.
constexpr double kWorthMentioning = 0.1;
// A seasonal combination is clearly better with this part of the error of the best model without a season.
constexpr double kMedian = 0.5;
constexpr double kClearlyBetter = 0.97;
constexpr double kMostWape = 1e9;
// A value beyond this many typical ones must not be what is typical from then on.
constexpr double kOutlier = 1000;

// Shorter memories would learn from accidents.
double AtLeastFifty(double forecasts) { return std::max(forecasts, 50.0); }

IntervalOptions IntervalsOf(const ForecasterOptions& options, double rising_misses) {
  const Bucket lead = options.lead / options.step;
  return {.quantile = options.quantile,
          .overlap = static_cast<double>(lead) / static_cast<double>(StrideOf(options)),
          .per_day = IssuesADay(options),
          .rising_misses = rising_misses};
}

int64_t Ms(WallTime time) { return time.time_since_epoch().count(); }

std::string NameOf(milliseconds season) {
  if (season == kDay) return "day";
  if (season == 7 * kDay) return "week";
  return FormatDuration(season);
}

}  // namespace

Forecaster::Forecaster(ForecasterOptions options)
    : options_(Sane(std::move(options))),
      lead_(options_.lead / options_.step),
      stride_(StrideOf(options_)),
      bank_(options_.step.count(), static_cast<size_t>(lead_), PeriodsOf(options_)),
      envelope_(ShortestSeason(options_).count(), options_.step.count()),
      aggregation_(bank_.Prior(), AtLeastFifty(kAggregationDays * IssuesADay(options_))),
      weights_(bank_.size(), 0),
      point_(IntervalsOf(options_, kRisingMissesOfPoint)),
      peak_(IntervalsOf(options_, kRisingMissesOfPeak)),
      score_keep_(std::exp(-1 / AtLeastFifty(kScoreDays * IssuesADay(options_)))),
      model_errors_(bank_.size(), 0) {
  Weigh();
}

void Forecaster::Observe(const Sample& sample) {
  if (!Accept(sample)) return;
  const Bucket bucket = BucketOf(sample.at, options_.step);
  if (!open_.empty() && bucket > open_.bucket()) CloseBucket();
  if (open_.empty() || bucket > open_.bucket()) open_ = OpenBucket(bucket);
  open_.Add(sample);
  ++samples_;
}

void Forecaster::Fit(std::span<const Sample> history) {
  std::vector<Sample> usable;
  usable.reserve(history.size());
  std::copy_if(history.begin(), history.end(), std::back_inserter(usable), IsUsable);
  const auto earlier = [](const Sample& a, const Sample& b) { return a.at < b.at; };
  if (!std::is_sorted(usable.begin(), usable.end(), earlier)) std::stable_sort(usable.begin(), usable.end(), earlier);
  *this = Forecaster(options_);
  for (const Sample& sample : usable) Observe(sample);
  ignored_ = history.size() - usable.size();
}

bool Forecaster::Accept(const Sample& sample) {
  const bool late = !open_.empty() && BucketOf(sample.at, options_.step) < open_.bucket();
  const bool accepted = IsUsable(sample) && !late;
  if (!accepted) ++ignored_;
  return accepted;
}

void Forecaster::CloseBucket() {
  const Bucket bucket = open_.bucket();
  const double value = open_.Mean();
  const Bucket spacing = started_ ? bucket - newest_ : 1;
  const int64_t ms = Ms(StartOf(bucket, options_.step));
  if (!started_) first_ = bucket;
  Settle(bucket, value);
  const bool knew_season = KnowsSeason();
  bank_.Take(ms, spacing, value, options_.calendar);
  // What nobody could foresee without the season says nothing about what can be foreseen with it.
  if (!knew_season && KnowsSeason()) peak_.ForgetSlack();
  envelope_.Take(options_.calendar.LocalMs(ms), value);

  ++typical_count_;
  const double week = 7 * static_cast<double>(kDay.count()) / static_cast<double>(options_.step.count());
  const double gain = std::max(1 / typical_count_, std::min(1.0, static_cast<double>(spacing) / week));
  const double bounded = typical_ > 0 ? std::min(value, kOutlier * typical_) : value;
  typical_ += gain * (bounded - typical_);
  last_count_ = open_.count();
  newest_ = bucket;
  newest_value_ = value;
  started_ = true;
  if (issued_.empty() || bucket - issued_.back().at >= stride_) Issue(bucket, value, spacing);
}

void Forecaster::Issue(Bucket bucket, double value, Bucket spacing) {
  Weigh();
  const WallTime from = StartOf(bucket, options_.step);
  const View view{bank_.Combine(weights_, Ms(from), nullptr, 0, options_.calendar), from, value, options_.step};
  const int64_t step = options_.step.count();
  const Bucket skip = (lead_ + kMoments - 1) / kMoments;
  double largest = 0;
  for (Bucket i = lead_; i >= 1; i -= skip) largest = std::max(largest, view.outlook.At(i * step));
  Issued issued;
  issued.at = bucket;
  issued.spacing = spacing;
  issued.expected = std::max(view.outlook.At(lead_ * step), 0.0);
  const double rise = issued.expected - value;
  const WallTime target = view.from + options_.lead;
  Outset outset = OutsetFor(issued.expected, value, rise, target);
  outset.earlier = envelope_.At(LocalMs(target), LocalMs(target));
  issued.point = point_.Issue(outset);
  outset.expected = largest;
  outset.earlier = envelope_.At(LocalMs(view.from + options_.step), LocalMs(target));
  issued.peak = peak_.Issue(outset);
  issued.answers.resize(bank_.size());
  bank_.Answers(lead_, Ms(view.from), options_.calendar, issued.answers);
  issued_.push_back(std::move(issued));
}

void Forecaster::Settle(Bucket bucket, double value) {
  size_t due = 0;
  for (Issued& issued : issued_) {
    const Bucket target = issued.at + lead_;
    if (bucket <= target) {
      issued.largest = std::max(issued.largest, value);
      ++issued.known;
    }
    if (bucket < target) continue;
    ++due;
    // Where samples are far apart, the target may lie between two of them.
    double at_lead = value;
    if (bucket > target) {
      const double share = static_cast<double>(target - newest_) / static_cast<double>(bucket - newest_);
      at_lead = newest_value_ + share * (value - newest_value_);
      issued.largest = std::max(issued.largest, at_lead);
      ++issued.known;
    }
    // Half a window with no samples says little about the whole.
    const Bucket dense = std::min(issued.spacing, lead_);
    if (2 * issued.known * dense < lead_ || bucket - newest_ > lead_ + issued.spacing) continue;
    const double combined = issued.expected;
    const double gradient = combined > at_lead ? 1 : combined < at_lead ? -1 : 0;
    aggregation_.Learn(gradient, combined, issued.answers);
    error_base_ = score_keep_ * error_base_ + at_lead;
    combined_error_ = score_keep_ * combined_error_ + std::abs(at_lead - combined);
    for (size_t i = 0; i < model_errors_.size(); ++i) {
      model_errors_[i] = score_keep_ * model_errors_[i] + std::abs(at_lead - issued.answers[i]);
    }
    point_.Settle(issued.point, at_lead);
    peak_.Settle(issued.peak, issued.largest);
  }
  issued_.erase(issued_.begin(), issued_.begin() + static_cast<std::ptrdiff_t>(due));
}

void Forecaster::Weigh() { aggregation_.Weights(bank_.usable(), weights_); }

Forecaster::View Forecaster::Look() const {
  const WallTime newest = StartOf(newest_, options_.step);
  if (open_.empty() || open_.bucket() <= newest_) {
    return {bank_.Combine(weights_, Ms(newest), nullptr, 0, options_.calendar), newest, newest_value_, options_.step};
  }
  // The open bucket counts as far as it is filled, judged by the one before it.
  const double filled = static_cast<double>(open_.count()) / static_cast<double>(std::max<size_t>(last_count_, 1));
  const double belief = std::min(filled, 1.0);
  const double mean = open_.Mean();
  const WallTime from = StartOf(open_.bucket(), options_.step);
  return {bank_.Combine(weights_, Ms(from), &mean, belief, options_.calendar), from,
          newest_value_ + belief * (mean - newest_value_), options_.step};
}

double Forecaster::View::At(milliseconds ahead) const {
  if (ahead <= milliseconds(0)) return std::max(now, 0.0);
  if (ahead >= step) return std::max(outlook.At(ahead.count()), 0.0);
  const double share = static_cast<double>(ahead.count()) / static_cast<double>(step.count());
  return std::max(now + share * (outlook.At(step.count()) - now), 0.0);
}

Outset Forecaster::OutsetFor(double expected, double last, double rise, WallTime at) const {
  const int64_t period = ShortestSeason(options_).count();
  const int64_t into = FloorMod(LocalMs(at), period);
  const auto part = static_cast<size_t>(into * static_cast<int64_t>(IntervalTracker::kParts) / period);
  return {expected, last, typical_, rise, std::min(part, IntervalTracker::kParts - 1), std::nullopt};
}

double Forecaster::Widening(milliseconds ahead) const {
  // Errors of a level that wanders grow with the root of time; within one step demand is taken to be linear, and so is
  // what is not known of it.
  const milliseconds grown = std::max(ahead, options_.step);
  const double steps = static_cast<double>(ahead.count()) / static_cast<double>(options_.step.count());
  const double leads = static_cast<double>(grown.count()) / static_cast<double>(options_.lead.count());
  return std::clamp(steps, 0.0, 1.0) * std::min(std::sqrt(leads), kWidestMargin);
}

std::optional<Forecaster::Peak> Forecaster::PeakOver(WallTime now, milliseconds window) const {
  if (!ready()) return std::nullopt;
  const View view = Look();
  const WallTime start = std::max(std::min(now, WallTime(milliseconds(int64_t{1} << 53))), view.from);
  const milliseconds longest = kLongestLead * options_.step;
  const milliseconds first = std::min(milliseconds(start - view.from), longest);
  const milliseconds last = first + std::clamp(window, milliseconds(0), longest);

  // The corners of the path: its ends and the steps between them.
  const milliseconds grid = options_.step * (1 + (last - first) / options_.step / kMoments);
  Peak peak{.expected = 0, .quantile = 0, .by = start, .slack = peak_.Slack()};
  const auto look = [&](milliseconds ahead) {
    const double value = view.At(ahead);
    if (value <= peak.expected) return;
    peak.expected = value;
    peak.by = std::max(start, view.from + ahead);
  };
  for (milliseconds ahead = (first / grid + 1) * grid; ahead < last; ahead += grid) look(ahead);
  look(last);
  const double rise = view.At(last) - view.now;

  Outset outset = OutsetFor(peak.expected, view.now, rise, view.from + last);
  outset.earlier = envelope_.At(LocalMs(view.from + std::min(first + options_.step, last)), LocalMs(view.from + last));
  const double margin = peak_.Issue(outset).quantile - peak.expected;
  peak.quantile = std::max(peak.expected + margin * Widening(last), 0.0);
  peak.expected = std::min(peak.expected, peak.quantile);
  return peak;
}

Outset Forecaster::OutsetAt(const View& view, milliseconds ahead) const {
  const double expected = view.At(ahead);
  Outset outset = OutsetFor(expected, view.now, expected - view.now, view.from + ahead);
  outset.earlier = envelope_.At(LocalMs(view.from + ahead), LocalMs(view.from + ahead));
  return outset;
}

std::optional<Forecaster::Point> Forecaster::ForecastAt(WallTime at) const {
  if (!ready()) return std::nullopt;
  const View view = Look();
  const milliseconds longest = kLongestLead * options_.step;
  const milliseconds ahead = std::clamp(at, view.from, view.from + longest) - view.from;
  const Outset outset = OutsetAt(view, ahead);
  Point point;
  const double margin = point_.Issue(outset).quantile - outset.expected;
  point.quantile = std::max(outset.expected + margin * Widening(ahead), 0.0);
  point.expected = std::min(outset.expected, point.quantile);
  return point;
}

std::optional<Forecaster::Path> Forecaster::ForecastPath(std::span<const WallTime> moments,
                                                         std::span<const double> quantiles) const {
  if (!ready()) return std::nullopt;
  const View view = Look();
  const milliseconds longest = kLongestLead * options_.step;
  // Round the median, which is not the expected value at the lead where some ways of making a margin know better; far
  // ahead, where none was judged, it is.
  std::vector<double> levels{kMedian};
  levels.insert(levels.end(), quantiles.begin(), quantiles.end());
  std::vector<double> values(levels.size());
  Path path;
  for (const WallTime moment : moments) {
    const milliseconds ahead = std::clamp(moment, view.from, view.from + longest) - view.from;
    const Outset outset = OutsetAt(view, ahead);
    path.expected.push_back(outset.expected);
    point_.Quantiles(outset, levels, values);
    const double widening = Widening(ahead);
    const double known_better =
        ahead <= options_.lead ? 1 : options_.lead / std::chrono::duration<double, std::milli>(ahead);
    const double median = outset.expected + (values[0] - outset.expected) * known_better;
    for (size_t k = 1; k < values.size(); ++k) {
      path.quantiles.push_back(std::max(median + (values[k] - values[0]) * widening, 0.0));
    }
  }
  return path;
}

std::optional<Forecaster::Expected> Forecaster::HighestExpected(WallTime now, milliseconds horizon) const {
  if (!ready()) return std::nullopt;
  const View view = Look();
  const milliseconds longest = kLongestLead * options_.step;
  const milliseconds first = std::clamp(now, view.from, view.from + longest) - view.from;
  const milliseconds last = first + std::clamp(horizon, milliseconds(0), longest);
  const milliseconds grid = options_.step * (1 + (last - first) / options_.step / kMoments);
  Expected highest{view.from + last, view.At(last)};
  for (milliseconds ahead = first + grid; ahead < last; ahead += grid) {
    const double value = view.At(ahead);
    const bool better = value > highest.value || (value == highest.value && view.from + ahead < highest.at);
    if (better) highest = {view.from + ahead, value};
  }
  return highest;
}

std::optional<WallTime> Forecaster::newest() const {
  if (!open_.empty()) return StartOf(open_.bucket(), options_.step);
  if (started_) return StartOf(newest_, options_.step);
  return std::nullopt;
}

Forecaster::Status Forecaster::status() const {
  Status status;
  status.ready = ready();
  status.history = started_ ? (newest_ - first_ + 1) * options_.step : milliseconds(0);
  status.history_needed = 2 * lead_ * options_.step;
  status.samples = samples_;
  status.ignored = ignored_;
  if (!status.ready) {
    status.reason = fmt::format("A forecast needs {} of history; there are {}.", FormatDuration(status.history_needed),
                                FormatDuration(status.history));
    return status;
  }
  status.seasons = SeasonsInUse();
  for (const milliseconds season : status.seasons) {
    if (!status.model.empty()) status.model += '+';
    status.model += NameOf(season);
  }
  const bool last_value = weights_.front() > 0.5;
  status.model += status.seasons.empty() ? (last_value ? "last value" : "Holt-Winters, no season") : " Holt-Winters";
  for (const Season& season : bank_.seasons()) {
    if (season.ready()) continue;
    const milliseconds period(season.period_ms());
    if (!status.reason.empty()) status.reason += ' ';
    status.reason += fmt::format("The season of {} needs {} of history; there are {}.", FormatDuration(period),
                                 FormatDuration(2 * period), FormatDuration(status.history));
  }
  status.wape = error_base_ > 0 ? std::min(combined_error_ / error_base_, kMostWape) : 0;
  status.coverage = peak_.Coverage();
  status.coverage_of_point = point_.Coverage();
  return status;
}

std::vector<milliseconds> Forecaster::SeasonsInUse() const {
  std::vector<double> carried(bank_.seasons().size(), 0);
  double best_without = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < bank_.size(); ++i) {
    if (bank_.SeasonOf(i) >= 0) {
      carried[static_cast<size_t>(bank_.SeasonOf(i))] += weights_[i];
    } else {
      best_without = std::min(best_without, model_errors_[i]);
    }
  }
  std::vector<milliseconds> seasons;
  if (!(combined_error_ < kClearlyBetter * best_without)) return seasons;
  for (size_t i = 0; i < carried.size(); ++i) {
    if (carried[i] >= kWorthMentioning) seasons.emplace_back(bank_.seasons()[i].period_ms());
  }
  return seasons;
}

std::vector<Forecaster::ModelScore> Forecaster::Models() const {
  std::vector<ModelScore> models;
  for (size_t i = 0; i < bank_.size(); ++i) {
    models.push_back(
        {bank_.Name(i), weights_[i], error_base_ > 0 ? std::min(model_errors_[i] / error_base_, kMostWape) : 0});
  }
  return models;
}

template <typename Archive>
void Forecaster::Persist(Archive& archive) {
  archive(open_, last_count_, samples_, ignored_, first_, newest_, started_, newest_value_, typical_, typical_count_,
          bank_, envelope_, aggregation_, weights_, point_, peak_, Growing<Issued>{issued_, 2 * kIssuesInLead},
          model_errors_, combined_error_, error_base_);
}

std::string Forecaster::Save() const {
  ArchiveWriter writer;
  const_cast<Forecaster*>(this)->Persist(writer);
  const std::string state = writer.Take();
  ArchiveWriter header;
  uint64_t made_with = Fingerprint(options_);
  uint64_t checksum = Fnv1a(state);
  header(made_with, checksum);
  return header.Take() + state;
}

Result<Forecaster> Forecaster::Restore(ForecasterOptions options, std::string_view bytes) {
  Forecaster forecaster(std::move(options));
  uint64_t made_with = 0;
  uint64_t checksum = 0;
  const std::string_view state = bytes.substr(std::min(bytes.size(), sizeof(made_with) + sizeof(checksum)));
  ArchiveReader header(bytes.substr(0, bytes.size() - state.size()));
  header(made_with, checksum);
  if (!header.complete() || made_with != Fingerprint(forecaster.options_)) {
    return InvalidArgument("the saved state of the forecaster is of another version or other options");
  }
  ArchiveReader reader(state);
  const bool intact = checksum == Fnv1a(state);
  if (intact) forecaster.Persist(reader);
  if (!intact || !reader.complete()) return InvalidArgument("the saved state of the forecaster is damaged");
  return forecaster;
}

size_t Forecaster::MemoryBytes() const {
  size_t bytes = sizeof(*this) + bank_.MemoryBytes() + envelope_.MemoryBytes() + aggregation_.MemoryBytes() +
                 point_.MemoryBytes() + peak_.MemoryBytes() + weights_.capacity() * sizeof(double) +
                 model_errors_.capacity() * sizeof(double) + options_.calendar.MemoryBytes() +
                 issued_.capacity() * sizeof(Issued);
  for (const Issued& issued : issued_) bytes += issued.answers.capacity() * sizeof(float);
  return bytes;
}

}  // namespace dso::forecast
