#include "controller/live_pod.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "base/hash.h"
#include "base/time.h"
#include "render/connection_pools.h"
#include "render/objects.h"

namespace dso::controller {

using namespace nlohmann::literals;
using kube::Json;
using kube::StringAt;

namespace {

// Clocks of the cluster tell seconds; one container may have started in the second in which the pod became unready.
constexpr milliseconds kRounding = seconds(1);

constexpr std::array<std::pair<std::string_view, PodWaits>, 14> kReasons{{
    {"ContainerCreating", PodWaits::kContainers},
    {"PodInitializing", PodWaits::kContainers},
    {"ErrImagePull", PodWaits::kImage},
    {"ImagePullBackOff", PodWaits::kImage},
    {"InvalidImageName", PodWaits::kImage},
    {"ErrImageNeverPull", PodWaits::kImage},
    {"ImageInspectError", PodWaits::kImage},
    {"RegistryUnavailable", PodWaits::kImage},
    {"SignatureValidationFailed", PodWaits::kImage},
    {"CreateContainerConfigError", PodWaits::kConfiguration},
    {"CreateContainerError", PodWaits::kConfiguration},
    {"RunContainerError", PodWaits::kConfiguration},
    {"PostStartHookError", PodWaits::kConfiguration},
    {"CrashLoopBackOff", PodWaits::kBackOff},
}};

// The elements of an array; none if it is missing or something else.
const Json& Elements(const Json& object, const Json::json_pointer& path) {
  static const Json kNone = Json::array();
  const Json* found = kube::Find(object, path);
  return found != nullptr && found->is_array() ? *found : kNone;
}

std::optional<WallTime> TimeAt(const Json& object, const Json::json_pointer& path) {
  const auto time = ParseTime(StringAt(object, path));
  return time ? std::optional(*time) : std::nullopt;
}

struct Condition {
  bool is_true = false;
  std::optional<WallTime> since;
  std::string reason;
};

// Empty if there is none of that type.
Condition ConditionOf(const Json& pod, std::string_view type) {
  for (const Json& condition : Elements(pod, "/status/conditions"_json_pointer)) {
    if (StringAt(condition, "/type"_json_pointer) != type) continue;
    return {StringAt(condition, "/status"_json_pointer) == "True",
            TimeAt(condition, "/lastTransitionTime"_json_pointer), StringAt(condition, "/reason"_json_pointer)};
  }
  return {};
}

bool HasProbe(const Json& container) {
  return container.contains("readinessProbe") || container.contains("startupProbe");
}

// Only what runs beside the containers can have a probe: init containers with restartPolicy Always (sidecars). A
// startup probe counts, as a container is not ready before it succeeds, and so do readiness gates.
bool IsProbed(const Json& pod) {
  if (!Elements(pod, "/spec/readinessGates"_json_pointer).empty()) return true;
  const Json& containers = Elements(pod, "/spec/containers"_json_pointer);
  const Json& init = Elements(pod, "/spec/initContainers"_json_pointer);
  return std::any_of(containers.begin(), containers.end(), HasProbe) || std::any_of(init.begin(), init.end(), HasProbe);
}

// When the last of its containers started; empty while one does not run. They start when the init containers are done
// and the sidecars run.
std::optional<WallTime> StartedAt(const Json& pod) {
  std::optional<WallTime> last;
  for (const Json& container : Elements(pod, "/status/containerStatuses"_json_pointer)) {
    const auto started = TimeAt(container, "/state/running/startedAt"_json_pointer);
    if (!started) return std::nullopt;
    last = std::max(last.value_or(*started), *started);
  }
  return last;
}

PodWaits WaitOf(const std::string& reason) {
  const auto found =
      std::find_if(kReasons.begin(), kReasons.end(), [&](const auto& row) { return row.first == reason; });
  return found == kReasons.end() ? PodWaits::kNothing : found->second;
}

// Of all containers, init containers included: how often they restarted, and the worst of what they wait for.
void ReadContainers(const Json& pod, LivePod& live) {
  int64_t restarts = 0;
  for (const auto& path : {"/status/initContainerStatuses"_json_pointer, "/status/containerStatuses"_json_pointer}) {
    for (const Json& container : Elements(pod, path)) {
      restarts += std::max<int64_t>(kube::IntegerAt(container, "/restartCount"_json_pointer).value_or(0), 0);
      live.waits = std::max(live.waits, WaitOf(StringAt(container, "/state/waiting/reason"_json_pointer)));
    }
  }
  live.restarts = static_cast<uint8_t>(std::min<int64_t>(restarts, std::numeric_limits<uint8_t>::max()));
}

// metadata.deletionTimestamp is when the grace period ends.
std::optional<WallTime> DeletedAt(const Json& pod) {
  const auto end = TimeAt(pod, "/metadata/deletionTimestamp"_json_pointer);
  if (!end) return std::nullopt;
  return *end - seconds(kube::IntegerAt(pod, "/metadata/deletionGracePeriodSeconds"_json_pointer).value_or(0));
}

int32_t DeletionCostAt(const Json& pod) {
  const std::string text =
      StringAt(pod, Json::json_pointer("/metadata/annotations") / std::string(kDeletionCostAnnotation));
  int32_t cost = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cost);
  return error == std::errc() && end == text.data() + text.size() ? cost : 0;
}

}  // namespace

