// How fast decisions are made. Prints one line of JSON:
//
//   {"decision_us":…, "forecast_us":…, "decide_us":…, "all_seconds":…, "services":…, "forecasters":…}
//
// decision_us: one decision of one service: the forecast of the peak (14 d of minutes learned, day and week, a lead of
// five minutes) and the floor with its explanation; the median over rounds. forecast_us and decide_us are its parts.
// all_seconds: one decision of each of 10,000 services, each with a spec, a demand and a state of its own. 10,000
// forecasters of 59 KB would be 590 MB: so 256 are shared, which is still far more than the caches of a processor hold.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "decide/forecasting.h"

namespace {

using dso::WallTime;
using dso::decide::AskForecaster;
using dso::decide::DecideFloor;
using dso::decide::FloorState;
using dso::decide::Snapshot;
using dso::forecast::Forecaster;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr int kServices = 10'000;
constexpr int kForecasters = 256;
constexpr int kRounds = 9;
constexpr int kDecisions = 5'000;  // a round
constexpr auto kLead = std::chrono::minutes(5);
constexpr auto kHistory = std::chrono::days(14);
constexpr auto kSync = std::chrono::seconds(15);
constexpr WallTime kBegin{milliseconds(1'780'272'000'000)};  // a Monday

double SecondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

// Two weeks of days with two bumps, at a phase and a height of their own, with noise.
class Demand {
 public:
  explicit Demand(int service) : random_(static_cast<unsigned>(service)), service_(service) {}
  double At(WallTime time) {
    const double hour = std::chrono::duration<double, std::ratio<3600>>(time - kBegin).count() + service_ % 24;
    const double angle = 2 * std::numbers::pi * hour / 24;
    const double shape = 100 - 60 * std::cos(angle) + 20 * std::sin(2 * angle);
    return (1 + service_ % 7) * std::max(0.0, shape * (1 + 0.05 * gauss_(random_)));
  }

 private:
  std::mt19937 random_;
  std::normal_distribution<double> gauss_;
  int service_;
};

struct Service {
  explicit Service(int index) : demand(index) {
    spec.replicas = {.min = 2, .max = 50 + index % 50};
    spec.demand.emplace();
    spec.demand->unit = dso::api::kRequestsPerSecond;
    snapshot.capacity = dso::decide::PlanWith(7.5, 10, "PerReplica");
    snapshot.look_ahead = {.lead = kLead, .made_of = "start-ups P90 4m12s of 12 batches + 30s"};
  }

  // A sync: the forecast, then the floor. Returns the length of the explanation, which nothing may optimise away.
  size_t Decide(const Forecaster& forecaster, WallTime now) {
    snapshot.now = {dso::SteadyTime(now.time_since_epoch()), now};
    snapshot.forecast = AskForecaster(forecaster, now, kLead);
    dso::decide::Outcome outcome = DecideFloor(spec, snapshot, std::move(state));
    state = std::move(outcome.next);
    return outcome.decision.explanation.size();
  }
  void Read(WallTime now) { snapshot.demand = {.state = dso::decide::Demand::State::kKnown, .value = demand.At(now)}; }

  dso::api::ServiceSpec spec;
  Snapshot snapshot;
  FloorState state;
  Demand demand;
};

std::vector<Forecaster> Learn() {
  std::vector<Forecaster> forecasters;
  const dso::forecast::ForecasterOptions options = dso::decide::OptionsFor({}, kLead);
  for (int i = 0; i < kForecasters; ++i) {
    Demand demand(i);
    Forecaster& forecaster = forecasters.emplace_back(options);
    for (WallTime at = kBegin; at < kBegin + kHistory; at += std::chrono::minutes(1)) {
      forecaster.Observe({at, demand.At(at)});
    }
  }
  return forecasters;
}

}  // namespace

int main() {
  const std::vector<Forecaster> forecasters = Learn();
  size_t characters = 0;
  WallTime now = kBegin + kHistory;

  std::vector<double> decisions, forecasts;
  Service one(0);
  double peaks = 0;
  for (int round = 0; round < kRounds; ++round) {
    one.Read(now);
    const auto start = Clock::now();
    for (int i = 0; i < kDecisions; ++i) characters += one.Decide(forecasters[0], now += milliseconds(1));
    decisions.push_back(SecondsSince(start) / kDecisions);
    const auto asking = Clock::now();
    for (int i = 0; i < kDecisions; ++i) peaks += AskForecaster(forecasters[0], now += milliseconds(1), kLead).quantile;
    forecasts.push_back(SecondsSince(asking) / kDecisions);
  }

  std::vector<Service> services;
  services.reserve(kServices);
  for (int i = 0; i < kServices; ++i) services.emplace_back(i);
  std::vector<double> all;
  now = kBegin + kHistory;
  for (int round = 0; round < kRounds; ++round, now += kSync) {
    for (Service& service : services) service.Read(now);
    const auto start = Clock::now();
    for (size_t i = 0; i < services.size(); ++i) {
      characters += services[i].Decide(forecasters[i % forecasters.size()], now);
    }
    all.push_back(SecondsSince(start));
  }

  const double decision = Median(decisions);
  const double forecast = Median(forecasts);
  fmt::print(
      "{{\"decision_us\": {:.2f}, \"forecast_us\": {:.2f}, \"decide_us\": {:.2f}, \"all_seconds\": {:.3f}, "
      "\"services\": {}, \"forecasters\": {}, \"mean_characters\": {:.0f}, \"mean_peak\": {:.6g}}}\n",
      1e6 * decision, 1e6 * forecast, 1e6 * (decision - forecast), Median(all), kServices, kForecasters,
      static_cast<double>(characters) / (kRounds * (kDecisions + kServices)), peaks / (kRounds * kDecisions));
  return 0;
}
