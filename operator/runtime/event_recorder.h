// Events that a person reads with `kubectl describe` (events.k8s.io/v1).
//
// A repeat (same object, reason and note within ten minutes) becomes a count in the first event's `series`, written at
// most once a minute; each object has a small token bucket, so that no fault can flood etcd. Recording never blocks and
// never fails: an event that cannot be written is logged. Loop thread only.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "base/async.h"
#include "kube/client.h"
#include "runtime/token_bucket.h"

namespace dso::runtime {

struct ObjectReference {
  kube::ResourceType type;
  kube::ObjectKey key;
  std::string uid;
};

enum class EventType { kNormal, kWarning };

class EventRecorder {
 public:
  // `instance` names this process (its pod) in the events.
  EventRecorder(Loop& loop, kube::Client& client, std::string instance);

  // `reason` and `action` are CamelCase words, `note` a sentence (cut at 1 kB, the API's limit).
  void Record(const ObjectReference& regarding, EventType type, std::string reason, std::string action,
              std::string note);

  // Forgets what is remembered of an object that is gone.
  void Forget(const std::string& uid);

  // Ends when all writes that are under way have ended.
  Task<void> Drain();

 private:
  struct Series {
    kube::ObjectKey event;
    int count = 1;
    SteadyTime last_seen;
    SteadyTime last_written;
  };
  struct PerObject {
    TokenBucket budget;
    std::unordered_map<std::string, Series> series;  // by reason and note
  };

  Task<void> Write(kube::Json event);
  Task<void> WriteSeries(kube::ObjectKey event, int count);
  void DropOld(PerObject& object) const;

  Loop& loop_;
  kube::Client& client_;
  std::string instance_;
  std::unordered_map<std::string, PerObject> objects_;  // by UID
  uint64_t sequence_ = 0;
  WaitGroup writes_;
};

}  // namespace dso::runtime
