#include "load/timestamp.h"

#include <charconv>
#include <cmath>

namespace workload {
namespace {

using std::chrono::milliseconds;

constexpr double kFirstMilliseconds = 1e11;
constexpr double kLastMilliseconds = 253402300800e3;  // the year 10000

// Reads from the front of a text; a step that does not find what it asks for makes ok() false for good.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  int Digits(std::size_t count) {
    int number = 0;
    if (rest_.size() < count) return Fail();
    const char* const end = rest_.data() + count;
    for (const char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') return Fail();  // from_chars would take a sign
    }
    std::from_chars(rest_.data(), end, number);
    rest_.remove_prefix(count);
    return number;
  }

  bool Skip(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void Expect(char c) {
    if (!Skip(c)) Fail();
  }

  // The digits of a fraction, as milliseconds.
  milliseconds Fraction() {
    double value = 0;
    double weight = 1;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      weight /= 10;
      value += weight * (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return std::chrono::round<milliseconds>(std::chrono::duration<double>(value));
  }

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

 private:
  int Fail() {
    ok_ = false;
    return 0;
  }

  std::string_view rest_;
  bool ok_ = true;
};

std::optional<UtcTime> ParseEpoch(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  const double in_milliseconds = number < kFirstMilliseconds ? number * 1000 : number;
  if (!(in_milliseconds >= 0 && in_milliseconds < kLastMilliseconds)) return std::nullopt;
  return UtcTime(milliseconds(std::llround(in_milliseconds)));
}

// Z, +08:00, +0800, +08, or nothing.
std::chrono::minutes ReadOffset(Reader& reader) {
  if (reader.at_end() || reader.Skip('Z') || reader.Skip('z')) return {};
  const bool west = reader.Skip('-');
  if (!west) reader.Expect('+');
  const std::chrono::hours hours(reader.Digits(2));
  std::chrono::minutes minutes(0);
  if (!reader.at_end()) {
    reader.Skip(':');
    minutes = std::chrono::minutes(reader.Digits(2));
  }
  return west ? -(hours + minutes) : hours + minutes;
}

std::optional<UtcTime> ParseIso(std::string_view text) {
  Reader reader(text);
  const std::chrono::year year(reader.Digits(4));
  reader.Expect('-');
  const std::chrono::month month(static_cast<unsigned>(reader.Digits(2)));
  reader.Expect('-');
  const std::chrono::day day(static_cast<unsigned>(reader.Digits(2)));
  if (!reader.Skip(' ')) reader.Expect('T');
  const int hour = reader.Digits(2);
  reader.Expect(':');
  const int minute = reader.Digits(2);
  int second = 0;
  milliseconds fraction(0);
  if (reader.Skip(':')) {
    second = reader.Digits(2);
    if (reader.Skip('.')) fraction = reader.Fraction();
  }
  const std::chrono::minutes offset = ReadOffset(reader);
  const std::chrono::year_month_day date(year, month, day);
  if (!reader.ok() || !reader.at_end() || !date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + fraction - offset;
}

}  // namespace

std::optional<UtcTime> ParseTimestamp(std::string_view text) {
  if (const auto epoch = ParseEpoch(text)) return epoch;
  return ParseIso(text);
}

}  // namespace workload
