// The objects that a service owns: brought to what was rendered with as few writes as possible. Loop thread only.
#pragma once

#include <string>

#include "controller/cluster_cache.h"
#include "controller/service_record.h"
#include "kube/client.h"

namespace dso::controller {

enum class ChildOutcome {
  kInSync,  // nothing was written
  kApplied,
  kCreated,
  kForeign,  // an object of this name belongs to somebody else: nothing was written
};

// What a cache that does not have an object says about it.
enum class CacheScope {
  kEverything,  // there is none
  kOursOnly,    // there may be one that is not ours: where a creation is refused, the API server is asked whose it is
  kNothing,     // this type is not watched, or what is not ours is likely: the API server is asked first
};

// Applies `desired` unless the live object is in sync with it. `live` comes from the cache and may be null. Every write
// carries the resourceVersion that it was decided on, so a write that was overtaken fails with kConflict. What an
// earlier service of the name has left behind (LiveObject::retained) is taken back.
Task<Result<ChildOutcome>> EnsureChild(kube::Client& client, kube::ResourceType type, kube::Json desired,
                                       std::shared_ptr<const LiveObject> live, std::string owner_uid,
                                       std::shared_ptr<ServiceRecord> record, CacheScope scope = CacheScope::kOursOnly);

// What the outcome means for a person.
Judgement JudgeChild(const Result<ChildOutcome>& outcome, const kube::ResourceType& type, const kube::ObjectKey& key);

// Deletes the object if it exists and is ours.
Task<Status> RemoveChild(kube::Client& client, kube::ResourceType type, kube::ObjectKey key,
                         std::shared_ptr<const LiveObject> live, std::string owner_uid);

}  // namespace dso::controller
