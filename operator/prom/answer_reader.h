// Reads the body of a query's answer as it arrives and hands out each series as soon as it is complete.
//
//   AnswerReader reader(ElementKind::kMatrix, kMaxSeries, [&](Series& series) { … });
//   while (more && reader.Feed(chunk)) …
//   Answer<AnswerEnd> end = std::move(reader).Finish();
//
// A failure in the middle shows in Finish() only, after the series before it have been handed out.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "prom/answer.h"
#include "prom/element_splitter.h"
#include "prom/reason.h"
#include "prom/series_parser.h"

namespace dso::prom {

// Ten times the services that the operator is made for.
inline constexpr size_t kMaxSeries = 100'000;

struct AnswerEnd {
  Notes notes{};
  std::optional<Point> scalar{};  // of a query such as `time()` or `scalar(…)`
};

class AnswerReader {
 public:
  // More than `max_series` fail: with kSeveralSeries if one is meant, else with kTooLarge.
  AnswerReader(ElementKind expected, size_t max_series, std::function<void(Series&)> on_series);
  AnswerReader(const AnswerReader&) = delete;
  AnswerReader& operator=(const AnswerReader&) = delete;

  // False: the rest cannot change the outcome any more.
  bool Feed(std::string_view bytes);

  Answer<AnswerEnd> Finish() &&;

 private:
  bool OnElement(std::string_view element);
  Failure Incomprehensible() const;

  const ElementKind expected_;
  const size_t max_series_;
  const std::function<void(Series&)> on_series_;
  ElementSplitter splitter_;
  ElementSplitter::State state_ = ElementSplitter::State::kReading;
  std::optional<Failure> series_failure_;
  size_t series_ = 0;
  size_t bytes_ = 0;
  char first_byte_ = '\0';  // that is not white space
};

}  // namespace dso::prom
