#include "rpc/request_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "api/text_patterns.h"
#include "base/decimal.h"
#include "rpc/timestamps.h"
#include "zones/zones.h"

namespace dso::rpc {
namespace {

constexpr size_t kLongestName = 253;  // of an object
constexpr double kLowestQuantile = 0.01;
constexpr double kHighestQuantile = 0.999;
constexpr milliseconds kShortestStep = seconds(1);
constexpr int kMostServicesInPage = 500;
constexpr double kReplicasAtPeak = 10;
constexpr milliseconds kLongestTrace = std::chrono::days(400);  // the simulated HPA looks every 15 s of it
constexpr int kMostReplicas = 100'000;
constexpr size_t kLongestShown = 80;

// As it goes into a message: what a client sends may be long, and need not be text.
std::string Shown(const std::string& text) {
  std::string shown = text.substr(0, kLongestShown);
  std::replace_if(
      shown.begin(), shown.end(), [](unsigned char c) { return c < ' ' || c > '~'; }, '?');
  return text.size() > kLongestShown ? shown + "…" : shown;
}

void CheckNamespace(const std::string& ns, std::vector<FieldViolation>& violations) {
  if (ns.size() <= api::kMaxLabelLength && api::IsDnsLabel(ns)) return;
  violations.push_back({"namespace", ns.empty() ? "it is missing; give the namespace of the DeepSeekService"
                                                : fmt::format("\"{}\" is not the name of a namespace", Shown(ns))});
}

void CheckName(const std::string& field, const std::string& name, std::vector<FieldViolation>& violations) {
  if (name.size() <= kLongestName && api::IsDnsSubdomain(name)) return;
  violations.push_back({field, name.empty() ? "it is missing; give the name of the DeepSeekService"
                                            : fmt::format("\"{}\" is not the name of an object", Shown(name))});
}

// Reads a duration within [least, most] where there is one.
void ReadDuration(const std::string& field, bool present, const google::protobuf::Duration& duration,
                  milliseconds least, milliseconds most, milliseconds& value, std::vector<FieldViolation>& violations) {
  if (!present) return;
  const std::optional<milliseconds> read = FromProto(duration);
  if (read && *read >= least && *read <= most) {
    value = *read;
    return;
  }
  const std::string given = read ? FormatDuration(*read) : fmt::format("{} s", duration.seconds());
  violations.push_back(
      {field, fmt::format("{} is out of range; use {} to {}", given, FormatDuration(least), FormatDuration(most))});
}

}  // namespace

Checked<ServiceName> CheckService(const std::string& ns, const std::string& name) {
  Checked<ServiceName> checked{{ns, name}, {}};
  CheckNamespace(ns, checked.violations);
  CheckName("service", name, checked.violations);
  return checked;
}

Checked<PathQuery> CheckPath(const deepseek::forecast::v1::GetForecastRequest& request) {
  Checked<PathQuery> checked;
  PathQuery& query = checked.value;
  ReadDuration("horizon", request.has_horizon(), request.horizon(), kShortestStep, kLongestHorizon, query.horizon,
               checked.violations);
  ReadDuration("step", request.has_step(), request.step(), kShortestStep, kLongestHorizon, query.step,
               checked.violations);
  // Without a horizon the path is as long as the lead, which is not known here; the answer is cut to the most points.
  const milliseconds least_step = query.horizon / static_cast<int64_t>(kMostPathPoints);
  if (query.horizon > milliseconds(0) && query.step > milliseconds(0) && query.step < least_step) {
    checked.violations.push_back(
        {"step", fmt::format("steps of {} make more than {} points of {}; use {} or more", FormatDuration(query.step),
                             kMostPathPoints, FormatDuration(query.horizon),
                             FormatDuration(std::chrono::ceil<seconds>(least_step)))});
  }
  if (request.quantiles_size() > static_cast<int>(kMostQuantiles)) {
    checked.violations.push_back(
        {"quantiles", fmt::format("there are {}; ask for {} at most", request.quantiles_size(), kMostQuantiles)});
    return checked;
  }
  for (int i = 0; i < request.quantiles_size(); ++i) {
    const double quantile = request.quantiles(i);
    const std::string field = fmt::format("quantiles[{}]", i);
    if (!(quantile >= kLowestQuantile && quantile <= kHighestQuantile)) {
      checked.violations.push_back({field, fmt::format("{} is out of range; use {} to {}, such as 0.9", quantile,
                                                       kLowestQuantile, kHighestQuantile)});
    } else if (i > 0 && !(quantile > request.quantiles(i - 1))) {
      checked.violations.push_back({field, fmt::format("{} is not above the one before; sort them", quantile)});
    }
    query.quantiles.push_back(quantile);
  }
  return checked;
}

Checked<ListQuery> CheckList(const deepseek::forecast::v1::ListServicesRequest& request) {
  Checked<ListQuery> checked;
  ListQuery& query = checked.value;
  query.ns = request.namespace_();
  if (!query.ns.empty()) CheckNamespace(query.ns, checked.violations);
  if (request.page_size() < 0 || request.page_size() > kMostServicesInPage) {
    checked.violations.push_back({"page_size", fmt::format("{} is out of range; use 1 to {}, or 0 for the default",
                                                           request.page_size(), kMostServicesInPage)});
  }
  query.page_size = static_cast<size_t>(request.page_size() > 0 ? request.page_size() : kMostServicesInPage);
  const std::string& token = request.page_token();
  if (token.empty()) return checked;
  const size_t slash = token.find('/');
  if (slash == std::string::npos || slash == 0 || token.size() > 2 * kLongestName) {
    checked.violations.push_back({"page_token", "it is not the next_page_token of an earlier answer"});
    return checked;
  }
  query.after = {token.substr(0, slash), token.substr(slash + 1)};
  return checked;
}

std::string PageToken(const Board::Key& last) { return last.first + "/" + last.second; }

Checked<ServiceName> CheckWatch(const deepseek::forecast::v1::WatchDecisionsRequest& request) {
  Checked<ServiceName> checked{{request.namespace_(), request.service()}, {}};
  if (!request.namespace_().empty()) CheckNamespace(request.namespace_(), checked.violations);
  if (request.service().empty()) return checked;
  CheckName("service", request.service(), checked.violations);
  if (request.namespace_().empty()) {
    checked.violations.push_back({"namespace", "it is missing; a service has to be given with its namespace"});
  }
  return checked;
}

Checked<ServiceName> CheckScaledObject(const externalscaler::ScaledObjectRef& ref) {
  Checked<ServiceName> checked;
  checked.value.ns = ref.namespace_();
  CheckNamespace(ref.namespace_(), checked.violations);
  const auto& metadata = ref.scalermetadata();
  const auto service = metadata.find("service");
  if (service != metadata.end()) checked.value.name = service->second;
  CheckName("scalerMetadata.service", checked.value.name, checked.violations);
  const auto ns = metadata.find("namespace");
  if (ns != metadata.end() && ns->second != ref.namespace_()) {
    checked.violations.push_back(
        {"scalerMetadata.namespace",
         fmt::format("\"{}\" is not the namespace of the ScaledObject, \"{}\"; remove it: a ScaledObject follows a "
                     "DeepSeekService of its own namespace",
                     Shown(ns->second), Shown(ref.namespace_()))});
  }
  return checked;
}

Checked<Simulation> CheckSimulation(const deepseek::forecast::v1::SimulateRequest& request) {
  Checked<Simulation> checked;
  std::vector<FieldViolation>& violations = checked.violations;
  Simulation& simulation = checked.value;
  if (request.csv().empty()) {
    violations.push_back({"csv", "it is missing; give lines of \"timestamp,value\""});
    return checked;
  }
  auto trace = sim::ParseTrace("csv", request.csv());
  if (!trace) {
    violations.push_back({"csv", Shown(trace.error().message)});
    return checked;
  }
  simulation.trace = *std::move(trace);
  if (simulation.trace.samples.size() > kMostTraceSamples) {
    violations.push_back({"csv", fmt::format("there are {} samples; give {} at most", simulation.trace.samples.size(),
                                             kMostTraceSamples)});
    return checked;
  }

  const auto& samples = simulation.trace.samples;
  const milliseconds span = samples.back().at - samples.front().at;
  if (span > kLongestTrace) {
    violations.push_back(
        {"csv", fmt::format("it spans {}; give {} at most", FormatDuration(span), FormatDuration(kLongestTrace))});
    return checked;
  }

  const auto& policy = request.policy();
  sim::BacktestOptions& options = simulation.options;
  options.capacity_per_replica = policy.capacity_per_replica();
  if (policy.capacity_per_replica() == 0) {
    const auto by_value = [](const auto& a, const auto& b) { return a.value < b.value; };
    options.capacity_per_replica = std::max_element(samples.begin(), samples.end(), by_value)->value / kReplicasAtPeak;
  }
  if (policy.hpa_target() != 0) options.policy.hpa_target = policy.hpa_target();
  if (policy.floor_target() != 0) options.policy.floor_target = policy.floor_target();
  if (policy.quantile() != 0) options.policy.quantile = policy.quantile();
  if (policy.min_replicas() != 0) options.min_replicas = policy.min_replicas();
  if (policy.max_replicas() != 0) options.max_replicas = policy.max_replicas();
  if (options.max_replicas > kMostReplicas) {
    violations.push_back(
        {"policy.max_replicas", fmt::format("{} is out of range; use 1 to {}", options.max_replicas, kMostReplicas)});
  }
  constexpr milliseconds kNone{0};
  constexpr milliseconds kDay = std::chrono::days(1);
  constexpr milliseconds kYear = std::chrono::days(366);
  ReadDuration("policy.startup", policy.has_startup(), policy.startup(), kShortestStep, kDay, options.startup,
               violations);
  ReadDuration("policy.lead", policy.has_lead(), policy.lead(), kNone, kDay, options.lead, violations);
  ReadDuration("policy.warmup", policy.has_warmup(), policy.warmup(), kNone, kYear, options.warmup, violations);
  ReadDuration("policy.scale_down_window", policy.has_scale_down_window(), policy.scale_down_window(), kNone, kDay,
               options.scale_down_window, violations);
  if (!policy.time_zone().empty()) {
    const auto clock = zones::ClockOf(policy.time_zone());
    if (clock) {
      options.calendar = forecast::Calendar(*clock, {});
    } else {
      violations.push_back({"policy.time_zone", Shown(clock.error().message)});
    }
  }
  if (Status valid = sim::Validate(simulation.trace, options); !valid && violations.empty()) {
    violations.push_back({"policy", valid.error().message});
  }
  simulation.frontier = policy.frontier();
  return checked;
}

}  // namespace dso::rpc
