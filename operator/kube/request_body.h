// JSON as the API server reads it in a server-side apply: as YAML. Pure and thread-safe.
#pragma once

#include <string>

#include "kube/object.h"

namespace dso::kube {

// Text that is the same value as JSON and as YAML. JSON allows characters in a string that YAML refuses (C1 controls)
// or takes for the end of a line (U+0085, U+2028, U+2029): those are escaped here. Not all of Unicode is, because YAML
// does not know surrogate pairs. Bytes that are no UTF-8 become U+FFFD.
std::string ToRequestBody(const Json& value);

}  // namespace dso::kube
