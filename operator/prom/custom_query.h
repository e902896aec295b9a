// A query of a DeepSeekService's own (spec.demand.query) with its placeholders filled in. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dso::prom {

// The same bound as in the custom resource's schema; a query that sums one service's series is a few hundred
// characters.
inline constexpr size_t kMaxQueryBytes = 4096;

// Replaces {{namespace}} and {{name}} (blanks within the braces are allowed). kInvalidArgument for an empty or too long
// query, an unknown placeholder (the message lists the known ones) and braces that do not close.
Result<std::string> FillPlaceholders(std::string_view query, std::string_view namespace_name, std::string_view name);

// `value` for the inside of a PromQL string literal, whichever quote it is in: everything but letters, digits and
// "-._/:" becomes \xHH, so nothing can end the literal. (Kubernetes' names need no escape; this does not rely on it.)
std::string EscapeForLiteral(std::string_view value);

}  // namespace dso::prom
