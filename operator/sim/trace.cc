#include "sim/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "sim/timestamp.h"

namespace dso::sim {
namespace {

using forecast::Sample;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kLongestQuote = 60;  // of the offending text in a message
constexpr size_t kGapsForStep = 100;
constexpr milliseconds kLongestTrace = std::chrono::days(3660);

std::string_view Trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view Field(std::string_view text) {
  text = Trimmed(text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = Trimmed(text.substr(1, text.size() - 2));
  return text;
}

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text.substr(0, kLongestQuote)) {
    const bool printable = static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
    quoted += printable ? c : '?';
  }
  return quoted + (text.size() > kLongestQuote ? "…\"" : "\"");
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// NaN for an empty text, as for "NaN". Nothing if it is no number.
std::optional<double> ParseValue(std::string_view text) {
  if (text.empty()) return std::numeric_limits<double>::quiet_NaN();
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (code == std::errc::result_out_of_range) return text.find("e-") == std::string_view::npos ? HUGE_VAL : 0;
  if (code != std::errc()) return std::nullopt;
  return value;
}

// What is wrong with a demand that is a number.
std::string Objection(double value) {
  if (value < 0) return "demand cannot be negative; leave the value empty where it is not known";
  return "demand is at most 1e30; check the unit";
}

class TraceParser {
 public:
  explicit TraceParser(std::string name) : name_(std::move(name)) {}

  Status Parse(std::string_view csv) {
    if (csv.starts_with(kByteOrderMark)) csv.remove_prefix(kByteOrderMark.size());
    samples_.reserve(static_cast<size_t>(std::count(csv.begin(), csv.end(), '\n')) + 1);
    while (!csv.empty()) {
      const size_t end = std::min(csv.find('\n'), csv.size());
      ++line_;
      if (Status read = ReadLine(Trimmed(csv.substr(0, end))); !read) return read;
      csv.remove_prefix(std::min(end + 1, csv.size()));
    }
    return {};
  }

  std::vector<Sample> TakeSamples() { return std::move(samples_); }

 private:
  Error At(std::string message) const { return InvalidArgument(fmt::format("{}:{}: {}", name_, line_, message)); }

  Status ReadLine(std::string_view line) {
    if (line.empty() || line.front() == '#') return {};
    const bool first = !std::exchange(has_rows_, true);
    const size_t comma = line.find(',');
    if (comma == std::string_view::npos) {
      return At(fmt::format("{} has no comma; write a row as 2026-12-01T09:00:00Z,51.5", Quoted(line)));
    }
    if (const size_t columns = 1 + static_cast<size_t>(std::count(line.begin(), line.end(), ',')); columns > 2) {
      return At(fmt::format("{} has {} columns; a trace has two, timestamp and value: cut out the one series to replay",
                            Quoted(line), columns));
    }
    const std::string_view time = Field(line.substr(0, comma));
    const std::string_view number = Field(line.substr(comma + 1));
    const std::optional<WallTime> at = ParseTimestamp(time);
    const std::optional<double> value = ParseValue(number);
    if (first && !at && !value && !time.empty() && IsLetter(time.front())) return {};  // names of columns
    if (!at) {
      return At(fmt::format("timestamp {} cannot be read; write it as 2026-12-01T09:00:00Z, or as seconds since 1970",
                            Quoted(time)));
    }
    if (!value) {
      return At(fmt::format("value {} is not a number; write it as 51.5, or leave it empty where it is not known",
                            Quoted(number)));
    }
    if (std::isfinite(*value) && !forecast::IsUsable({*at, *value})) {
      return At(fmt::format("value {}: {}", Quoted(number), Objection(*value)));
    }
    samples_.push_back({*at, *value});
    return {};
  }

  std::string name_;
  size_t line_ = 0;
  bool has_rows_ = false;
  std::vector<Sample> samples_;
};

}  // namespace

Result<Trace> ParseTrace(std::string name, std::string_view csv) {
  TraceParser parser(name);
  if (Status parsed = parser.Parse(csv); !parsed) return std::move(parsed).error();
  return MakeTrace(std::move(name), parser.TakeSamples());
}

Result<Trace> MakeTrace(std::string name, std::vector<Sample> samples) {
  Trace trace{.name = std::move(name), .samples = std::move(samples)};
  const auto is_missing = [](const Sample& sample) { return !std::isfinite(sample.value); };
  trace.missing = static_cast<size_t>(std::erase_if(trace.samples, is_missing));
  for (const Sample& sample : trace.samples) {
    if (forecast::IsUsable(sample)) continue;
    return InvalidArgument(fmt::format("{}: value {} at {}: {}", trace.name, sample.value, FormatTime(sample.at),
                                       Objection(sample.value)));
  }
  const auto by_time = [](const Sample& a, const Sample& b) { return a.at < b.at; };
  if (!std::is_sorted(trace.samples.begin(), trace.samples.end(), by_time)) {
    std::stable_sort(trace.samples.begin(), trace.samples.end(), by_time);
  }
  // Backwards, so that of equal timestamps the last one stays.
  const auto same_time = [](const Sample& a, const Sample& b) { return a.at == b.at; };
  const auto kept = std::unique(trace.samples.rbegin(), trace.samples.rend(), same_time);
  trace.replaced = static_cast<size_t>(trace.samples.rend() - kept);
  trace.samples.erase(trace.samples.begin(), kept.base());

  if (trace.samples.size() < 2) {
    return InvalidArgument(
        fmt::format("{}: {} usable sample{}; a history needs at least two, and some days to learn from", trace.name,
                    trace.samples.size(), trace.samples.size() == 1 ? "" : "s"));
  }
  if (const milliseconds span = trace.samples.back().at - trace.samples.front().at; span > kLongestTrace) {
    return InvalidArgument(fmt::format(
        "{}: the samples lie between {} and {}; check the timestamps, the longest history is {}", trace.name,
        FormatTime(trace.samples.front().at), FormatTime(trace.samples.back().at), FormatDuration(kLongestTrace)));
  }
  return trace;
}

milliseconds SampleStep(const std::vector<Sample>& samples) {
  std::vector<milliseconds> gaps;
  for (size_t i = 1; i < samples.size() && gaps.size() < kGapsForStep; ++i) {
    gaps.push_back(samples[i].at - samples[i - 1].at);
  }
  const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
  std::nth_element(gaps.begin(), middle, gaps.end());
  return *middle;
}

double Interpolate(const Sample& before, const Sample& after, WallTime at) {
  const double share =
      static_cast<double>((at - before.at).count()) / static_cast<double>((after.at - before.at).count());
  return before.value + (after.value - before.value) * share;
}

}  // namespace dso::sim
