// The sentence that a person on call reads: which number decided and from what, what came second, and what would change
// it. Pure, thread-safe.
#pragma once

#include <string>

#include "decide/bounds.h"
#include "decide/floor.h"
#include "decide/needs.h"

namespace dso::decide {

// What there is to explain.
struct Explained {
  const api::ServiceSpec& spec;
  const Snapshot& snapshot;
  const Bounds& bounds;
  const Needs& needs;
  const Decision& decision;
  const FloorState& state;  // after the decision
  int stabilized = 0;       // the maximum over the window
};
std::string Explain(const Explained& explained);

}  // namespace dso::decide
