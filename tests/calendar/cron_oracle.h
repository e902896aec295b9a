// When a cron schedule fires, found minute by minute, with an own, short-spoken reader of expressions that are known to
// be right: what the schedule of the operator is compared with.
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>

#include "base/time.h"
#include "calendar/local_clock.h"

namespace dso::calendar {

class CronOracle {
 public:
  // Five fields, lower or upper case; no descriptors.
  explicit CronOracle(std::string expression) {
    std::transform(expression.begin(), expression.end(), expression.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    std::istringstream fields(expression);
    constexpr std::array<std::pair<int, int>, 5> kBounds{{{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 6}}};
    for (size_t i = 0; i < 5; ++i) {
      std::string field;
      fields >> field;
      std::istringstream members(field);
      for (std::string member; std::getline(members, member, ',');) Add(i, member, kBounds[i]);
    }
  }

  bool Matches(std::chrono::local_time<std::chrono::minutes> at) const {
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const int minute = static_cast<int>((at - day).count());
    if (!Has(0, minute % 60) || !Has(1, minute / 60) || !Has(3, static_cast<int>(unsigned{date.month()}))) return false;
    const bool month_day = Has(2, static_cast<int>(unsigned{date.day()}));
    const bool weekday = Has(4, static_cast<int>(std::chrono::weekday(day).c_encoding()));
    return any_[2] || any_[4] ? month_day && weekday : month_day || weekday;
  }

  // Precondition: `at` is a whole minute.
  bool Fires(const LocalClock& clock, WallTime at) const {
    using std::chrono::minutes;
    const auto now = std::chrono::floor<minutes>(clock.ToLocal(at));
    if (Matches(now)) return true;
    for (auto skipped = std::chrono::floor<minutes>(clock.ToLocal(at - minutes(1))) + minutes(1); skipped < now;
         skipped += minutes(1)) {
      if (Matches(skipped)) return true;
    }
    return false;
  }

  std::optional<WallTime> Next(const LocalClock& clock, WallTime after, milliseconds within) const {
    using std::chrono::minutes;
    for (WallTime at = std::chrono::floor<minutes>(after) + minutes(1); at <= after + within; at += minutes(1)) {
      if (Fires(clock, at)) return at;
    }
    return std::nullopt;
  }

  std::optional<WallTime> Previous(const LocalClock& clock, WallTime at_or_before, milliseconds within) const {
    using std::chrono::minutes;
    for (WallTime at = std::chrono::floor<minutes>(at_or_before); at >= at_or_before - within; at -= minutes(1)) {
      if (Fires(clock, at)) return at;
    }
    return std::nullopt;
  }

 private:
  static int Value(const std::string& text) {
    static const std::map<std::string, int> kNames{{"jan", 1},  {"feb", 2},  {"mar", 3}, {"apr", 4}, {"may", 5},
                                                   {"jun", 6},  {"jul", 7},  {"aug", 8}, {"sep", 9}, {"oct", 10},
                                                   {"nov", 11}, {"dec", 12}, {"sun", 0}, {"mon", 1}, {"tue", 2},
                                                   {"wed", 3},  {"thu", 4},  {"fri", 5}, {"sat", 6}};
    const auto named = kNames.find(text);
    return named == kNames.end() ? std::stoi(text) : named->second;
  }

  void Add(size_t field, const std::string& member, std::pair<int, int> bounds) {
    const size_t slash = member.find('/');
    const long step = slash == std::string::npos ? 1 : std::stol(member.substr(slash + 1));
    const std::string range = member.substr(0, slash);
    auto [first, last] = bounds;
    if (range == "*" || range == "?") {
      any_[field] = any_[field] || step == 1;
    } else if (const size_t dash = range.find('-'); dash != std::string::npos) {
      first = Value(range.substr(0, dash));
      last = Value(range.substr(dash + 1));
    } else {
      first = Value(range);
      if (slash == std::string::npos) last = first;
    }
    for (long value = first; value <= last; value += step) values_[field].insert(static_cast<int>(value));
  }

  bool Has(size_t field, int value) const { return values_[field].count(value) > 0; }

  std::array<std::set<int>, 5> values_;
  std::array<bool, 5> any_{};
};

}  // namespace dso::calendar
