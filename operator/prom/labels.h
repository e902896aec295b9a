// Label names as PromQL allows them without quotes. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace dso::prom {

// The labels that say whose series it is; the administrator's setting, one pair for each server.
struct LabelNames {
  std::string namespace_label = "namespace";
  std::string service_label = "service";
};

// True for [a-zA-Z_][a-zA-Z0-9_]*: such a name can stand in a query as it is.
bool IsLabelName(std::string_view text);

// Both are label names, and two different ones.
Status Validate(const LabelNames& labels);

}  // namespace dso::prom
