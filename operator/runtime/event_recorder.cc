#include "runtime/event_recorder.h"

#include <fmt/format.h>

#include "base/log.h"

namespace dso::runtime {
namespace {

constexpr size_t kLongestNote = 1024;  // validation of events.k8s.io/v1
constexpr milliseconds kSeriesLifetime = std::chrono::minutes(10);
constexpr milliseconds kSeriesWriteInterval = std::chrono::minutes(1);
constexpr double kEventsPerSecond = 1.0 / 60;  // of one object in the long run
constexpr double kEventBurst = 15;

// Cut between characters: half of one would be replaced by something longer when it is written.
std::string Clipped(std::string note) {
  if (note.size() <= kLongestNote) return note;
  size_t end = kLongestNote - 3;
  while (end > 0 && (static_cast<unsigned char>(note[end]) & 0xC0) == 0x80) --end;
  return note.substr(0, end) + "...";
}

}  // namespace

EventRecorder::EventRecorder(Loop& loop, kube::Client& client, std::string instance)
    : loop_(loop), client_(client), instance_(std::move(instance)) {}

void EventRecorder::Record(const ObjectReference& regarding, EventType type, std::string reason, std::string action,
                           std::string note) {
  note = Clipped(std::move(note));
  const SteadyTime now = loop_.Now();
  auto [found, is_new] = objects_.try_emplace(regarding.uid, PerObject{{kEventsPerSecond, kEventBurst}, {}});
  PerObject& object = found->second;
  DropOld(object);

  if (const auto repeat = object.series.find(reason + note); repeat != object.series.end()) {
    Series& series = repeat->second;
    ++series.count;
    series.last_seen = now;
    if (now - series.last_written >= kSeriesWriteInterval && object.budget.TryTake(now)) {
      series.last_written = now;
      Spawn(WriteSeries(series.event, series.count));
    }
    return;
  }
  if (!object.budget.TryTake(now)) return;

  // Named by time and sequence: a POST that the HTTP library repeats on a stale connection then finds its own first
  // try.
  const std::string name =
      fmt::format("{}.{:x}.{:x}", regarding.key.name, loop_.WallNow().time_since_epoch().count(), ++sequence_);
  object.series.emplace(reason + note, Series{{regarding.key.ns, name}, 1, now, now});
  Spawn(Write({{"metadata", {{"name", name}, {"namespace", regarding.key.ns}}},
               {"eventTime", FormatMicroTime(loop_.WallNow())},
               {"reportingController", "deepseek-operator.dev/deepseek-operator"},
               {"reportingInstance", instance_},
               {"type", type == EventType::kNormal ? "Normal" : "Warning"},
               {"reason", std::move(reason)},
               {"action", std::move(action)},
               {"note", std::move(note)},
               {"regarding",
                {{"apiVersion", regarding.type.ApiVersion()},
                 {"kind", regarding.type.kind},
                 {"namespace", regarding.key.ns},
                 {"name", regarding.key.name},
                 {"uid", regarding.uid}}}}));
}

void EventRecorder::Forget(const std::string& uid) { objects_.erase(uid); }

void EventRecorder::DropOld(PerObject& object) const {
  std::erase_if(object.series,
                [this](const auto& entry) { return loop_.Now() - entry.second.last_seen > kSeriesLifetime; });
}

Task<void> EventRecorder::Write(kube::Json event) {
  const WaitGroup::Entry under_way = writes_.Enter();
  Result<kube::Json> written = co_await client_.Create(kube::kEvents, std::move(event));
  if (!written && written.error().code != ErrorCode::kAlreadyExists) {
    LogWarning("cannot write an event", {{"error", written.error().message}});
  }
}

Task<void> EventRecorder::WriteSeries(kube::ObjectKey event, int count) {
  const WaitGroup::Entry under_way = writes_.Enter();
  kube::Json patch{{"series", {{"count", count}, {"lastObservedTime", FormatMicroTime(loop_.WallNow())}}}};
  Result<kube::Json> written = co_await client_.MergePatch(kube::kEvents, event, std::move(patch));
  if (!written && written.error().code != ErrorCode::kNotFound) {
    LogWarning("cannot update an event", {{"error", written.error().message}});
  }
}

Task<void> EventRecorder::Drain() { return writes_.Wait(); }

}  // namespace dso::runtime
