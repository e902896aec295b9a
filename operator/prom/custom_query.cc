#include "prom/custom_query.h"

#include <fmt/format.h>

namespace dso::prom {
namespace {

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Status CheckLength(size_t bytes) {
  if (bytes <= kMaxQueryBytes) return {};
  return InvalidArgument(
      fmt::format("the query is {} bytes long, and at most {} are allowed: move its parts into a "
                  "recording rule.",
                  bytes, kMaxQueryBytes));
}

}  // namespace

Result<std::string> FillPlaceholders(std::string_view query, std::string_view namespace_name, std::string_view name) {
  if (Status status = CheckLength(query.size()); !status) return std::move(status).error();
  if (query.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return InvalidArgument("the query is empty: write PromQL that returns one number, or use a preset.");
  }
  if (query.find('\0') != std::string_view::npos) return InvalidArgument("the query holds a NUL character: remove it.");

  std::string filled;
  while (true) {
    const size_t open = query.find("{{");
    filled += query.substr(0, open);
    if (open == std::string_view::npos) break;
    const size_t close = query.find("}}", open);
    if (close == std::string_view::npos) return InvalidArgument("the query has a \"{{\" without its \"}}\": close it.");
    const std::string_view placeholder = Trimmed(query.substr(open + 2, close - open - 2));
    if (placeholder == "namespace") {
      filled += EscapeForLiteral(namespace_name);
    } else if (placeholder == "name") {
      filled += EscapeForLiteral(name);
    } else {
      return InvalidArgument(
          fmt::format("the query has the unknown placeholder {{{{{}}}}}: known are {{{{namespace}}}} "
                      "and {{{{name}}}}.",
                      placeholder));
    }
    query.remove_prefix(close + 2);
  }
  if (Status status = CheckLength(filled.size()); !status) return std::move(status).error();
  return filled;
}

std::string EscapeForLiteral(std::string_view value) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/:";
  std::string escaped;
  for (const char c : value) {
    if (kPlain.find(c) != std::string_view::npos) {
      escaped += c;
    } else {
      escaped += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return escaped;
}

}  // namespace dso::prom
