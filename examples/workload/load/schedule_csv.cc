#include "load/schedule_csv.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>

#include "common/user_error.h"
#include "load/timestamp.h"

namespace workload {
namespace {

// A year of seconds; more is a mistake, and would be a gigabyte of points.
constexpr std::size_t kMostRows = 32'000'000;

struct Row {
  UtcTime time;
  double value = 0;
};

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::optional<double> ParseNumber(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Turns lines into rows, one call a line, and remembers what the next line is checked against.
class RowReader {
 public:
  explicit RowReader(std::string name) : name_(std::move(name)) {}

  // Nothing for a blank line and for a header.
  std::optional<Row> Read(std::string_view line) {
    ++line_number_;
    if (line_number_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    line = Trim(line);
    if (line.empty()) return std::nullopt;
    const auto comma = line.find(',');
    if (comma == std::string_view::npos || line.find(',', comma + 1) != std::string_view::npos) {
      Fail(fmt::format("\"{}\" is not two fields: write timestamp,value", line));
    }
    const std::string_view time_text = Trim(line.substr(0, comma));
    const std::string_view value_text = Trim(line.substr(comma + 1));
    const auto time = ParseTimestamp(time_text);
    const auto value = ParseNumber(value_text);
    if (!time && !value && !header_allowed_) Fail(fmt::format("\"{}\" is a second header: remove it", line));
    if (!time && !value) {
      header_allowed_ = false;
      return std::nullopt;
    }
    header_allowed_ = false;
    if (!time) {
      Fail(fmt::format("timestamp \"{}\": use ISO 8601 (2026-01-05T08:00:00Z) or the seconds since 1970", time_text));
    }
    if (!value || !std::isfinite(*value) || *value < 0) {
      Fail(fmt::format("value \"{}\": use a finite number of at least 0, or leave out the row of a missing sample",
                       value_text));
    }
    if (previous_ && *time <= *previous_) {
      Fail(fmt::format("timestamp \"{}\" is {}: sort the rows by time and keep one for each time", time_text,
                       *time == *previous_ ? "the same as in the row before" : "before that of the row before"));
    }
    previous_ = time;
    return Row{*time, *value};
  }

 private:
  [[noreturn]] void Fail(const std::string& reason) const {
    throw UserError(fmt::format("{}:{}: {}", name_, line_number_, reason));
  }

  std::string name_;
  std::size_t line_number_ = 0;
  bool header_allowed_ = true;
  std::optional<UtcTime> previous_;
};

}  // namespace

std::vector<RatePoint> ReadScheduleCsv(std::istream& input, const std::string& name) {
  RowReader reader(name);
  std::optional<UtcTime> start;
  std::vector<RatePoint> points;
  std::string line;
  while (std::getline(input, line)) {
    const std::optional<Row> row = reader.Read(line);
    if (!row) continue;
    if (!start) start = row->time;
    points.push_back({row->time - *start, row->value});
    if (points.size() > kMostRows)
      throw UserError(fmt::format("{}: more than {} rows: use a longer step", name, kMostRows));
  }
  if (points.size() < 2) {
    throw UserError(
        fmt::format("{}: {} rows: a schedule needs at least two, timestamp,value each", name, points.size()));
  }
  return points;
}

std::vector<RatePoint> ReadScheduleFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw UserError(fmt::format("--schedule: cannot open \"{}\": {}", path, std::strerror(errno)));
  return ReadScheduleCsv(file, path);
}

}  // namespace workload
