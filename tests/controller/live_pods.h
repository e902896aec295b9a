// Pods as a watch tells of them, and their way into a record.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/hash.h"
#include "controller/service_record.h"

namespace dso::controller::test {

inline LivePod StartingPod(const std::string& name, WallTime created) {
  LivePod pod;
  pod.uid = Fnv1a(name);
  pod.service = "chat";
  pod.start.created = created;
  pod.start.probed = true;
  pod.since = created;
  return pod;
}
inline LivePod ReadyPod(const std::string& name, WallTime created, milliseconds start_up) {
  LivePod pod = StartingPod(name, created);
  pod.start.scheduled = created;
  pod.start.started = created + start_up / 2;
  pod.start.ready = pod.since = created + start_up;
  return pod;
}

inline void Hear(const std::string& name, LivePod pod, WallTime now, ServiceRecord& record) {
  auto after = std::make_shared<const LivePod>(std::move(pod));
  std::shared_ptr<const LivePod>& known = record.pods[name];
  Learn(record.start_up, known.get(), after.get(), now);
  known = std::move(after);
}

// One pod more, ready in time to have been so for an hour before `now`.
inline void HearScaleUp(const std::string& name, milliseconds start_up, WallTime now, ServiceRecord& record) {
  const auto order = static_cast<int64_t>(record.pods.size());
  Hear(name, ReadyPod(name, now - std::chrono::hours(24) + std::chrono::minutes(10) * order, start_up), now, record);
}
inline void HearScaleUps(int count, milliseconds start_up, WallTime now, ServiceRecord& record) {
  for (int i = 0; i < count; ++i) HearScaleUp("chat-" + std::to_string(i), start_up, now, record);
}

}  // namespace dso::controller::test
