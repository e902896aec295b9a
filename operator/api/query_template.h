// Placeholders in the queries of a spec. Pure and thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace dso::api {

// Replaces {{namespace}} and {{name}}. Any other "{{" is an error: Prometheus would report it as a puzzling syntax
// error. Both values are DNS-1123 labels (FromJson refuses others), so nothing needs quoting inside a PromQL string.
Result<std::string> ExpandQuery(std::string_view query, std::string_view service_namespace, std::string_view name);

}  // namespace dso::api
