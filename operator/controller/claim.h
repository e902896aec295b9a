// What we keep on a DeepSeekService besides its status: the finalizer, while its deletion leaves us something to undo,
// and an annotation that names the adopted autoscaler whose minimum it may hold. Both are written before the hold and
// taken away after it has been given back, so that no process can die with a hold that nobody knows of. Pure,
// thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/spec.h"
#include "kube/object.h"

namespace dso::controller {

inline constexpr const char* kFinalizer = "deepseek-operator.dev/finalizer";
inline constexpr const char* kHoldsAnnotation = "deepseek-operator.dev/holds";

struct Claim {
  bool finalizer = false;
  std::optional<api::AdoptedAutoscaler> holds;

  friend bool operator==(const Claim&, const Claim&) = default;
};

// What stands on the object, other people's finalizers included.
struct ClaimOnObject {
  Claim claim;
  std::vector<std::string> other_finalizers;

  static ClaimOnObject FromJson(const kube::Json& object);
};

// A merge patch of metadata; it is valid for this resourceVersion only.
kube::Json ClaimPatch(const ClaimOnObject& before, const Claim& after, const std::string& resource_version);

// "ScaledObject/chat"
std::string ToText(const api::AdoptedAutoscaler& ref);

}  // namespace dso::controller
