#include "prom/namespaces.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace dso::prom {
namespace {

// Of what Kubernetes allows in the name of a namespace, nothing means anything in a regular expression or a string.
bool IsNamespace(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

Result<std::string> NamespaceMatcher(const LabelNames& labels, const std::vector<std::string>& namespaces) {
  if (Status status = Validate(labels); !status) return std::move(status).error();
  if (namespaces.empty()) return std::string();
  const auto bad = std::find_if_not(namespaces.begin(), namespaces.end(), IsNamespace);
  if (bad != namespaces.end()) {
    return InvalidArgument(
        fmt::format("\"{}\" is not the name of a namespace: use lower-case letters, digits and '-'.", *bad));
  }
  return fmt::format("{}=~\"{}\"", labels.namespace_label, fmt::join(namespaces, "|"));
}

std::string WithMatcher(std::string_view expr, std::string_view matcher) {
  std::string limited;
  while (true) {
    const size_t open = expr.find('{');
    if (open == expr.npos) return limited.append(expr);
    const size_t close = expr.find('}', open);
    const std::string_view others = expr.substr(open + 1, close - open - 1);
    const std::string_view comma = others.empty() || matcher.empty() ? "" : ",";
    limited.append(expr.substr(0, open));
    if (!others.empty() || !matcher.empty())
      fmt::format_to(std::back_inserter(limited), "{{{}{}{}}}", others, comma, matcher);
    expr.remove_prefix(close + 1);
  }
}

}  // namespace dso::prom
