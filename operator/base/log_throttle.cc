#include "base/log_throttle.h"

#include <algorithm>
#include <utility>

namespace dso {
namespace {

// Kinds come from the code and from names of resources and servers: more of them are forgotten once they are quiet.
constexpr size_t kManyKinds = 256;

}  // namespace

std::optional<int> LogThrottle::Admit(const std::string& kind, SteadyTime now) {
  if (kinds_.size() >= kManyKinds && !kinds_.contains(kind)) DropIdle(now);
  Kind& known = kinds_.try_emplace(kind, Kind{.budget = kLogBurst, .left_out = 0, .refilled_at = now}).first->second;
  const int64_t refills = (now - known.refilled_at) / kLogInterval;
  known.refilled_at += refills * kLogInterval;
  known.budget = static_cast<int>(std::min<int64_t>(kLogBurst, known.budget + refills));
  if (known.budget == 0) {
    ++known.left_out;
    return std::nullopt;
  }
  --known.budget;
  return std::exchange(known.left_out, 0);
}

void LogThrottle::DropIdle(SteadyTime now) {
  std::erase_if(kinds_, [now](const auto& entry) {
    return entry.second.left_out == 0 && now - entry.second.refilled_at > kLogBurst * kLogInterval;
  });
}

}  // namespace dso
