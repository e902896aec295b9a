#include "prom/labels.h"

#include <algorithm>

namespace dso::prom {
namespace {

// Not isalpha(): that depends on the locale.
bool IsLetterOrUnderscore(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

Status ValidateName(std::string_view field, const std::string& value) {
  if (IsLabelName(value)) return {};
  return InvalidArgument(std::string(field) + " \"" + value +
                         "\" is not a label name: use letters, digits and underscores, not a digit first.");
}

}  // namespace

bool IsLabelName(std::string_view text) {
  return !text.empty() && IsLetterOrUnderscore(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
    return IsLetterOrUnderscore(c) || (c >= '0' && c <= '9');
  });
}

Status Validate(const LabelNames& labels) {
  if (Status status = ValidateName("namespaceLabel", labels.namespace_label); !status) return status;
  if (Status status = ValidateName("serviceLabel", labels.service_label); !status) return status;
  if (labels.namespace_label == labels.service_label) {
    return InvalidArgument("namespaceLabel and serviceLabel are both \"" + labels.service_label +
                           "\": name the two different labels that identify a service.");
  }
  return {};
}

}  // namespace dso::prom
