// An autoscaler that somebody else owns, as far as adoption is concerned: what it scales, its bounds, and what we have
// left on it. The same for a HorizontalPodAutoscaler (minReplicas) and a ScaledObject (minReplicaCount). Pure,
// thread-safe.
//
// While a service holds the minimum, three annotations say so, written in one patch with the minimum: who holds it,
// what it was before, and what we wrote. So whoever finds the object (this process, the next one, `restore`) knows
// without any other memory whether the value is still ours, and what to put back.
#pragma once

#include <optional>
#include <string>

#include "api/spec.h"
#include "kube/object.h"

namespace dso::controller {

inline constexpr const char* kAdoptedByAnnotation = "deepseek-operator.dev/adopted-by";
inline constexpr const char* kOriginalAnnotation = "deepseek-operator.dev/original-min-replicas";  // or "absent"
inline constexpr const char* kFloorAnnotation = "deepseek-operator.dev/floor";

// "absent", or the number of replicas.
std::string MinimumToText(std::optional<int> minimum);
// `otherwise` if the text is neither.
std::optional<int> MinimumFromText(const std::string& text, std::optional<int> otherwise);

struct Adoptable {
  api::AdoptedAutoscaler::Kind kind = api::AdoptedAutoscaler::Kind::kHorizontalPodAutoscaler;
  kube::ObjectKey key;
  std::string uid;
  std::string resource_version;
  std::string target_kind;
  std::string target_name;
  std::optional<int> minimum;  // absent: Kubernetes' default of 1, KEDA's of 0
  int maximum = 1;
  std::string controller_kind;  // of the ownerReference with controller=true; "" if nobody controls it
  std::string controller_name;

  // What we have left on it.
  std::string held_by;  // name of the DeepSeekService; "" while nobody holds the minimum
  std::string original_text;
  std::string floor_text;
  // Who else has written the minimum the last time, as the API server recorded it; "" if it did not.
  std::string minimum_writer;

  static Adoptable FromJson(api::AdoptedAutoscaler::Kind kind, const kube::Json& object);

  bool IsHeld() const { return !held_by.empty(); }
  // The minimum is what we wrote.
  bool HasOurFloor() const { return IsHeld() && floor_text == MinimumToText(minimum); }
  // What the owner wants the minimum to be. A value that is not ours is theirs.
  std::optional<int> Original() const;
  // "HorizontalPodAutoscaler chat".
  std::string ToString() const;
};

// Merge patches; each is valid for the version of the object that it was made from only.
kube::Json HoldPatch(const Adoptable& live, const std::string& service, std::optional<int> original, int floor);
// Takes our annotations away, and puts the original back unless somebody else has written the minimum since.
// Precondition: live.IsHeld().
kube::Json RestorePatch(const Adoptable& live);

}  // namespace dso::controller
