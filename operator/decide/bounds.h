// Between what a floor stays, whatever is needed. Pure, thread-safe.
#pragma once

#include <algorithm>

#include "api/spec.h"
#include "decide/snapshot.h"

namespace dso::decide {

struct Bounds {
  int min = 1;
  int max = 1;

  int Clamp(int replicas) const { return std::clamp(replicas, min, max); }
};

// True if not replicas.max is what ends the floor, but the maximum of an adopted autoscaler.
inline bool EndsAtAdopted(const api::ServiceSpec& spec, const Snapshot& snapshot) {
  return snapshot.most_replicas && *snapshot.most_replicas < spec.replicas.max;
}

// The maximum of an adopted autoscaler may lie below replicas.min: then nothing is gained by asking for more.
inline Bounds BoundsOf(const api::ServiceSpec& spec, const Snapshot& snapshot) {
  const int max = std::max(EndsAtAdopted(spec, snapshot) ? *snapshot.most_replicas : spec.replicas.max, 1);
  return {std::min(spec.replicas.min, max), max};
}

}  // namespace dso::decide
