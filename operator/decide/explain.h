// The sentence that a person on call reads: which number decided, from what, and what came second. Pure, thread-safe.
#pragma once

#include <string>

#include "decide/floor.h"

namespace dso::decide {

std::string Explain(const api::ServiceSpec& spec, const Snapshot& snapshot, const Decision& decision);

// Where there is no floor beyond the minimum: prediction is off, or nothing says what the demand is.
std::string ExplainWithoutFloor(const api::ServiceSpec& spec);

}  // namespace dso::decide