std::string_view ToString(PodWaits waits) {
  switch (waits) {
    case PodWaits::kNothing: return "nothing";
    case PodWaits::kContainers: return "containers";
    case PodWaits::kNode: return "a node";
    case PodWaits::kImage: return "its image";
    case PodWaits::kConfiguration: return "its configuration";
    case PodWaits::kBackOff: return "the back-off of a crash loop";
  }
  return "";
}

uint32_t PoolConfigMapId(std::string_view name) { return static_cast<uint32_t>(Fnv1a(name)) | 1U; }

std::optional<LivePod> LivePod::FromJson(const Json& object) {
  const std::string uid = StringAt(object, "/metadata/uid"_json_pointer);
  const auto created = TimeAt(object, "/metadata/creationTimestamp"_json_pointer);
  if (kube::KeyOf(object).name.empty() || uid.empty() || !created) return std::nullopt;

  const std::string phase = StringAt(object, "/status/phase"_json_pointer);
  const Condition scheduled = ConditionOf(object, "PodScheduled");
  const Condition ready = ConditionOf(object, "Ready");

  LivePod pod;
  pod.uid = Fnv1a(uid);
  pod.resource_version = Fnv1a(StringAt(object, "/metadata/resourceVersion"_json_pointer));
  pod.service = StringAt(object, Json::json_pointer("/metadata/labels") / std::string(render::kServiceLabel));
  pod.since = ready.since.value_or(*created);
  pod.deleted = DeletedAt(object);
  pod.finished = phase == "Succeeded" || phase == "Failed";
  pod.deletion_cost = DeletionCostAt(object);
  if (const Json* spec = kube::Find(object, "/spec"_json_pointer)) {
    const std::string config_map = render::PoolConfigMapOf(*spec);
    if (!config_map.empty()) pod.pool_config_map = PoolConfigMapId(config_map);
  }
  ReadContainers(object, pod);
  if (!scheduled.is_true && scheduled.reason == "Unschedulable") pod.waits = PodWaits::kNode;

  pod.start.created = *created;
  pod.start.probed = IsProbed(object);
  if (scheduled.is_true) pod.start.scheduled = scheduled.since;
  pod.start.started = StartedAt(object);
  if (ready.is_true && !pod.finished) pod.start.ready = pod.since;
  // A pod is unready from its first status on, before its containers start; if later, it has been ready in between.
  const bool lapsed = !ready.is_true && pod.start.started && pod.since > *pod.start.started + kRounding;
  pod.start.unusable = lapsed || pod.finished || pod.restarts > 0 || pod.waits >= PodWaits::kImage;
  return pod;
}

void Learn(decide::StartUpTimes& times, const LivePod* before, const LivePod* after, WallTime now) {
  if (after == nullptr) {
    if (before != nullptr) times.Gone(before->uid, now);
  } else if (after->deleted) {
    times.Gone(after->uid, *after->deleted);
  } else {
    times.Take(after->uid, after->start);
  }
}

}  // namespace dso::controller
