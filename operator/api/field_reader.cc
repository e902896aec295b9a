#include "api/field_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "api/json_member.h"
#include "api/utf8.h"
#include "base/decimal.h"

namespace dso::api {

using nlohmann::json;

namespace {

constexpr size_t kMaxProblemsShown = 10;
constexpr size_t kMaxValueShown = 60;
// Pod templates nest some 15 levels deep. What is deeper is no template, and would cost stack to write out.
constexpr int kMaxNesting = 64;

bool NestsDeeperThan(const json& value, int levels) {
  if (!value.is_structured()) return false;
  if (levels == 0) return true;
  return std::any_of(value.begin(), value.end(), [&](const json& inner) { return NestsDeeperThan(inner, levels - 1); });
}

}  // namespace

void Problems::Add(std::string_view path, std::string_view what) {
  problems_.push_back(fmt::format("{}: {}", path, what));
}

Error Problems::ToError() const {
  const size_t shown = std::min(problems_.size(), kMaxProblemsShown);
  std::string message = fmt::format("{}", fmt::join(problems_.begin(), problems_.begin() + shown, ". "));
  if (shown < problems_.size()) message += fmt::format(". And {} more", problems_.size() - shown);
  return InvalidArgument(std::move(message));
}

Field::Field(const json* value, std::string path, Problems& problems)
    : value_(value != nullptr && value->is_null() ? nullptr : value), path_(std::move(path)), problems_(&problems) {}

Field Field::operator[](std::string_view name) const {
  std::string path = path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
  return Field(Member(value_, name), std::move(path), *problems_);
}

std::vector<Field> Field::Elements() const {
  std::vector<Field> elements;
  if (!present()) return elements;
  if (!value_->is_array()) {
    Problem(Shown() + " is not a list");
    return elements;
  }
  for (size_t i = 0; i < value_->size(); ++i) {
    elements.emplace_back(&(*value_)[i], fmt::format("{}[{}]", path_, i), *problems_);
  }
  return elements;
}

bool Field::Require(std::string_view remedy) const {
  if (!present()) Problem(fmt::format("missing; {}", remedy));
  return present();
}

bool Field::IsObject() const {
  if (!present()) return false;
  if (!value_->is_object()) Problem(Shown() + " is not an object");
  return value_->is_object();
}

std::optional<std::string> Field::String(size_t max_characters) const {
  if (!present()) return std::nullopt;
  if (!value_->is_string()) {
    Problem(Shown() + " is not a string; put it in quotes");
    return std::nullopt;
  }
  const auto& text = value_->get_ref<const std::string&>();
  if (text.empty()) {
    Problem("is empty; leave the field out or give it a value");
    return std::nullopt;
  }
  if (const size_t characters = CountCharacters(text); characters > max_characters) {
    Problem(fmt::format("{} has {} characters; at most {} fit", Shown(), characters, max_characters));
    return std::nullopt;
  }
  return text;
}

std::optional<bool> Field::Boolean() const {
  if (!present()) return std::nullopt;
  if (!value_->is_boolean()) {
    Problem(Shown() + " is neither true nor false; write one of them without quotes");
    return std::nullopt;
  }
  return value_->get<bool>();
}

std::optional<int> Field::Integer(int at_least, int at_most) const {
  if (!present()) return std::nullopt;
  // OpenAPI's integers include 3.0.
  const double number = value_->is_number() ? value_->get<double>() : std::nan("");
  if (!std::isfinite(number) || std::floor(number) != number) {
    Problem(Shown() + " is not a whole number; write it without quotes");
    return std::nullopt;
  }
  if (number < at_least || number > at_most) {
    Problem(fmt::format("{} is out of range; give a number from {} to {}", Shown(), at_least, at_most));
    return std::nullopt;
  }
  return static_cast<int>(number);
}

std::optional<double> Field::Decimal(DecimalRange range) const {
  if (!present()) return std::nullopt;
  if (!value_->is_string()) {
    Problem(Shown() + " is not a decimal in quotes; write it as \"12\" or \"0.9\"");
    return std::nullopt;
  }
  const Result<double> number = ParseDecimal(value_->get_ref<const std::string&>());
  if (!number) {
    Problem(Shown() + " is not a decimal number; write it as \"12\" or \"0.9\"");
    return std::nullopt;
  }
  if (!(*number > range.above && *number <= range.at_most)) {
    Problem(fmt::format("{} is out of range; give a number above {} and not above {}", Shown(), range.above,
                        range.at_most));
    return std::nullopt;
  }
  return *number;
}

std::optional<milliseconds> Field::Duration(DurationRange range) const {
  if (!present()) return std::nullopt;
  if (!value_->is_string()) {
    Problem(Shown() + " is not a duration in quotes; write it as \"300ms\", \"5m\" or \"28d\"");
    return std::nullopt;
  }
  const Result<milliseconds> duration = ParseDuration(value_->get_ref<const std::string&>());
  if (!duration) {
    Problem(Shown() + " is not a duration; write it as 300ms, 15s, 5m, 1h30m or 28d");
    return std::nullopt;
  }
  if (*duration < range.at_least || *duration > range.at_most) {
    Problem(fmt::format("{} is out of range; give a duration from {} to {}", Shown(), FormatDuration(range.at_least),
                        FormatDuration(range.at_most)));
    return std::nullopt;
  }
  return *duration;
}

std::optional<WallTime> Field::Time() const {
  if (!present()) return std::nullopt;
  const Result<WallTime> time = ParseTime(value_->is_string() ? value_->get_ref<const std::string&>() : "");
  if (!time) {
    Problem(Shown() + " is not a time; write it as \"2026-12-01T09:00:00Z\" or \"2026-12-01T17:00:00+08:00\"");
    return std::nullopt;
  }
  return *time;
}

std::optional<std::chrono::sys_days> Field::Date() const {
  constexpr size_t kLength = std::string_view("2026-12-25").size();
  if (!present()) return std::nullopt;
  const std::string text = value_->is_string() ? value_->get<std::string>() : "";
  const Result<WallTime> midnight = ParseTime(text + "T00:00:00Z");
  if (text.size() != kLength || !midnight) {
    Problem(Shown() + " is not a day of the calendar; write it as \"2026-12-25\"");
    return std::nullopt;
  }
  return std::chrono::floor<std::chrono::days>(*midnight);
}

std::optional<JsonText> Field::Object() const { return Text(present() && value_->is_object(), "an object"); }

std::optional<JsonText> Field::List() const { return Text(present() && value_->is_array(), "a list"); }

std::optional<JsonText> Field::Text(bool right_type, std::string_view type_name) const {
  if (!present()) return std::nullopt;
  if (!right_type) {
    Problem(fmt::format("{} is not {}", Shown(), type_name));
    return std::nullopt;
  }
  if (NestsDeeperThan(*value_, kMaxNesting)) {
    Problem(fmt::format("nests deeper than {} levels; make it flatter", kMaxNesting));
    return std::nullopt;
  }
  return JsonText(*value_);
}

std::string Field::Shown() const {
  if (!present()) return "nothing";
  if (value_->is_object()) return "an object";
  if (value_->is_array()) return "a list";
  std::string text = value_->dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > kMaxValueShown) text = text.substr(0, kMaxValueShown) + "...";
  return text;
}

}  // namespace dso::api
