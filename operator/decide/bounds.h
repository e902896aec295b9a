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

// The ceiling, if not replicas.max is what ends the floor.
inline std::optional<Ceiling> LowerCeiling(const api::ServiceSpec& spec, const Snapshot& snapshot) {
  return snapshot.ceiling && snapshot.ceiling->replicas < spec.replicas.max ? snapshot.ceiling : std::nullopt;
}

// A ceiling may lie below replicas.min: then nothing is gained by asking for more.
inline Bounds BoundsOf(const api::ServiceSpec& spec, const Snapshot& snapshot) {
  const auto ceiling = LowerCeiling(spec, snapshot);
  const int max = std::max(ceiling ? ceiling->replicas : spec.replicas.max, 1);
  return {std::min(spec.replicas.min, max), max};
}

}  // namespace dso::decide
