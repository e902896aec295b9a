// How fast the forecaster learns, and how much it holds. Prints one line of JSON:
//
//   forecast_speed TRACE.csv     {"fit_ms":…, "update_us":…, "decision_us":…, "memory_bytes":…, "samples":…,
//   "step_s":…}
//
// fit_ms: a new forecaster (day + week, lead of 20 minutes) learns the whole trace; the median of several runs.
// update_us, decision_us: one more sample, and the question for the peak after it; means over the trace's last day.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "decide/forecasting.h"
#include "sim/trace.h"

namespace {

using Clock = std::chrono::steady_clock;
using dso::forecast::Forecaster;
using dso::forecast::ForecasterOptions;
using dso::forecast::Sample;

constexpr int kRuns = 9;
constexpr auto kLead = std::chrono::minutes(20);

double MillisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: forecast_speed TRACE.csv\n");
    return 2;
  }
  std::ifstream file(argv[1]);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto trace = dso::sim::ParseTrace(argv[1], text);
  if (!trace) {
    fmt::print(stderr, "forecast_speed: {}\n", trace.error().message);
    return 1;
  }
  const std::vector<Sample>& samples = trace->samples;
  const auto step = dso::sim::SampleStep(samples);
  dso::api::PredictionSpec prediction;
  prediction.lead_time = kLead;
  const ForecasterOptions options = dso::decide::OptionsFor(prediction, step);

  std::vector<double> fits;
  Forecaster forecaster(options);
  for (int run = 0; run < kRuns; ++run) {
    const auto start = Clock::now();
    forecaster.Fit(samples);
    fits.push_back(MillisecondsSince(start));
  }
  std::nth_element(fits.begin(), fits.begin() + kRuns / 2, fits.end());

  const auto day = static_cast<size_t>(std::chrono::hours(24) / step);
  const size_t before = samples.size() - std::min(day, samples.size() / 2);
  Forecaster live(options);
  for (size_t i = 0; i < before; ++i) live.Observe(samples[i]);
  double peaks = 0;
  double observing = 0;
  const auto start = Clock::now();
  for (size_t i = before; i < samples.size(); ++i) {
    const auto at = Clock::now();
    live.Observe(samples[i]);
    observing += MillisecondsSince(at);
    if (const auto peak = live.PeakOver(samples[i].at, kLead)) peaks += peak->quantile;
  }
  const double asked = static_cast<double>(samples.size() - before);
  const double both = MillisecondsSince(start);
  fmt::print(
      "{{\"fit_ms\": {:.3f}, \"update_us\": {:.3f}, \"decision_us\": {:.3f}, \"memory_bytes\": {}, \"samples\": {}, "
      "\"step_s\": {}, \"mean_peak\": {:.6g}}}\n",
      fits[kRuns / 2], 1000 * observing / asked, 1000 * (both - observing) / asked, forecaster.MemoryBytes(),
      samples.size(), std::chrono::duration<double>(step).count(), peaks / asked);
  return 0;
}
