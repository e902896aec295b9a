#include "controller/rollout_reader.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

namespace dso::controller {
namespace {

using nlohmann::literals::operator""_json_pointer;

// Kubernetes' default.
constexpr seconds kUsualGrace{30};

// "25%" or 3; `otherwise` for anything else. What is beyond an int is as large as can be: the usual share would be
// less.
capacity::PodShare ShareAt(const kube::Json& spec, const kube::Json::json_pointer& path, capacity::PodShare otherwise) {
  constexpr int kMost = std::numeric_limits<int>::max();
  if (const auto number = kube::IntegerAt(spec, path)) {
    return {static_cast<int>(std::clamp<int64_t>(*number, 0, kMost)), false};
  }
  const std::string text = kube::StringAt(spec, path);
  int percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  const bool is_beyond = error == std::errc::result_out_of_range && !text.starts_with('-');
  if (is_beyond) percent = kMost;
  const bool is_percentage = (error == std::errc() || is_beyond) && std::string_view(end) == "%" && percent >= 0;
  return is_percentage ? capacity::PodShare{percent, true} : otherwise;
}

milliseconds SecondsAt(const kube::Json& spec, const kube::Json::json_pointer& path, milliseconds otherwise) {
  constexpr int64_t kMost = 365 * 24 * 3600;
  const auto number = kube::IntegerAt(spec, path);
  return number ? milliseconds(seconds(std::clamp<int64_t>(*number, 0, kMost))) : otherwise;
}

}  // namespace

std::optional<capacity::Rollout> RolloutOf(std::string_view kind, const kube::Json& spec) {
  capacity::Rollout rollout;
  rollout.termination_grace = SecondsAt(spec, "/template/spec/terminationGracePeriodSeconds"_json_pointer, kUsualGrace);
  rollout.min_ready = SecondsAt(spec, "/minReadySeconds"_json_pointer, milliseconds(0));
  if (kind == "Deployment") {
    rollout.replaces_in_place = kube::StringAt(spec, "/strategy/type"_json_pointer) == "Recreate";
    rollout.max_surge = ShareAt(spec, "/strategy/rollingUpdate/maxSurge"_json_pointer, rollout.max_surge);
    rollout.max_unavailable =
        ShareAt(spec, "/strategy/rollingUpdate/maxUnavailable"_json_pointer, rollout.max_unavailable);
    return rollout;
  }
  // A pod of a StatefulSet has to be gone before another may have its name; the other two replace nothing themselves.
  rollout.replaces_in_place = true;
  const bool known = kind == "StatefulSet" || kind == "ReplicaSet" || kind == "ReplicationController";
  return known ? std::optional(rollout) : std::nullopt;
}

capacity::Rollout AssumedRollout() {
  capacity::Rollout rollout;
  rollout.max_surge = {100, true};
  rollout.max_unavailable = {0, false};
  rollout.termination_grace = milliseconds(0);
  return rollout;
}

}  // namespace dso::controller
