#include "prom/answer_reader.h"

#include <nlohmann/json.hpp>

#include "prom/api_error.h"

namespace dso::prom {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxNotes = 10;  // of each kind; a server with many stores down repeats itself

std::vector<std::string> ReadNotes(const Json& envelope, const char* key) {
  std::vector<std::string> notes;
  const auto found = envelope.find(key);
  if (found == envelope.end() || !found->is_array()) return notes;
  for (const Json& note : *found) {
    if (note.is_string() && notes.size() < kMaxNotes) notes.push_back(Excerpt(note.get_ref<const std::string&>()));
  }
  return notes;
}

Failure NotPrometheus(std::string what) {
  return MakeFailure(Reason::kNotPrometheus, what + ": check that the server's url leads to Prometheus' own API.");
}

Failure TooManySeries(size_t max_series) {
  if (max_series == 1) {
    return MakeFailure(Reason::kSeveralSeries,
                       "the query returns several series where one is meant: wrap it in sum() or narrow its labels.");
  }
  return MakeFailure(Reason::kTooLarge, "the query returns more than " + std::to_string(max_series) +
                                            " series: aggregate them, or narrow its labels.");
}

Answer<Point> ReadScalar(const Json& result) {
  if (result.is_array() && result.size() == 2 && result[0].is_number() && result[1].is_string()) {
    const std::optional<WallTime> at = ParseSampleTime(result[0].get<double>());
    const std::optional<double> value = ParseSampleValue(result[1].get_ref<const std::string&>());
    if (at && value) return Point{.at = *at, .value = *value};
  }
  return NotPrometheus("the answer's scalar does not have the shape of Prometheus' API");
}

// `result` holds a null for each series that was handed out.
bool IsListOfNulls(const Json& result) {
  if (!result.is_array()) return false;
  for (const Json& item : result) {
    if (!item.is_null()) return false;
  }
  return true;
}

Answer<AnswerEnd> ReadData(const Json& data, ElementKind expected) {
  const auto type = data.find("resultType");
  const auto result = data.find("result");
  if (type == data.end() || !type->is_string() || result == data.end()) {
    return NotPrometheus("the answer has no resultType and result");
  }
  const auto& type_name = type->get_ref<const std::string&>();
  if (type_name == "scalar" && expected == ElementKind::kVector) {
    Answer<Point> scalar = ReadScalar(*result);
    if (!scalar.ok()) return scalar.failure();
    return AnswerEnd{.scalar = *scalar};
  }
  const std::string_view expected_name = expected == ElementKind::kVector ? "vector" : "matrix";
  if (type_name != expected_name) {
    return MakeFailure(Reason::kWrongType, "the query returns a " + Excerpt(type_name) + " where a " +
                                               std::string(expected_name) +
                                               " of numbers is meant: a range selector such as [5m] needs a function "
                                               "such as rate() around it, and a string is no number.");
  }
  if (!IsListOfNulls(*result)) return NotPrometheus("the answer's result is not a list of series");
  return AnswerEnd{};
}

Answer<AnswerEnd> ReadEnvelope(const std::string& text, ElementKind expected) {
  const Json envelope = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!envelope.is_object()) return NotPrometheus("the answer is not valid JSON");
  const auto status = envelope.find("status");
  if (status != envelope.end() && *status == "error") return FailureOf(ParseApiError(text));
  const auto data = envelope.find("data");
  if (status == envelope.end() || *status != "success" || data == envelope.end() || !data->is_object()) {
    return NotPrometheus("the answer is JSON, but not that of Prometheus");
  }
  Answer<AnswerEnd> end = ReadData(*data, expected);
  if (end.ok()) end->notes = {.warnings = ReadNotes(envelope, "warnings"), .infos = ReadNotes(envelope, "infos")};
  return end;
}

}  // namespace

AnswerReader::AnswerReader(ElementKind expected, size_t max_series, std::function<void(Series&)> on_series)
    : expected_(expected),
      max_series_(max_series),
      on_series_(std::move(on_series)),
      splitter_([this](std::string_view element) { return OnElement(element); }) {}

bool AnswerReader::Feed(std::string_view bytes) {
  bytes_ += bytes.size();
  if (first_byte_ == '\0') {
    const size_t first = bytes.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos) first_byte_ = bytes[first];
  }
  state_ = splitter_.Feed(bytes);
  return state_ == ElementSplitter::State::kReading || state_ == ElementSplitter::State::kComplete;
}

bool AnswerReader::OnElement(std::string_view element) {
  if (++series_ > max_series_) {
    series_failure_ = TooManySeries(max_series_);
    return false;
  }
  Answer<Series> series = ParseSeries(element, expected_);
  if (!series.ok()) {
    series_failure_ = series.failure();
    return false;
  }
  on_series_(*series);
  return true;
}

Answer<AnswerEnd> AnswerReader::Finish() && {
  if (state_ == ElementSplitter::State::kComplete) return ReadEnvelope(splitter_.envelope(), expected_);
  return Incomprehensible();
}

Failure AnswerReader::Incomprehensible() const {
  switch (state_) {
    case ElementSplitter::State::kRefused: return *series_failure_;
    case ElementSplitter::State::kTooLarge:
      return NotPrometheus("the answer holds a series or a header larger than any answer of Prometheus");
    case ElementSplitter::State::kReading:
      return MakeFailure(Reason::kTruncated, "the answer broke off after " + std::to_string(bytes_) +
                                                 " bytes: the server, or a proxy in between, ended it early.");
    default: break;
  }
  if (first_byte_ == '<')
    return NotPrometheus("the server answers with an HTML page, probably a login or an error page");
  return NotPrometheus("the answer is not JSON");
}

}  // namespace dso::prom
