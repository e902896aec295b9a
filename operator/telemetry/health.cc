#include "telemetry/health.h"

#include <fmt/format.h>

#include <utility>

#include "base/time.h"

namespace dso::telemetry {
namespace {

// The form of the Kubernetes components' own verbose endpoints.
void AddLine(HealthReport& report, std::string_view check, bool ok, std::string_view reason) {
  report.ok = report.ok && ok;
  report.text += ok ? fmt::format("[+]{} ok\n", check) : fmt::format("[-]{} failed: {}\n", check, reason);
}

HealthReport Concluded(HealthReport report, std::string_view endpoint) {
  report.text += fmt::format("{} check {}\n", endpoint, report.ok ? "passed" : "failed");
  return report;
}

}  // namespace

Health::Health(std::function<std::chrono::nanoseconds()> since_last_turn, std::vector<std::string> readiness_checks)
    : since_last_turn_(std::move(since_last_turn)) {
  for (std::string& check : readiness_checks) checks_.try_emplace(std::move(check));
}

void Health::SetReady(const std::string& check, bool ready, std::string reason) {
  const std::lock_guard lock(mutex_);
  checks_[check] = {.ready = ready, .reason = std::move(reason)};
}

HealthReport Health::Liveness() const {
  const auto age = std::chrono::floor<milliseconds>(since_last_turn_());
  HealthReport report{.ok = true, .text = {}};
  AddLine(report, "loop", age <= kLongestTurn,
          fmt::format("the event loop has not turned for {}, the limit is {}", FormatDuration(age),
                      FormatDuration(kLongestTurn)));
  return Concluded(std::move(report), "healthz");
}

HealthReport Health::Readiness() const {
  HealthReport report{.ok = true, .text = {}};
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, check] : checks_) AddLine(report, name, check.ready, check.reason);
  }
  return Concluded(std::move(report), "readyz");
}

}  // namespace dso::telemetry
