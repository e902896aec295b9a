#include "forecast/holt_winters.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace dso::forecast {
namespace {

// Weight of the newest innovation in the running scale: about the last 20 to 50 steps count.
constexpr double kScaleWeight = 0.05;
// So many innovations in a row, on one side and of at least so many scales, are a shift of the level, not spikes.
constexpr int kShiftRun = 3;
constexpr double kShiftScales = 3;
// During a shift the level takes up at least this share of each innovation.
constexpr double kShiftLevel = 0.5;

}  // namespace

size_t SlotOf(Bucket bucket, size_t period) {
  const Bucket slot = bucket % static_cast<Bucket>(period);
  return static_cast<size_t>(slot < 0 ? slot + static_cast<Bucket>(period) : slot);
}

double DampedSteps(double damping, double h) {
  return damping < 1 ? damping * (1 - std::pow(damping, h)) / (1 - damping) : h;
}

HoltWinters::HoltWinters(Smoothing constants, std::vector<Profile> seasons, State state)
    : constants_(std::move(constants)), seasons_(std::move(seasons)), state_(state) {
  for (const Profile& season : seasons_)
    phase_.push_back(static_cast<uint32_t>(SlotOf(state_.bucket + 1, season.size())));
}

HoltWinters::State HoltWinters::Age(State state, Bucket steps) const {
  const double h = static_cast<double>(steps);
  state.bucket += steps;
  if (state.trend != 0) {
    state.level += DampedSteps(constants_.damping, h) * state.trend;
    state.trend *= std::pow(constants_.damping, h);
  }
  if (state.residual != 0) state.residual *= std::pow(constants_.residual, h);
  return state;
}

HoltWinters::Step HoltWinters::Advance(const State& state, double value, double weight) const {
  State next = state;
  ++next.bucket;
  next.trend *= constants_.damping;
  next.level += next.trend;
  const double surprise = value - next.level - SeasonAt(next.bucket);
  ++next.updates;
  if (next.updates == 1) {  // nothing was expected yet, so there is no surprise to learn from
    next.level += surprise;
    return {next, 0};
  }
  double level_gain = constants_.level;
  double trend_gain = constants_.trend;
  double season_gain = 1;

  // A scale of zero says that there was nothing to compare with yet, or a constant: it bounds nothing.
  const double unit = state.scale > 0 ? state.scale : std::numeric_limits<double>::infinity();
  double innovation = std::clamp(surprise, -constants_.clip * unit, constants_.clip * unit);
  const int side = std::abs(surprise) > kShiftScales * unit ? (surprise > 0 ? 1 : -1) : 0;
  next.run = state.run * side > 0 ? std::clamp(state.run + side, -kShiftRun, kShiftRun) : side;
  if (std::abs(next.run) == kShiftRun) {
    innovation = surprise;
    level_gain = std::max(level_gain, kShiftLevel);
    trend_gain = season_gain = 0;
  }
  // The first values are averaged, so that the start leaves no trace.
  level_gain = std::max(level_gain, 1.0 / static_cast<double>(next.updates));
  const double scale_gain = std::max(kScaleWeight, 1.0 / static_cast<double>(next.updates - 1));

  next.level += weight * level_gain * innovation;
  next.trend += weight * level_gain * trend_gain * innovation;
  next.residual = weight * (1 - level_gain) * innovation + (1 - weight) * constants_.residual * state.residual;
  // Bounded in a shift, too: the scale is that of the noise.
  const double deviation = std::min(std::abs(surprise), kShiftScales * unit);
  next.scale += weight * scale_gain * (deviation - next.scale);
  return {next, season_gain * innovation};
}

void HoltWinters::Update(double value) {
  const Step step = Advance(state_, value, 1);
  for (size_t i = 0; i < seasons_.size(); ++i) {
    float& slot = seasons_[i][phase_[i]];
    slot = static_cast<float>(slot + constants_.season[i] * step.innovation);
  }
  state_ = step.next;
  MovePhase();
}

void HoltWinters::Skip() {
  state_ = Age(state_, 1);
  MovePhase();
}

void HoltWinters::Take(float value) {
  if (std::isnan(value)) {
    Skip();
  } else {
    Update(value);
  }
}

HoltWinters::State HoltWinters::Peek(Bucket bucket, double value, double weight) const {
  return Advance(Age(state_, bucket - 1 - state_.bucket), value, weight).next;
}

double HoltWinters::Forecast(const State& state, Bucket bucket) const {
  const double h = static_cast<double>(std::max<Bucket>(bucket - state.bucket, 0));
  const double trend = state.trend == 0 ? 0 : DampedSteps(constants_.damping, h) * state.trend;
  const double residual = state.residual == 0 ? 0 : std::pow(constants_.residual, h) * state.residual;
  return state.level + trend + residual + SeasonAt(std::max(bucket, state.bucket));
}

PathPeak HoltWinters::Peak(const State& state, Bucket first, Bucket last) const {
  const double before = static_cast<double>(std::max<Bucket>(first - state.bucket, 0));
  double trend = DampedSteps(constants_.damping, before) * state.trend;
  double slope = std::pow(constants_.damping, before) * state.trend;
  double residual = std::pow(constants_.residual, before) * state.residual;
  PathPeak peak{-std::numeric_limits<double>::infinity(), first};
  for (Bucket bucket = first; bucket <= last; ++bucket) {
    const double value = state.level + trend + residual + SeasonAt(bucket);
    if (value > peak.value) peak = {value, bucket};
    if (bucket < state.bucket) continue;
    slope *= constants_.damping;
    trend += slope;
    residual *= constants_.residual;
  }
  return peak;
}

size_t HoltWinters::MemoryBytes() const {
  size_t bytes = constants_.season.capacity() * sizeof(double) + phase_.capacity() * sizeof(uint32_t);
  for (const Profile& season : seasons_) bytes += sizeof(Profile) + season.capacity() * sizeof(float);
  return bytes;
}

double HoltWinters::SeasonAt(Bucket bucket) const {
  double sum = 0;
  const Bucket ahead = bucket - state_.bucket - 1;
  for (size_t i = 0; i < seasons_.size(); ++i) {
    const size_t period = seasons_[i].size();
    // Division costs more than all the rest of a step, and nearly every bucket asked for is less than a period ahead.
    size_t slot = phase_[i] + static_cast<size_t>(ahead);
    if (ahead < 0 || slot >= 2 * period) {
      slot = SlotOf(bucket, period);
    } else if (slot >= period) {
      slot -= period;
    }
    sum += seasons_[i][slot];
  }
  return sum;
}

void HoltWinters::MovePhase() {
  for (size_t i = 0; i < seasons_.size(); ++i) {
    if (++phase_[i] == seasons_[i].size()) phase_[i] = 0;
  }
}

}  // namespace dso::forecast
