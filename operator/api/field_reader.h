// Reads the fields of a JSON document that a person wrote, and collects what is wrong with them instead of stopping at
// the first problem: somebody who corrects a manifest wants the whole list. Private to this folder; nothing here
// throws.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/json_text.h"
#include "base/result.h"
#include "base/time.h"

namespace dso::api {

// "spec.replicas.max: 0 is below 1; give at least 1", one entry a field.
class Problems {
 public:
  void Add(std::string_view path, std::string_view what);
  bool empty() const { return problems_.empty(); }
  // One kInvalidArgument of all of them. Precondition: !empty().
  Error ToError() const;

 private:
  std::vector<std::string> problems_;
};

struct DecimalRange {
  double above;    // exclusive
  double at_most;  // inclusive
};

struct DurationRange {
  milliseconds at_least;
  milliseconds at_most;
};

// One field: its path, and its value if the document has one (null counts as absent, as for the API server). Each
// reader returns nothing when the field is absent; when it is there and wrong it adds a problem and returns nothing
// too. Refers to the document and to `problems`, which must outlive it.
class Field {
 public:
  Field(const nlohmann::json* value, std::string path, Problems& problems);

  Field operator[](std::string_view name) const;
  // The elements of a list; a problem if it is there and no list.
  std::vector<Field> Elements() const;

  bool present() const { return value_ != nullptr; }
  const std::string& path() const { return path_; }
  // Precondition: present().
  const nlohmann::json& value() const { return *value_; }
  void Problem(std::string_view what) const { problems_->Add(path_, what); }

  // False, and a problem, if it is absent (`remedy` says what to write) or, for IsObject, no object.
  bool Require(std::string_view remedy) const;
  bool IsObject() const;

  std::optional<std::string> String(size_t max_characters) const;
  std::optional<bool> Boolean() const;
  std::optional<int> Integer(int at_least, int at_most) const;
  std::optional<double> Decimal(DecimalRange range) const;
  std::optional<milliseconds> Duration(DurationRange range) const;
  // RFC 3339 with Z or a numeric offset.
  std::optional<WallTime> Time() const;
  // "2026-12-25", a day that the calendar has.
  std::optional<std::chrono::sys_days> Date() const;
  std::optional<JsonText> Object() const;
  std::optional<JsonText> List() const;

  // One of the enumerators, by ToString.
  template <typename Enum, size_t N>
  std::optional<Enum> OneOf(const Enum (&choices)[N]) const {
    if (!present()) return std::nullopt;
    std::string names;
    for (const Enum choice : choices) {
      if (value_->is_string() && value_->template get_ref<const std::string&>() == ToString(choice)) return choice;
      names.append(names.empty() ? "" : ", ").append(ToString(choice));
    }
    Problem(Shown() + " is not one of " + names);
    return std::nullopt;
  }

  // The value as a message may show it: scalars clipped, the inside of objects and lists never.
  std::string Shown() const;

 private:
  std::optional<JsonText> Text(bool right_type, std::string_view type_name) const;

  const nlohmann::json* value_;
  std::string path_;
  Problems* problems_;
};

}  // namespace dso::api
