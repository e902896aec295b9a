#include "api/query_template.h"

#include <fmt/format.h>

#include "api/utf8.h"

namespace dso::api {

Result<std::string> ExpandQuery(std::string_view query, std::string_view service_namespace, std::string_view name) {
  constexpr std::string_view kOpen = "{{";
  constexpr size_t kMaxShown = 20;
  constexpr std::string_view kClose = "}}";
  std::string expanded;
  while (true) {
    const size_t open = query.find(kOpen);
    expanded += query.substr(0, open);
    if (open == std::string_view::npos) return expanded;
    query.remove_prefix(open + kOpen.size());

    const size_t close = query.find(kClose);
    const std::string_view placeholder = query.substr(0, close);
    if (close != std::string_view::npos && placeholder == "namespace") {
      expanded += service_namespace;
    } else if (close != std::string_view::npos && placeholder == "name") {
      expanded += name;
    } else {
      return InvalidArgument(fmt::format("\"{{{{{}\" is no placeholder; there are {{{{namespace}}}} and {{{{name}}}}",
                                         ClipUtf8(placeholder, kMaxShown)));
    }
    query.remove_prefix(close + kClose.size());
  }
}

}  // namespace dso::api
