// What the kubelet asks: is the operator alive (/healthz: the loop turns), may it be counted on (/readyz: named
// checks)?
//
// Thread-safe: checks are set on the loop thread, answers are given on network threads while the loop may be stuck.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace dso::telemetry {

struct HealthReport {
  bool ok = false;
  std::string text;  // one line for each check: "[+]loop ok", "[-]caches failed: pods are still being listed"
};

class Health {
 public:
  // A turn of the loop lasts milliseconds; a liveness probe must not kill an operator that is merely busy.
  static constexpr std::chrono::seconds kLongestTurn{30};

  // `since_last_turn` is called on any thread. Each of the named checks has to report before the operator is ready.
  Health(std::function<std::chrono::nanoseconds()> since_last_turn, std::vector<std::string> readiness_checks);

  // The reason is for a person and is shown while the check fails. A check that is not known yet is added.
  void SetReady(const std::string& check, bool ready, std::string reason = {});

  HealthReport Liveness() const;
  HealthReport Readiness() const;

 private:
  struct Check {
    bool ready = false;
    std::string reason = "it has not reported yet";
  };

  const std::function<std::chrono::nanoseconds()> since_last_turn_;
  mutable std::mutex mutex_;
  std::map<std::string, Check> checks_;  // guarded by mutex_
};

}  // namespace dso::telemetry
