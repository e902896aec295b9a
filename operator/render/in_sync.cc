#include "render/in_sync.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

namespace dso::render {
namespace {

using Json = nlohmann::json;

struct Suffix {
  std::string_view text;
  double factor;
};
// resource.Quantity; two-letter suffixes first.
constexpr std::array<Suffix, 14> kSuffixes{{{"Ki", 1024.0},
                                            {"Mi", 1048576.0},
                                            {"Gi", 1073741824.0},
                                            {"Ti", 1099511627776.0},
                                            {"Pi", 1125899906842624.0},
                                            {"n", 1e-9},
                                            {"u", 1e-6},
                                            {"m", 1e-3},
                                            {"k", 1e3},
                                            {"M", 1e6},
                                            {"G", 1e9},
                                            {"T", 1e12},
                                            {"P", 1e15},
                                            {"", 1.0}}};

std::optional<double> QuantityOf(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const std::string& text = value.get_ref<const std::string&>();
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc()) return std::nullopt;
  const std::string_view rest(end, static_cast<size_t>(text.data() + text.size() - end));
  for (const Suffix& suffix : kSuffixes) {
    if (rest == suffix.text) return number * suffix.factor;
  }
  return std::nullopt;
}

bool SameScalar(const Json& desired, const Json& live) {
  if (desired == live) return true;
  const auto a = QuantityOf(desired);
  const auto b = QuantityOf(live);
  return a && b && std::abs(*a - *b) <= 1e-9 * std::max(std::abs(*a), std::abs(*b));
}

bool IsEmptyOrZero(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null: return true;
    case Json::value_t::boolean: return !value.get<bool>();
    case Json::value_t::string: return value.get_ref<const std::string&>().empty();
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float: return value.get<double>() == 0;
    case Json::value_t::array: return value.empty();
    case Json::value_t::object:
      return std::all_of(value.begin(), value.end(), [](const Json& member) { return IsEmptyOrZero(member); });
    default: return false;
  }
}

bool IsNamedList(const Json& list) {
  return !list.empty() && std::all_of(list.begin(), list.end(),
                                      [](const Json& item) { return item.is_object() && item.contains("name"); });
}

bool SameList(const Json& desired, const Json& live) {
  if (!IsNamedList(desired)) {
    return desired.size() == live.size() && std::equal(desired.begin(), desired.end(), live.begin(), InSync);
  }
  return std::all_of(desired.begin(), desired.end(), [&live](const Json& item) {
    return std::any_of(live.begin(), live.end(), [&item](const Json& candidate) {
      return candidate.is_object() && candidate.contains("name") && candidate["name"] == item["name"] &&
             InSync(item, candidate);
    });
  });
}

}  // namespace

bool InSync(const Json& desired, const Json& live) {
  if (desired.is_object() && live.is_object()) {
    return std::all_of(desired.items().begin(), desired.items().end(), [&live](const auto& member) {
      const auto found = live.find(member.key());
      return found == live.end() ? IsEmptyOrZero(member.value()) : InSync(member.value(), *found);
    });
  }
  if (desired.is_array() && live.is_array()) return SameList(desired, live);
  return SameScalar(desired, live);
}

}  // namespace dso::render
