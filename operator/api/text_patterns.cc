#include "api/text_patterns.h"

#include <algorithm>

namespace dso::api {
namespace {

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLowerOrDigit(char c) { return IsLower(c) || IsDigit(c); }

}  // namespace

bool StartsWithLetter(std::string_view text) { return !text.empty() && IsLower(text.front()); }

bool IsDnsLabel(std::string_view text) {
  return !text.empty() && IsLowerOrDigit(text.front()) && IsLowerOrDigit(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsLowerOrDigit(c) || c == '-'; });
}

bool IsDnsSubdomain(std::string_view text) {
  while (true) {
    const size_t dot = text.find('.');
    if (!IsDnsLabel(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool IsPortName(std::string_view text) {
  return IsDnsLabel(text) && text.find("--") == std::string_view::npos &&
         std::any_of(text.begin(), text.end(), IsLower);
}

bool IsApiVersion(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    if (!IsDnsSubdomain(text.substr(0, slash))) return false;
    text.remove_prefix(slash + 1);
  }
  return text.size() >= 2 && text[0] == 'v' && IsDigit(text[1]) &&
         std::all_of(text.begin() + 1, text.end(), IsLowerOrDigit);
}

bool IsPrintable(std::string_view text) {
  return !text.empty() && text.front() != ' ' && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool IsKind(std::string_view text) {
  return !text.empty() && IsUpper(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsLower(c) || IsUpper(c) || IsDigit(c); });
}

bool IsEnvironmentName(std::string_view text) {
  return !text.empty() && !IsDigit(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsUpper(c) || IsDigit(c) || c == '_'; });
}

}  // namespace dso::api
