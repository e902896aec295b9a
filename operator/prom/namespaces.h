// Queries that ask for the series of some namespaces only: what nobody looks at need not be computed, sent and parsed.
// Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prom/labels.h"

namespace dso::prom {

// `namespace=~"prod|staging"`; "" without namespaces, which means all of them. kInvalidArgument if a label name or a
// namespace cannot stand in a query: nothing unchecked ever reaches PromQL.
Result<std::string> NamespaceMatcher(const LabelNames& labels, const std::vector<std::string>& namespaces);

// The expression with `matcher` in each of its selectors. Every metric in `expr` has one, `{}` if it matches nothing
// else, and no brace stands anywhere else: `rate(a_total{}[2m]) / b{code="200"}`.
std::string WithMatcher(std::string_view expr, std::string_view matcher);

}  // namespace dso::prom
